"""Stripe's webhooks: who sent them, what they are about, and everything that a stranger may send instead."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from typing import Any

import pytest

from app.errors import PayloadError, SignatureError
from app.events import GatewayEvent
from app.gateways.stripe.webhooks import payment_of, read_event, verify_event

BODY = b'{"id": "evt_1"}'
NEW, OLD = b"whsec_new", b"whsec_old"
ACCOUNT = "acct_1Northwind"


def signature(secret: bytes = NEW, moment: str = "", body: bytes = BODY) -> str:
    moment = moment or str(int(time.time()))
    mac = hmac.new(secret, moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={mac}"


def event(kind: str, about: dict[str, Any], **more: Any) -> bytes:
    plain = {"id": "evt_1", "object": "event", "type": kind, "livemode": False, "data": {"object": about}}
    return json.dumps({**plain, **more}).encode()


def test_any_secret_proves_the_sender_while_one_is_rotated() -> None:
    for secret in (NEW, OLD):
        verify_event({"stripe-signature": signature(secret)}, BODY, (OLD, NEW))
    both = f"{signature(b'whsec_stranger')},{signature(NEW).partition(',')[2]}"
    verify_event({"stripe-signature": both}, BODY, (NEW,))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        "v1=" + "0" * 64,
        f"t={10**30},v1={'0' * 64}",
        "t=zwölf,v1=é",
        "t=1,t=2,v1=00",
        ",,,===,",
        signature().replace("v1", "v0"),
        signature(moment=str(int(time.time()) - 301)),
        signature(moment=str(int(time.time()) + 40_000)),
        signature(b"whsec_stranger"),
        signature().upper(),
        "t=1" + ",v1=00" * 5000,
        "\ud800",
    ],
    ids=itertools.count(),  # their moments are not those of the other test processes
)
def test_an_odd_header_is_refused_and_nothing_worse(header: str) -> None:
    with pytest.raises(SignatureError):
        verify_event({"stripe-signature": header}, BODY, (NEW,))


def test_without_a_secret_nothing_is_proven() -> None:
    for secrets in ((), (b"",)):
        with pytest.raises(SignatureError):
            verify_event({"stripe-signature": signature(b"")}, BODY, secrets)


TAGGED = {"closeout_event": "evt_ours"}


@pytest.mark.parametrize(
    ("kind", "about", "expected"),
    [
        (
            "invoice.paid",
            {"id": "in_1", "object": "invoice", "metadata": TAGGED},
            ("invoice.paid", "in_1", "", "evt_ours"),
        ),
        (
            "invoice.marked_uncollectible",
            {"id": "in_1", "object": "invoice", "metadata": {}},
            ("invoice.uncollectible", "in_1", "", ""),
        ),
        (
            "invoice_payment.paid",
            {"id": "inpay_1", "object": "invoice_payment", "invoice": "in_1"},
            ("invoice.partially_paid", "in_1", "", ""),
        ),
        (
            "credit_note.created",
            {
                "id": "cn_1",
                "object": "credit_note",
                "invoice": "in_1",
                "metadata": {"closeout_event": "evt_credit", "closeout_invoice_event": "evt_ours"},
            },
            ("invoice.credited", "in_1", "", "evt_ours"),
        ),
        (
            "transfer.reversed",
            {"id": "tr_1", "object": "transfer", "metadata": TAGGED},
            ("payout.reversed", "", "tr_1", "evt_ours"),
        ),
        (
            "charge.dispute.created",
            {"id": "du_1", "object": "dispute", "charge": "ch_1"},
            ("invoice.disputed", "", "", ""),
        ),
        ("charge.refunded", {"id": "ch_1", "object": "charge"}, ("charge.refunded", "", "", "")),
        ("payout.failed", {"id": "po_1", "object": "payout"}, ("bank_payout.failed", "", "", "")),
        ("some.future.kind", {"id": "x_1", "object": "x"}, ("some.future.kind", "", "", "")),
    ],
)
def test_an_event_is_read_in_our_words(
    kind: str, about: dict[str, Any], expected: tuple[str, str, str, str]
) -> None:
    found = read_event(event(kind, about), ACCOUNT, is_live=False)
    assert found == GatewayEvent(*expected, delivery_id="evt_1")


def test_a_payments_event_names_the_payment_unless_it_is_anothers() -> None:
    about = {"id": "du_1", "object": "dispute", "payment_intent": "pi_1"}
    kind = "charge.dispute.created"
    assert payment_of(event(kind, about), ACCOUNT, is_live=False) == "pi_1"
    assert payment_of(event(kind, about, account="acct_1Payee"), ACCOUNT, is_live=False) == ""
    assert payment_of(event(kind, about), ACCOUNT, is_live=True) == ""
    assert (
        payment_of(event("invoice.paid", {"id": "in_1", "object": "invoice"}), ACCOUNT, is_live=False) == ""
    )


def test_an_account_that_became_ready_is_named() -> None:
    about = {"id": "acct_1Payee", "object": "account"}
    found = read_event(event("account.updated", about, account="acct_1Payee"), ACCOUNT, is_live=False)
    assert (found.kind, found.account, found.delivery_id) == ("account.updated", "acct_1Payee", "evt_1")


@pytest.mark.parametrize("more", [{"livemode": True}, {"livemode": None}, {"account": "acct_1Payee"}])
def test_an_event_of_another_account_or_mode_is_about_no_order(more: dict[str, Any]) -> None:
    about = {"id": "in_1", "object": "invoice", "metadata": TAGGED}
    found = read_event(event("invoice.paid", about, **more), ACCOUNT, is_live=False)
    assert found == GatewayEvent("invoice.paid", "", "", "", delivery_id="evt_1")
    mine = read_event(event("invoice.paid", about, account=ACCOUNT), ACCOUNT, is_live=False)
    assert mine.event_id == "evt_ours"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"id": "evt_1", "object": "event", "type": "../../x", "data": {"object": {}}}',
        b'{"id": "evt_1", "object": "v2.core.event", "type": "invoice.paid", "data": {"object": {}}}',
        b'{"id": "evt_1", "object": "event", "type": "invoice.paid", "data": []}',
        b'{"id": 7, "object": "event", "type": "invoice.paid", "data": {"object": {}}}',
    ],
)
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(PayloadError):
        read_event(body, ACCOUNT, is_live=False)
