"""What a platform says is believed to the letter or not at all, and every complaint names its field."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import PayloadError
from app.events import GatewayEvent, InvoiceFacts, PayoutFacts
from app.gateways.base import Done, Order, Unknown
from app.gateways.http import parse
from app.gateways.http.envelope import read_event, write_event
from app.gateways.http.listing import read_page
from tests.bending import GONE, changed
from tests.gateways.orders import LEGS, SHARED, leg_order

PROTOCOL = Path(__file__).parents[3] / "docs" / "gateway-protocol.md"
INVOICE = {
    "id": "inv_1",
    "number": "2026-0001",
    "url": "https://pay.example/invoices/inv_1",
    "status": "open",
    "amount_cents": 750_000,
    "currency": "usd",
}
PAYOUT = {
    "id": "po_1",
    "account_token": "acc_design_7",
    "status": "pending",
    "amount_cents": 250_000,
    "currency": "usd",
}
LEG = leg_order(LEGS[1])


def understood(order: Order, answer: object) -> Done | Unknown:
    return parse.read_answer(json.dumps(answer).encode(), read_event(write_event(order)))


def test_a_right_answer_is_read_and_what_we_do_not_know_is_ignored() -> None:
    answer = {"invoice": {**INVOICE, "tax": 1.5, "lines": []}, "payouts": [], "livemode": False}
    assert understood(SHARED, answer) == Done(
        InvoiceFacts("inv_1", "2026-0001", "https://pay.example/invoices/inv_1", "open", 750_000, "usd")
    )
    assert understood(LEG, {"payouts": [PAYOUT]}) == Done(
        None, (PayoutFacts("po_1", "acc_design_7", "pending", 250_000, "usd"),)
    )


def test_the_answer_of_the_protocol_is_a_right_answer() -> None:
    examples = re.findall(r"^```json\n(.+?)\n```$", PROTOCOL.read_text(encoding="utf-8"), re.M | re.S)
    order = read_event(examples[0].encode())
    outcome = parse.read_answer(examples[1].encode(), order)
    assert isinstance(outcome, Done)
    assert outcome.invoice is not None
    credited = parse.read_answer(examples[2].encode(), order)
    assert isinstance(credited, Done)
    assert credited.credit is not None
    (booked,), after = read_page(examples[3].encode(), "con_7732_alpha")
    assert (booked.event_id, booked.invoice.id, after) == ("evt_98234109", "inv_000001", "inv_000001")
    callback = parse.read_callback(examples[4].encode())
    assert callback == GatewayEvent("invoice.paid", "inv_000001", "", "evt_98234109")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("invoice", GONE),
        ("invoice", None),
        ("invoice", []),
        ("invoice", "inv_1"),
        *((f"invoice.{name}", GONE) for name in INVOICE),
        ("invoice.id", 7),
        ("invoice.id", ""),
        ("invoice.id", "x" * 256),
        ("invoice.number", "1\u001b[31m"),
        ("invoice.url", "javascript:alert(1)"),
        ("invoice.url", "https://pay.example/<script>"),
        ("invoice.url", "//pay.example/"),
        ("invoice.status", "OPEN"),
        ("invoice.status", "refunded"),
        ("invoice.status", None),
        ("invoice.amount_cents", True),
        ("invoice.amount_cents", "750000"),
        ("invoice.amount_cents", 750_000.0),
        ("invoice.amount_cents", -750_000),
        ("invoice.amount_cents", 750_001),
        ("invoice.amount_cents", 0),
        ("invoice.amount_cents", None),
        ("invoice.currency", "eur"),
        ("invoice.currency", "USD"),
        ("invoice.currency", 840),
        ("payouts", {}),
        ("payouts", None),
        ("payouts", [1]),
        ("payouts.0.account_token", "acc_stranger"),
        ("payouts.0.amount_cents", 250_001),
        ("payouts.0.amount_cents", True),
        ("payouts.0.currency", "eur"),
        ("payouts.0.status", "sent"),
        ("payouts.0.id", GONE),
    ],
)
def test_a_wrong_field_of_an_invoice_is_left_to_a_person_by_name(path: str, value: object) -> None:
    outcome = understood(SHARED, changed({"invoice": INVOICE, "payouts": [PAYOUT]}, path, value))
    assert isinstance(outcome, Unknown)
    assert outcome.needs_person
    assert re.sub(r"\.(\d+)", r"[\1]", path) in outcome.reason


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *((f"payouts.0.{name}", GONE) for name in PAYOUT),
        ("payouts", GONE),
        ("payouts", []),
        ("payouts", [PAYOUT, PAYOUT]),
        ("payouts.0.account_token", "acc_dev_team_44"),
        ("payouts.0.amount_cents", 500_000),
        ("payouts.0.amount_cents", 2.5e5),
        ("payouts.0.currency", "jpy"),
        ("invoice.amount_cents", 250_000),
    ],
)
def test_a_wrong_field_of_a_leg_is_left_to_a_person_by_name(path: str, value: object) -> None:
    outcome = understood(LEG, changed({"invoice": INVOICE, "payouts": [PAYOUT]}, path, value))
    assert isinstance(outcome, Unknown)
    assert outcome.needs_person
    assert re.sub(r"\.(\d+)", r"[\1]", path) in outcome.reason


@pytest.mark.parametrize("amount", [True, 1.0, "1"])
def test_what_only_equals_the_amount_is_not_the_amount(amount: object) -> None:
    cent = replace(SHARED, amount_minor=1, context={})
    assert isinstance(understood(cent, {"invoice": {**INVOICE, "amount_cents": 1}}), Done)
    outcome = understood(cent, {"invoice": {**INVOICE, "amount_cents": amount}})
    assert isinstance(outcome, Unknown)
    assert "invoice.amount_cents: expected a whole number" in outcome.reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OK",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"invoice":NaN}',
        json.dumps({"invoice": INVOICE}).replace("750000", "9" * 5000).encode(),
        json.dumps({"invoice": INVOICE}).replace("750000", "750000.0").encode(),
        json.dumps({"invoice": INVOICE}).replace('"status"', '"amount_cents":1,"status"').encode(),
    ],
)
def test_a_body_that_is_no_plain_json_is_left_to_a_person(body: bytes) -> None:
    outcome = parse.read_answer(body, read_event(write_event(SHARED)))
    assert isinstance(outcome, Unknown)
    assert outcome.needs_person


def test_a_reason_for_a_failed_payout_is_shown_on_one_line() -> None:
    failed = {**PAYOUT, "status": "failed", "reason": "account\nclosed\u001b[31m\u202e" + "x" * 500}
    outcome = understood(LEG, {"payouts": [failed]})
    assert isinstance(outcome, Done)
    reason = outcome.payouts[0].reason
    assert reason.startswith("account closed[31mx")
    assert reason.isprintable()
    assert len(reason) == 200


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        (
            '{"error":{"code":"invalid_field","field":"data.currency","message":"is no currency"}}',
            "invalid_field",
            "data.currency: is no currency",
        ),
        ('{"error":{"code":"closed"}}', "closed", "closed"),
        ('{"error":{"code":7,"message":["x"]}}', "", ""),
        ('{"error":"no"}', "", ""),
        ("<html>Bad gateway</html>", "", ""),
        ("", "", ""),
    ],
)
def test_an_error_is_read_where_it_is_one(body: str, code: str, text: str) -> None:
    refusal = parse.read_refusal(body.encode())
    assert (refusal.code, refusal.text) == (code, text)


def callback(**changes: object) -> dict[str, object]:
    data = {"event_id": "evt_98234109", "invoice": {**INVOICE, "status": "paid"}, "payouts": []}
    return {
        "event": "invoice.paid",
        "id": "cb_1",
        "created_at": "2026-06-10T14:00:00Z",
        "data": data,
        **changes,
    }


@pytest.mark.parametrize(
    ("document", "event"),
    [
        (callback(), GatewayEvent("invoice.paid", "inv_1", "", "evt_98234109")),
        (
            callback(
                event="payout.failed", data={"event_id": "evt_2", "invoice": INVOICE, "payouts": [PAYOUT]}
            ),
            GatewayEvent("payout.failed", "inv_1", "po_1", "evt_2"),
        ),
        (
            callback(event="payout.paid", data={"payouts": [PAYOUT]}),
            GatewayEvent("payout.paid", "", "po_1", ""),
        ),
        (
            callback(event="account.updated", data={"something": "else"}),
            GatewayEvent("account.updated", "", "", ""),
        ),
    ],
)
def test_a_callback_says_what_it_is_about(document: object, event: GatewayEvent) -> None:
    assert parse.read_callback(json.dumps(document).encode()) == event


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ([], "the document"),
        (callback(event=None), "event"),
        (callback(event="paid"), "event"),
        (callback(event="Invoice.Paid"), "event"),
        (callback(data=[]), "data"),
        (callback(data={"event_id": "evt_1"}), "data.invoice"),
        (callback(data={"event_id": 7, "invoice": INVOICE}), "data.event_id"),
        (callback(data={"invoice": {**INVOICE, "status": "gone"}}), "data.invoice.status"),
        (callback(data={"invoice": {**INVOICE, "amount_cents": -1}}), "data.invoice.amount_cents"),
        (callback(event="payout.paid", data={"payouts": []}), "data.payouts"),
        (callback(event="payout.paid", data={"payouts": [{**PAYOUT, "id": ""}]}), "data.payouts[0].id"),
    ],
)
def test_a_callback_that_can_not_be_read_names_the_field(document: object, field: str) -> None:
    with pytest.raises(PayloadError) as caught:
        parse.read_callback(json.dumps(document).encode())
    assert caught.value.where == field


@pytest.mark.parametrize(
    "headers", [{}, {"webhook-id": ""}, {"webhook-id": "x" * 256}, {"webhook-id": "a\nb"}]
)
def test_a_callback_without_an_id_can_not_be_told_from_others(headers: dict[str, str]) -> None:
    with pytest.raises(PayloadError):
        parse.read_delivery_id(headers)
