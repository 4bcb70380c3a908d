"""The sandbox platform takes back what was ordered when it is asked to the letter, once, and says why not."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import requests

from app.releases.states import State
from tests.bending import GONE, changed
from tests.sandbox.platform.client import (
    TRIGGER,
    Client,
    credit_event,
    leg_event,
    refusal,
    reversal_event,
    tell_event,
    void_event,
)

LEG = leg_event("acc_design_7", 250_000)
VOID = void_event("inv_000001")
REVERSAL = reversal_event("po_000001", "acc_design_7", 250_000)
CREDIT = credit_event("inv_000001")
SECOND = {**changed(TRIGGER, "context.revision", 2), "id": "evt_second"}
UNDOINGS = ("invoice_voided", "reversal", "credit_note")


def undone(client: Client) -> list[tuple[str, int, str, str]]:
    """(kind, amount, currency, event) of everything that was undone."""
    return [
        (entry["kind"], entry["amount_cents"], entry["currency"], entry["event_id"])
        for entry in client.journal()
        if entry["kind"] in UNDOINGS
    ]


@pytest.mark.parametrize(
    ("event", "path", "value"),
    [
        (VOID, "context.void", None),
        (VOID, "context.void", "inv_000001"),
        (VOID, "context.void.invoice_id", GONE),
        (VOID, "context.void.invoice_id", ""),
        (VOID, "context.void.amount_cents", 750_000),
        (VOID, "data.status", "voided"),
        (VOID, "data.status", "refunding"),
        (REVERSAL, "context.reversal", []),
        *((REVERSAL, f"context.reversal.{name}", GONE) for name in REVERSAL["context"]["reversal"]),
        (REVERSAL, "context.reversal.amount_cents", 0),
        (REVERSAL, "context.reversal.amount_cents", 250_000.0),
        (REVERSAL, "context.reversal.account_token", "acc_dev_team_44"),
        (REVERSAL, "context.reversal.reason", "x"),
        (REVERSAL, "data.status", "disbursing"),
        (CREDIT, "context.credit", 7),
        (CREDIT, "context.credit.invoice_id", GONE),
        (CREDIT, "context.credit.amount_cents", GONE),
        (CREDIT, "context.credit.amount_cents", 749_999),
        (CREDIT, "context.credit.amount_cents", "750000"),
        (CREDIT, "context.credit.reason", ""),
        (CREDIT, "context.credit.reason", 7),
        (CREDIT, "context.credit.reason", "x" * 501),
        (CREDIT, "data.status", "paid"),
        (TRIGGER, "context.void", {"invoice_id": "inv_000001"}),
    ],
)
def test_a_wrong_field_of_an_undoing_is_refused_by_its_name(
    client: Client, event: dict[str, Any], path: str, value: object
) -> None:
    client.open_and_pay()
    client.post(LEG)
    status, code, field = refusal(client.post({**changed(event, path, value), "id": "evt_wrong"}))
    assert (status, code) == (422, "invalid_field")
    assert field in (path, "data.status") or path.startswith(field)
    assert undone(client) == []


def test_an_event_undoes_one_thing(client: Client) -> None:
    client.open_and_pay()
    both = changed(CREDIT, "context.reversal", REVERSAL["context"]["reversal"])
    assert refusal(client.post(both)) == (422, "invalid_field", "context")
    assert undone(client) == []


def test_an_open_invoice_is_voided_once_and_the_milestone_billed_anew(client: Client) -> None:
    client.post(TRIGGER)
    assert refusal(client.post(SECOND))[:2] == (422, "already_invoiced")
    first = client.post(VOID)
    assert first.json()["invoice"]["status"] == "void"
    assert client.post(VOID).content == first.content
    assert refusal(client.post({**VOID, "id": "evt_other"}))[:2] == (422, "already_void")
    assert undone(client) == [("invoice_voided", 750_000, "usd", VOID["id"])]
    assert client.post(SECOND).json()["invoice"]["id"] == "inv_000002"
    assert client.ask(VOID["id"]).json()["invoice"]["id"] == "inv_000001"
    assert refusal(client.post({**TRIGGER, "id": "evt_late"}))[:2] == (422, "already_invoiced")


def test_a_revision_that_was_passed_over_comes_too_late(client: Client) -> None:
    client.post(SECOND)
    client.post(changed({**VOID, "id": "evt_v2"}, "context.revision", 2))
    assert refusal(client.post(TRIGGER))[:2] == (422, "already_invoiced")


@pytest.mark.parametrize("amount_cents", [None, 1])
def test_money_that_came_in_keeps_an_invoice_from_being_voided(
    client: Client, amount_cents: int | None
) -> None:
    client.post(TRIGGER)
    client.hall("invoices/inv_000001/pay", **({"amount_cents": amount_cents} if amount_cents else {}))
    assert refusal(client.post(VOID))[:2] == (422, "invoice_paid")
    assert refusal(client.ask(VOID["id"]))[:2] == (404, "event_not_seen")
    assert undone(client) == []


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (void_event("inv_000009"), "no_invoice"),
        (changed(VOID, "data.milestone_index", 3), "no_invoice"),
        (changed(VOID, "context.revision", 2), "no_invoice"),
        (changed(VOID, "data.currency", "eur"), "wrong_amount"),
        (credit_event("inv_000009"), "no_invoice"),
        (changed(CREDIT, "data.contract_id", "con_other"), "no_invoice"),
        (reversal_event("po_000009", "acc_design_7", 250_000), "no_payout"),
        (reversal_event("po_000001", "acc_dev_team_44", 250_000), "wrong_payout"),
        (reversal_event("po_000001", "acc_design_7", 249_999), "wrong_payout"),
        (changed(REVERSAL, "data.milestone_index", 3), "no_invoice"),
    ],
)
def test_what_is_not_this_milestones_is_not_undone(client: Client, event: dict[str, Any], code: str) -> None:
    client.open_and_pay()
    client.post(LEG)
    assert refusal(client.post(event))[:2] == (422, code)
    assert undone(client) == []


def test_a_payout_is_brought_back_once_and_never_paid_again(client: Client) -> None:
    client.open_and_pay()
    client.post(LEG)
    first = client.post(REVERSAL)
    [payout] = first.json()["payouts"]
    assert (payout["id"], payout["status"]) == ("po_000001", "reversed")
    assert client.post(REVERSAL).content == first.content
    assert refusal(client.post({**REVERSAL, "id": "evt_other"}))[:2] == (422, "already_reversed")
    assert undone(client) == [("reversal", 250_000, "usd", REVERSAL["id"])]
    assert client.ask(LEG["id"]).json()["payouts"][0]["status"] == "reversed"
    assert client.hall("payouts/po_000001/settle").status_code == 409
    assert client.hall("payouts/po_000001/fail").status_code == 409
    assert refusal(client.post({**LEG, "id": "evt_again"}))[:2] == (422, "already_paid_out")


def test_a_payout_that_failed_has_nothing_to_bring_back(client: Client) -> None:
    client.open_and_pay()
    client.post(LEG)
    client.hall("payouts/po_000001/fail", reason="account closed")
    assert refusal(client.post(REVERSAL))[:2] == (422, "payout_failed")
    assert client.post(CREDIT).status_code == 200, "all of the money is here"


@pytest.mark.parametrize("retry_after_s", [0, 30])
def test_a_payee_without_money_gives_nothing_back(client: Client, retry_after_s: int) -> None:
    client.open_and_pay()
    client.post(LEG)
    client.hall("payees", account_token="acc_design_7", retry_after_s=retry_after_s)
    answer = client.post(REVERSAL)
    assert refusal(answer)[:2] == (422, "insufficient_balance")
    assert answer.headers.get("Retry-After") == (str(retry_after_s) if retry_after_s else None)
    assert client.hall("payouts/po_000001/reverse").status_code == 422
    client.hall("payees", account_token="acc_design_7", is_empty=False)
    assert client.post(REVERSAL).status_code == 200


def test_a_paid_invoice_is_credited_once_and_the_milestone_bills_no_more(client: Client) -> None:
    client.post(TRIGGER)
    assert refusal(client.post(CREDIT))[:2] == (422, "invoice_not_paid")
    client.hall("invoices/inv_000001/pay")
    first = client.post(CREDIT)
    assert first.json()["invoice"]["status"] == "credited"
    note = first.json()["credit_note"]
    assert (note["id"], note["number"], note["amount_cents"]) == ("cn_000001", "SBX-CN-0001", 750_000)
    assert client.post(CREDIT).content == first.content
    assert refusal(client.post({**CREDIT, "id": "evt_other"}))[:2] == (422, "already_credited")
    assert undone(client) == [("credit_note", 750_000, "usd", CREDIT["id"])]
    assert client.ask(TRIGGER["id"]).json()["credit_note"] == note
    for event, code in ((LEG, "invoice_credited"), (VOID, "invoice_paid"), (SECOND, "already_credited")):
        assert refusal(client.post(event))[:2] == (422, code)


def test_the_client_is_paid_back_with_the_sellers_money_only(client: Client) -> None:
    client.open_and_pay()
    client.post(changed({**TRIGGER, "id": "evt_3"}, "data.milestone_index", 3))
    client.hall("invoices/inv_000002/pay")
    client.post(LEG)
    assert refusal(client.post(CREDIT))[:2] == (422, "insufficient_balance"), (
        "another milestone's money is not its own"
    )
    client.post(REVERSAL)
    assert client.post(CREDIT).status_code == 200


def test_the_sellers_credit_is_used_up_and_comes_back(client: Client) -> None:
    client.hall("seller", credit_cents=300_000)
    third = {**changed(TRIGGER, "data.milestone_index", 3), "id": "evt_3"}
    for number, (trigger, index) in enumerate(((TRIGGER, 2), (third, 3)), 1):
        client.post(trigger)
        client.hall(f"invoices/inv_{number:06d}/pay")
        client.post({**changed(LEG, "data.milestone_index", index), "id": f"evt_leg_{index}"})
    other = {**changed(credit_event("inv_000002"), "data.milestone_index", 3), "id": "evt_credit_3"}
    assert client.post(CREDIT).status_code == 200
    assert refusal(client.post(other))[:2] == (422, "insufficient_balance"), "50,000 of the credit is left"
    assert client.post(REVERSAL).status_code == 200
    assert client.post(other).status_code == 200


@pytest.mark.parametrize("path", ["seller", "payees"])
@pytest.mark.parametrize("value", [-1, "5", True, None, 1.5])
def test_a_switch_of_another_kind_is_refused(client: Client, path: str, value: object) -> None:
    wish = {"seller": {"credit_cents": value}, "payees": {"account_token": "acc_x", "retry_after_s": value}}
    assert client.hall(path, **wish[path]).status_code == 422


def test_the_operator_undoes_by_hand_under_the_same_rules(client: Client) -> None:
    client.open_and_pay()
    client.post(LEG)
    assert refusal(client.hall("invoices/inv_000001/credit"))[1] == "insufficient_balance"
    assert client.hall("payouts/po_000001/reverse").json()["status"] == "reversed"
    credited = client.hall("invoices/inv_000001/credit", reason="<b>agreed</b>").json()
    assert (credited["status"], credited["credit_note"]["number"]) == ("credited", "SBX-CN-0001")
    assert undone(client) == [("reversal", 250_000, "usd", ""), ("credit_note", 750_000, "usd", "")]
    assert refusal(client.hall("invoices/inv_000001/credit"))[1] == "already_credited"
    assert client.hall("payouts/po_999999/reverse").status_code == 404
    page = requests.get(credited["credit_note"]["url"], timeout=5)
    assert "7,500.00 usd" in page.text
    assert "&lt;b&gt;agreed" in page.text
    assert requests.get(f"{client.platform.url}/credit-notes/cn_9", timeout=5).status_code == 404


@pytest.mark.parametrize("status", sorted({*get_args(State)} - {"triggered"}))
def test_every_state_of_a_release_can_be_told_and_undoes_nothing(client: Client, status: str) -> None:
    client.open_and_pay()
    assert client.post(tell_event(status)).status_code == 200
    assert undone(client) == []
