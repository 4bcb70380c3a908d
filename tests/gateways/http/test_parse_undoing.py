"""An undoing is believed where the answer names the very thing that was ordered, and says it is undone."""

import json
import re
from typing import Any

import pytest

from app.events import CreditFacts, GatewayEvent, InvoiceFacts, PayoutFacts
from app.gateways.base import Done, Order, Unknown
from app.gateways.http import parse
from tests.bending import GONE, changed
from tests.gateways.http.test_parse import INVOICE, PAYOUT, understood
from tests.gateways.orders import LEGS, SHARED, credit_order, leg_order, reversal_order, void_order

NOTE = {
    "id": "cn_1",
    "number": "CN-2026-0001",
    "url": "https://pay.example/credit-notes/cn_1",
    "amount_cents": 750_000,
    "currency": "usd",
}
CREDITED = {"invoice": {**INVOICE, "status": "credited"}, "payouts": [], "credit_note": NOTE}
VOIDED = {"invoice": {**INVOICE, "status": "void"}, "payouts": []}
REVERSED: dict[str, Any] = {"payouts": [{**PAYOUT, "status": "reversed"}]}
VOID, CREDIT, REVERSAL = void_order("inv_1"), credit_order("inv_1"), reversal_order("po_1", LEGS[1])


def invoice_facts(status: str) -> InvoiceFacts:
    return InvoiceFacts("inv_1", "2026-0001", "https://pay.example/invoices/inv_1", status, 750_000, "usd")


def credit_facts() -> CreditFacts:
    return CreditFacts("cn_1", "CN-2026-0001", "https://pay.example/credit-notes/cn_1", 750_000, "usd")


def reversed_facts() -> PayoutFacts:
    return PayoutFacts("po_1", "acc_design_7", "reversed", 250_000, "usd")


@pytest.mark.parametrize(
    ("order", "answer", "outcome"),
    [
        (VOID, VOIDED, Done(invoice_facts("void"))),
        (REVERSAL, REVERSED, Done(None, (reversed_facts(),))),
        (
            REVERSAL,
            {**REVERSED, "invoice": {**INVOICE, "status": "credited"}},
            Done(invoice_facts("credited"), (reversed_facts(),)),
        ),
        (CREDIT, CREDITED, Done(invoice_facts("credited"), (), credit_facts())),
        (
            SHARED,
            {**CREDITED, **REVERSED},
            Done(invoice_facts("credited"), (reversed_facts(),), credit_facts()),
        ),
        (SHARED, VOIDED, Done(invoice_facts("void"))),
        (leg_order(LEGS[1]), REVERSED, Done(None, (reversed_facts(),))),
    ],
)
def test_what_was_undone_is_read(order: Order, answer: dict[str, Any], outcome: Done) -> None:
    assert understood(order, answer) == outcome


@pytest.mark.parametrize(
    ("order", "answer", "path", "value"),
    [
        (VOID, VOIDED, "invoice", GONE),
        (VOID, VOIDED, "invoice", None),
        (VOID, VOIDED, "invoice.id", "inv_2"),
        (VOID, VOIDED, "invoice.amount_cents", 749_999),
        (VOID, VOIDED, "invoice.currency", "eur"),
        (VOID, VOIDED, "payouts", [PAYOUT]),
        *((VOID, VOIDED, "invoice.status", status) for status in ("open", "paid", "uncollectible", "voided")),
        (VOID, VOIDED, "credit_note", NOTE),
        (REVERSAL, REVERSED, "payouts", GONE),
        (REVERSAL, REVERSED, "payouts", []),
        (REVERSAL, REVERSED, "payouts", [*REVERSED["payouts"], *REVERSED["payouts"]]),
        (REVERSAL, REVERSED, "payouts.0.id", "po_2"),
        (REVERSAL, REVERSED, "payouts.0.account_token", "acc_dev_team_44"),
        (REVERSAL, REVERSED, "payouts.0.amount_cents", 249_999),
        (REVERSAL, REVERSED, "payouts.0.amount_cents", 500_000),
        (REVERSAL, REVERSED, "payouts.0.currency", "eur"),
        *(
            (REVERSAL, REVERSED, "payouts.0.status", status)
            for status in ("paid", "pending", "failed", "gone")
        ),
        (CREDIT, CREDITED, "invoice", None),
        (CREDIT, CREDITED, "invoice.id", "inv_2"),
        (CREDIT, CREDITED, "invoice.amount_cents", 1),
        *((CREDIT, CREDITED, "invoice.status", status) for status in ("open", "paid", "void", "refunded")),
        (CREDIT, CREDITED, "credit_note", GONE),
        (CREDIT, CREDITED, "credit_note", None),
        (CREDIT, CREDITED, "credit_note", "cn_1"),
        *((CREDIT, CREDITED, f"credit_note.{name}", GONE) for name in NOTE),
        (CREDIT, CREDITED, "credit_note.amount_cents", 749_999),
        (CREDIT, CREDITED, "credit_note.amount_cents", 750_000.0),
        (CREDIT, CREDITED, "credit_note.amount_cents", -750_000),
        (CREDIT, CREDITED, "credit_note.currency", "eur"),
        (CREDIT, CREDITED, "credit_note.url", "javascript:alert(1)"),
        (CREDIT, CREDITED, "credit_note.number", "1\u001b[31m"),
        (CREDIT, {**CREDITED, "payouts": [PAYOUT]}, "payouts.0.account_token", "acc_stranger"),
        (SHARED, CREDITED, "credit_note", GONE),
        (SHARED, CREDITED, "credit_note.amount_cents", 250_000),
        (SHARED, {"invoice": {**INVOICE, "status": "paid"}}, "credit_note", NOTE),
    ],
)
def test_an_undoing_that_is_not_the_ordered_one_is_left_to_a_person_by_field(
    order: Order, answer: dict[str, Any], path: str, value: object
) -> None:
    outcome = understood(order, changed(answer, path, value))
    assert isinstance(outcome, Unknown)
    assert outcome.needs_person
    assert re.sub(r"\.(\d+)", r"[\1]", path) in outcome.reason


@pytest.mark.parametrize(
    ("kind", "data", "event"),
    [
        ("invoice.voided", VOIDED, GatewayEvent("invoice.voided", "inv_1", "", "evt_98234109")),
        ("invoice.credited", CREDITED, GatewayEvent("invoice.credited", "inv_1", "", "evt_98234109")),
        ("payout.reversed", REVERSED, GatewayEvent("payout.reversed", "", "po_1", "evt_98234109")),
    ],
)
def test_a_callback_says_what_was_undone(kind: str, data: dict[str, Any], event: GatewayEvent) -> None:
    callback = {"event": kind, "id": "cb_1", "data": {"event_id": "evt_98234109", **data}}
    assert parse.read_callback(json.dumps(callback).encode()) == event
