"""What a platform says of payments, disputes and parts; one that knows nothing of them says nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from app.errors import PayloadError
from app.events import CreditFacts, GatewayEvent, InvoiceFacts, PayoutFacts
from app.gateways.base import Done, Leg, Order, Unknown
from app.gateways.http import parse
from app.gateways.http.envelope import read_event, write_event
from tests.gateways.http.test_parse import INVOICE, PAYOUT
from tests.gateways.orders import LEGS, SHARED, credit_order, leg_order, reversal_order, void_order

IN_PARTS = replace(SHARED, context={**SHARED.context, "partial": "pro_rata"})
SECOND = Leg("acc_design_7", 100_000, part=2)
PART = {**PAYOUT, "amount_cents": 100_000, "part": 2}
CREDITED = {**INVOICE, "status": "credited"}
NOTE = {**INVOICE, "id": "cn_1", "url": "https://pay.example/credit-notes/cn_1"}
DONE_PART = PayoutFacts("po_1", "acc_design_7", "pending", 100_000, "usd", part=2)


def understood(order: Order, answer: object) -> Done | Unknown:
    return parse.read_answer(json.dumps(answer).encode(), read_event(write_event(order)))


def invoice(**more: Any) -> InvoiceFacts:
    base = InvoiceFacts("inv_1", "2026-0001", "https://pay.example/invoices/inv_1", "open", 750_000, "usd")
    return replace(base, **more)


@pytest.mark.parametrize(
    ("said", "facts"),
    [
        ({}, invoice()),
        ({"received_cents": 1}, invoice(received_minor=1)),
        ({"status": "paid"}, invoice(status="paid")),
        (
            {"status": "paid", "received_cents": 800_000, "outside_cents": 5},
            invoice(status="paid", received_minor=800_000, outside_minor=5),
        ),
        (
            {"received_cents": 9, "disputed_cents": 4, "lost_cents": 5},
            invoice(received_minor=9, disputed_minor=4, lost_minor=5),
        ),
        ({"status": "paid", "disputed_cents": 750_000}, invoice(status="paid", disputed_minor=750_000)),
    ],
)
def test_an_invoice_says_what_came_in_and_what_is_asked_back(
    said: dict[str, Any], facts: InvoiceFacts
) -> None:
    assert understood(SHARED, {"invoice": {**INVOICE, **said}, "payouts": []}) == Done(invoice=facts)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("received_cents", {"received_cents": -1}),
        ("received_cents", {"received_cents": 1.5}),
        ("received_cents", {"received_cents": None}),
        ("received_cents", {"status": "paid", "received_cents": 749_999}),
        ("outside_cents", {"received_cents": 5, "outside_cents": 6}),
        ("outside_cents", {"outside_cents": 1}),
        ("disputed_cents", {"received_cents": 5, "disputed_cents": 3, "lost_cents": 3}),
        ("lost_cents", {"received_cents": 5, "lost_cents": "5"}),
    ],
)
def test_payments_that_can_not_be_are_left_to_a_person_by_field(field: str, said: dict[str, Any]) -> None:
    outcome = understood(SHARED, {"invoice": {**INVOICE, **said}, "payouts": []})
    assert isinstance(outcome, Unknown)
    assert outcome.needs_person
    assert f"invoice.{field}:" in outcome.reason


def test_a_second_part_is_ordered_and_answered_as_such() -> None:
    order = leg_order(SECOND, IN_PARTS)
    assert json.loads(write_event(order))["context"]["payout"] == {
        "account_token": "acc_design_7",
        "amount_cents": 100_000,
        "part": 2,
    }
    assert read_event(write_event(order)).leg == SECOND
    assert understood(order, {"payouts": [PART]}) == Done(payouts=(DONE_PART,))
    back = reversal_order("po_1", SECOND, IN_PARTS)
    assert understood(back, {"payouts": [{**PART, "status": "reversed"}]}) == Done(
        payouts=(replace(DONE_PART, status="reversed"),)
    )


def test_a_first_part_goes_out_as_a_leg_always_did() -> None:
    order = leg_order(replace(LEGS[1], part=1))
    assert "part" not in json.loads(write_event(order))["context"]["payout"]


@pytest.mark.parametrize(
    ("order", "payouts", "field"),
    [
        (leg_order(SECOND, IN_PARTS), [{**PART, "part": 1}], "payouts[0].part"),
        (leg_order(SECOND, IN_PARTS), [{**PAYOUT, "amount_cents": 100_000}], "payouts[0].part"),
        (leg_order(SECOND, IN_PARTS), [{**PART, "amount_cents": 99_999}], "payouts[0].amount_cents"),
        (leg_order(SECOND, IN_PARTS), [{**PART, "part": 0}], "payouts[0].part"),
        (IN_PARTS, [PART, {**PART, "id": "po_2", "amount_cents": 1}], "payouts"),
        (IN_PARTS, [PART, {**PAYOUT, "id": "po_2", "amount_cents": 150_001}], "payouts[1].amount_cents"),
        (SHARED, [PART], "payouts[0].amount_cents"),
    ],
)
def test_parts_that_were_not_ordered_are_left_to_a_person_by_field(
    order: Order, payouts: list[dict[str, Any]], field: str
) -> None:
    outcome = understood(order, {"invoice": INVOICE, "payouts": payouts})
    assert isinstance(outcome, Unknown)
    assert outcome.needs_person
    assert f"{field}:" in outcome.reason


def test_parts_of_a_share_are_read_as_far_as_they_add_up() -> None:
    done = understood(
        IN_PARTS, {"invoice": INVOICE, "payouts": [{**PAYOUT, "amount_cents": 150_000, "id": "po_0"}, PART]}
    )
    assert isinstance(done, Done)
    assert [(one.part, one.amount_minor) for one in done.payouts] == [(1, 150_000), (2, 100_000)]


def test_a_credit_note_may_say_what_really_left() -> None:
    answer = {"invoice": {**CREDITED, "received_cents": 5}, "credit_note": {**NOTE, "refunded_cents": 5}}
    done = understood(credit_order("inv_1"), answer)
    assert isinstance(done, Done)
    assert done.credit == CreditFacts(
        "cn_1", "2026-0001", "https://pay.example/credit-notes/cn_1", 750_000, "usd", 5
    )


def test_a_void_that_leaves_money_with_a_payee_is_left_to_a_person() -> None:
    void = {**INVOICE, "status": "void"}
    back = understood(void_order("inv_1"), {"invoice": void, "payouts": [{**PAYOUT, "status": "reversed"}]})
    assert isinstance(back, Done)
    assert isinstance(understood(void_order("inv_1"), {"invoice": void, "payouts": [PAYOUT]}), Unknown)


def test_a_callback_may_be_about_an_account_or_a_dispute() -> None:
    told = {"event": "account.updated", "data": {"account_token": "acc_design_7"}}
    assert parse.read_callback(json.dumps(told).encode()) == GatewayEvent(
        "account.updated", "", "", "", account="acc_design_7"
    )
    disputed = {"event": "invoice.disputed", "data": {"event_id": "evt_1", "invoice": INVOICE}}
    assert parse.read_callback(json.dumps(disputed).encode()) == GatewayEvent(
        "invoice.disputed", "inv_1", "", "evt_1"
    )
    with pytest.raises(PayloadError, match=r"data\.invoice"):
        parse.read_callback(b'{"event": "invoice.disputed", "data": {}}')
