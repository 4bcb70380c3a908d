"""The events that undo: their exact bytes, what they are read back as, and what is never drafted."""

import json
from dataclasses import replace

import pytest

from app.gateways.base import Leg, Order
from app.gateways.http.envelope import read_event, write_event
from tests.gateways.orders import EXAMPLE, LEGS, SHARED, credit_order, leg_order, reversal_order, void_order

HEAD = (
    b'{"event":"milestone.status_updated","id":"%s","created_at":"2026-05-28T09:10:20Z",'
    b'"data":{"contract_id":"con_7732_alpha","milestone_index":2,'
    b'"milestone_title":"Midway UI Prototype Sign-off","amount_due_cents":750000,"currency":"usd",'
    b'"status":"%s","payout_destination":{"account_token":"%s","auto_clear":true}},"context":{'
)
VOID = void_order("inv_000001", EXAMPLE)
REVERSAL = reversal_order("po_000002", LEGS[1], EXAMPLE)
CREDIT = credit_order("inv_000001", EXAMPLE, context={"reason": "Nicht geliefert: Tür & Tor"})


@pytest.mark.parametrize(
    ("order", "head", "rest"),
    [
        (
            VOID,
            (b"voiding", b"acc_dev_team_44"),
            b'"revision":1,"void":{"invoice_id":"inv_000001"}}}',
        ),
        (
            REVERSAL,
            (b"refunding", b"acc_design_7"),
            b'"reversal":{"account_token":"acc_design_7","amount_cents":250000,"payout_id":"po_000002"},'
            b'"revision":1}}',
        ),
        (
            CREDIT,
            (b"refunding", b"acc_dev_team_44"),
            b'"credit":{"amount_cents":750000,"invoice_id":"inv_000001",'
            b'"reason":"Nicht geliefert: T\xc3\xbcr & Tor"},"revision":1}}',
        ),
        (
            replace(CREDIT, context={}),
            (b"refunding", b"acc_dev_team_44"),
            b'"credit":{"amount_cents":750000,"invoice_id":"inv_000001"},"revision":1}}',
        ),
    ],
)
def test_each_undoing_goes_out_as_these_bytes(order: Order, head: tuple[bytes, bytes], rest: bytes) -> None:
    assert write_event(order) == HEAD % (order.event_id.encode(), *head) + rest


@pytest.mark.parametrize("order", [VOID, REVERSAL, CREDIT])
def test_data_has_the_published_fields_in_their_order_also_when_it_undoes(order: Order) -> None:
    published = json.loads(write_event(EXAMPLE))["data"]
    data = json.loads(write_event(order))["data"]
    assert list(data) == list(published)
    assert list(data["payout_destination"]) == ["account_token", "auto_clear"]


def test_what_undoes_is_read_back() -> None:
    void, reversal, credit = (read_event(write_event(order)) for order in (VOID, REVERSAL, CREDIT))
    assert (void.operation, void.invoice_id, void.leg) == ("void_invoice", "inv_000001", None)
    assert (reversal.operation, reversal.payout_id, reversal.leg) == ("reverse_payout", "po_000002", LEGS[1])
    assert (credit.operation, credit.invoice_id, credit.amount_minor) == (
        "credit_note",
        "inv_000001",
        750_000,
    )
    assert not any(asked.only_tells for asked in (void, reversal, credit))


@pytest.mark.parametrize("status", ["voiding", "voided", "refunding", "refunded", "disputed"])
def test_a_word_alone_undoes_nothing(status: str) -> None:
    assert read_event(write_event(replace(SHARED, operation="tell", status=status))).only_tells


@pytest.mark.parametrize(
    ("operation", "plain"),
    [("open_invoice", SHARED), ("pay_out", leg_order(LEGS[0])), ("tell", replace(SHARED, status="paid"))],
)
def test_whoever_names_no_operation_asks_by_the_status_and_the_leg(operation: str, plain: Order) -> None:
    named = replace(plain, operation=operation)  # type: ignore[arg-type]
    bare = replace(plain, operation="tell")
    assert write_event(bare) == write_event(named)
    assert read_event(write_event(bare)).operation == operation


@pytest.mark.parametrize(
    "order",
    [
        *(replace(order, status="voided") for order in (VOID, REVERSAL, CREDIT)),
        *(replace(order, status="triggered_for_disbursement") for order in (VOID, REVERSAL, CREDIT)),
        replace(VOID, status="refunding"),
        replace(VOID, invoice_id=""),
        replace(VOID, leg=LEGS[0]),
        replace(VOID, payout_id="po_1"),
        replace(REVERSAL, leg=None),
        replace(REVERSAL, payout_id=""),
        replace(REVERSAL, invoice_id="inv_1"),
        replace(REVERSAL, status="disbursing"),
        replace(CREDIT, invoice_id=""),
        replace(CREDIT, leg=LEGS[0]),
        replace(CREDIT, payout_id="po_1"),
        replace(CREDIT, status="voiding"),
        replace(CREDIT, context={"reason": 7}),
        replace(CREDIT, context={"reason": "x" * 501}),
        replace(EXAMPLE, operation="open_invoice", status="paid"),
        replace(EXAMPLE, operation="pay_out", status="disbursing"),
        *(replace(EXAMPLE, context={member: {}}) for member in ("payout", "void", "reversal", "credit")),
    ],
)
def test_an_order_that_contradicts_itself_is_never_drafted(order: Order) -> None:
    with pytest.raises(ValueError, match=r"."):
        write_event(order)


@pytest.mark.parametrize(
    ("status", "context"),
    [
        ("voiding", {"void": {"invoice_id": "inv_1"}, "credit": {"invoice_id": "inv_1"}}),
        ("voiding", {"void": {}}),
        ("voiding", {"void": "inv_1"}),
        ("voided", {"void": {"invoice_id": "inv_1"}}),
        ("refunding", {"reversal": {"account_token": "acc_x", "amount_cents": 1}}),
        ("triggered_for_disbursement", {"payout": {"account_token": "acc_x", "amount_cents": 1}}),
    ],
)
def test_bytes_that_contradict_themselves_are_not_ours(status: str, context: dict[str, object]) -> None:
    event = json.loads(write_event(replace(EXAMPLE, status=status)))
    event["context"].update(context)
    with pytest.raises(ValueError, match=r"."):
        read_event(json.dumps(event).encode())


def test_a_reason_belongs_to_the_credit_note_alone() -> None:
    sent = json.loads(write_event(CREDIT))["context"]
    assert "reason" not in sent
    assert (
        json.loads(write_event(replace(VOID, context={"reason": "reopened"})))["context"]["reason"]
        == "reopened"
    )


def test_a_leg_of_nothing_is_still_a_leg() -> None:
    assert read_event(write_event(leg_order(Leg("acc_x", 0)))).operation == "pay_out"
