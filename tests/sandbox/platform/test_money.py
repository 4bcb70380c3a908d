"""The sandbox platform moves money once, only what came in, and only to whom it was agreed."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.bending import GONE, changed
from tests.sandbox.platform.client import LEGS, TRIGGER, Client, leg_event, refusal, tell_event


def test_a_trigger_opens_one_invoice_and_the_journal_says_so(client: Client) -> None:
    answer = client.post(TRIGGER)
    invoice = answer.json()["invoice"]
    assert answer.status_code == 200
    assert (invoice["status"], invoice["amount_cents"], invoice["currency"]) == ("open", 750_000, "usd")
    [opened] = client.journal("invoice_opened")
    assert opened["event_id"] == "evt_98234109"
    assert (opened["contract_id"], opened["milestone_index"], opened["revision"]) == ("con_7732_alpha", 2, 1)


def test_a_milestone_is_billed_once_per_revision_whatever_the_names(client: Client) -> None:
    client.post(TRIGGER)
    again = {**TRIGGER, "id": "evt_2"}
    assert refusal(client.post(again))[:2] == (422, "already_invoiced")
    assert len(client.journal("invoice_opened")) == 1


def test_a_refused_event_was_not_seen_and_may_come_again_when_it_is_right(client: Client) -> None:
    leg = leg_event("acc_dev_team_44", 500_000)
    client.post(TRIGGER)
    early = client.post(leg)
    assert refusal(early)[:2] == (422, "funds_not_available")
    assert int(early.headers["Retry-After"]) > 0
    status, code, _ = refusal(client.ask(leg["id"]))
    assert (status, code) == (404, "event_not_seen")
    client.hall("invoices/inv_000001/pay")
    assert client.post(leg).status_code == 200


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (leg_event("acc_dev_team_44", 750_001), "exceeds_invoice"),
        (leg_event("acc_dev_team_44", 499_999), "wrong_amount"),
        (leg_event("acc_stranger", 250_000), "unknown_account"),
        (changed(leg_event("acc_design_7", 250_000), "context.revision", 2), "no_invoice"),
        (changed(leg_event("acc_design_7", 250_000), "data.milestone_index", 3), "no_invoice"),
        (changed(leg_event("acc_design_7", 250_000), "data.currency", "eur"), "wrong_amount"),
        (changed(leg_event("acc_design_7", 250_000), "data.status", "disbursed"), "invalid_field"),
        (
            changed(leg_event("acc_design_7", 250_000), "context.payout.account_token", "acc_x"),
            "invalid_field",
        ),
        (changed(leg_event("acc_design_7", 250_000), "context.payout.amount_cents", 0), "invalid_field"),
    ],
)
def test_a_leg_that_was_not_agreed_is_refused(client: Client, event: dict[str, Any], code: str) -> None:
    client.open_and_pay()
    assert refusal(client.post(event))[:2] == (422, code)
    assert client.journal("transfer") == []


def test_a_payee_is_paid_once_per_invoice_also_under_another_name_and_after_a_failure(client: Client) -> None:
    client.open_and_pay()
    payout = client.post(leg_event("acc_design_7", 250_000)).json()["payouts"][0]
    again = leg_event("acc_design_7", 250_000, id="evt_again")
    assert refusal(client.post(again))[:2] == (422, "already_paid_out")
    client.hall(f"payouts/{payout['id']}/fail", reason="account closed")
    assert refusal(client.post(again))[:2] == (422, "already_paid_out")
    assert len(client.journal("transfer")) == 1


def test_what_is_transferred_never_exceeds_what_came_in(client: Client) -> None:
    client.open_and_pay()
    for leg in LEGS:
        assert (
            client.post(leg_event(str(leg["account_token"]), int(str(leg["amount_cents"])))).status_code
            == 200
        )
    money_in = sum(entry["amount_cents"] for entry in client.journal("money_in"))
    money_out = sum(entry["amount_cents"] for entry in client.journal("transfer"))
    assert money_in == money_out == 750_000


def test_a_trigger_without_legs_has_one_for_its_destination(client: Client) -> None:
    bare = changed(TRIGGER, "context.legs", GONE)
    client.post(bare)
    client.hall("invoices/inv_000001/pay")
    leg = changed(leg_event("acc_dev_team_44", 750_000), "context.legs", GONE)
    assert client.post(leg).status_code == 200


def test_part_of_the_money_does_not_pay_the_invoice(client: Client) -> None:
    client.post(TRIGGER)
    for wrong in (0, -1, "5", True, 1.5):
        assert client.hall("invoices/inv_000001/pay", amount_cents=wrong).status_code == 422
    assert client.hall("invoices/inv_000001/pay", amount_cents=700_000).json()["status"] == "open"
    assert refusal(client.post(leg_event("acc_design_7", 250_000)))[1] == "funds_not_available"
    assert refusal(client.hall("invoices/inv_000001/void"))[:2] == (422, "invoice_paid")
    assert client.hall("invoices/inv_000001/pay").json()["received_cents"] == 750_000
    assert client.hall("invoices/inv_000001/pay").status_code == 409
    assert client.post(leg_event("acc_design_7", 250_000)).status_code == 200


def test_a_void_invoice_pays_nobody(client: Client) -> None:
    client.post(TRIGGER)
    assert client.hall("invoices/inv_000001/void").json()["status"] == "void"
    assert client.hall("invoices/inv_000001/pay").status_code == 409
    assert refusal(client.post(leg_event("acc_design_7", 250_000)))[1] == "invoice_void"


def test_a_transfer_can_arrive_and_can_still_come_back(client: Client) -> None:
    client.open_and_pay()
    leg = leg_event("acc_design_7", 250_000)
    payout_id = client.post(leg).json()["payouts"][0]["id"]
    assert client.hall(f"payouts/{payout_id}/settle").json()["status"] == "paid"
    assert client.hall(f"payouts/{payout_id}/settle").status_code == 409
    assert client.hall(f"payouts/{payout_id}/fail", reason="returned").json()["status"] == "failed"
    assert client.ask(leg["id"]).json()["payouts"][0]["reason"] == "returned"
    assert client.hall("payouts/po_999999/settle").status_code == 404


@pytest.mark.parametrize("status", ["invoiced", "held", "disbursing", "disbursed", "voided"])
def test_telling_is_noted_and_books_nothing(client: Client, status: str) -> None:
    assert client.post(tell_event(status)).status_code == 200
    assert [entry["status"] for entry in client.journal("told")] == [status]
    assert client.journal("invoice_opened") == []


def test_the_invoice_page_escapes_what_others_wrote(client: Client) -> None:
    client.post(changed(TRIGGER, "data.milestone_title", "<script>alert(1)</script>"))
    page = requests.get(f"{client.platform.url}/invoices/inv_000001", timeout=5)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "&lt;script&gt;" in page.text
    assert "<script" not in page.text
    assert "7,500.00 usd" in page.text
    assert requests.get(f"{client.platform.url}/invoices/inv_9", timeout=5).status_code == 404


def test_the_button_on_the_invoice_page_pays(client: Client) -> None:
    client.post(TRIGGER)
    page = requests.post(
        f"{client.platform.url}/sandbox/invoices/inv_000001/pay", data={"go": "1"}, timeout=5
    )
    assert page.url.endswith("/invoices/inv_000001")
    assert "paid" in page.text
    assert "<form" not in page.text


def test_the_list_of_invoices_shows_what_came_in_and_went_out(client: Client) -> None:
    client.open_and_pay()
    client.post(leg_event("acc_design_7", 250_000))
    [invoice] = requests.get(f"{client.platform.url}/sandbox/invoices", timeout=5).json()
    assert (invoice["status"], invoice["received_cents"], invoice["contract_id"]) == (
        "paid",
        750_000,
        "con_7732_alpha",
    )
    assert [payout["account_token"] for payout in invoice["payouts"]] == ["acc_design_7"]
