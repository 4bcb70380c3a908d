"""Partial payments, too much, money past the platform, prefunds, disputes, accounts that are not ready."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bending import changed
from tests.sandbox.platform.client import (
    TRIGGER,
    Client,
    credit_event,
    leg_event,
    refusal,
    reversal_event,
    void_event,
)

INVOICE = "invoices/inv_000001"
IN_PARTS = changed(TRIGGER, "context.partial", "pro_rata")
IN_ADVANCE = changed(TRIGGER, "context.disburse", "on_close")


def part(account: str, amount_cents: int, number: int = 1) -> dict[str, Any]:
    """A part of a leg; the first is not called one."""
    event = leg_event(account, amount_cents, id=f"evt_leg_{account}_{number}")
    return changed(event, "context.payout.part", number) if number > 1 else event


def of_invoice(client: Client, *names: str) -> list[Any]:
    """What asking about the trigger says of its invoice."""
    invoice = client.ask(TRIGGER["id"]).json()["invoice"]
    return [invoice.get(name) for name in names]


def test_an_invoice_says_all_that_came_in_for_it_also_too_much(client: Client) -> None:
    client.post(TRIGGER)
    assert of_invoice(client, "status", "received_cents") == ["open", 0]
    client.hall(f"{INVOICE}/pay", amount_cents=200_000)
    assert of_invoice(client, "status", "received_cents") == ["open", 200_000]
    client.hall(f"{INVOICE}/pay", amount_cents=600_000)
    assert of_invoice(client, "status", "received_cents") == ["paid", 800_000]
    client.hall(f"{INVOICE}/pay", amount_cents=1)
    assert of_invoice(client, "status", "received_cents") == ["paid", 800_001]
    paid = [(one["amount_cents"], one["payment_id"]) for one in client.journal("money_in")]
    assert paid == [(200_000, "pay_000001"), (600_000, "pay_000002"), (1, "pay_000003")]


def test_a_payee_gets_its_part_of_what_came_in_and_never_more_than_its_leg(client: Client) -> None:
    client.post(IN_PARTS)
    assert refusal(client.post(part("acc_design_7", 1)))[1] == "funds_not_available"
    client.hall(f"{INVOICE}/pay", amount_cents=300_000)
    assert client.post(part("acc_dev_team_44", 200_000)).status_code == 200
    assert refusal(client.post(part("acc_design_7", 100_001)))[1] == "funds_not_available"
    assert client.post(part("acc_design_7", 100_000)).status_code == 200
    again = {**part("acc_design_7", 1), "id": "evt_again"}
    assert refusal(client.post(again))[1] == "already_paid_out"
    client.hall(f"{INVOICE}/pay")
    assert refusal(client.post(part("acc_design_7", 150_001, 2)))[1] == "wrong_amount"
    answer = client.post(part("acc_design_7", 150_000, 2)).json()
    assert [one["part"] for one in answer["payouts"]] == [2]
    assert client.post(part("acc_dev_team_44", 300_000, 2)).status_code == 200
    payouts = client.ask(TRIGGER["id"]).json()["payouts"]
    assert [(one["account_token"], one.get("part", 1), one["amount_cents"]) for one in payouts] == [
        ("acc_dev_team_44", 1, 200_000),
        ("acc_design_7", 1, 100_000),
        ("acc_design_7", 2, 150_000),
        ("acc_dev_team_44", 2, 300_000),
    ]


def test_without_a_word_of_parts_a_leg_is_paid_whole_and_once_whatever_its_part_is_called(
    client: Client,
) -> None:
    client.open_and_pay()
    assert refusal(client.post(part("acc_design_7", 100_000)))[1] == "wrong_amount"
    assert client.post(part("acc_design_7", 250_000, 2)).status_code == 200
    assert refusal(client.post(part("acc_design_7", 250_000, 3)))[1] == "already_paid_out"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("context.partial", "halves"),
        ("context.disburse", "at_once"),
        ("context.disburse", 1),
        ("context.payout.part", 1),
        ("context.payout.part", True),
        ("context.payout.part", "2"),
    ],
)
def test_a_wrong_word_of_how_to_pay_is_refused_by_its_name(client: Client, path: str, value: object) -> None:
    client.open_and_pay()
    event = changed(part("acc_design_7", 250_000), path, value)
    assert refusal(client.post(event)) == (422, "invalid_field", path)


def test_what_is_paid_in_advance_comes_out_of_what_the_seller_put_in(client: Client) -> None:
    client.post(IN_ADVANCE)
    leg, other = leg_event("acc_dev_team_44", 500_000), leg_event("acc_design_7", 250_000)
    early = client.post(leg)
    assert refusal(early)[1] == "funds_not_available"
    assert int(early.headers["Retry-After"]) > 0
    assert client.hall("seller", prefund_cents=600_000).status_code == 200
    assert client.post(leg).status_code == 200
    assert refusal(client.post(other))[1] == "funds_not_available"
    assert refusal(client.post(void_event("inv_000001")))[:2] == (422, "paid_out")
    client.hall(f"{INVOICE}/pay", amount_cents=200_000)
    assert client.post(other).status_code == 200, "what the client pays fills it up"
    client.hall(f"{INVOICE}/pay")
    assert of_invoice(client, "status", "received_cents") == ["paid", 750_000]


def test_an_ordinary_invoice_is_not_paid_out_in_advance_whoever_put_money_in(client: Client) -> None:
    client.hall("seller", prefund_cents=5_000_000)
    client.post(TRIGGER)
    leg = changed(leg_event("acc_design_7", 250_000), "context.disburse", "on_close")
    assert refusal(client.post(leg))[1] == "funds_not_available"


def test_money_that_came_past_the_platform_pays_the_invoice_and_nobody(client: Client) -> None:
    client.post(TRIGGER)
    client.hall(f"{INVOICE}/pay", amount_cents=600_000, out_of_band=True)
    client.hall(f"{INVOICE}/pay")
    assert of_invoice(client, "status", "received_cents", "outside_cents") == ["paid", 750_000, 600_000]
    assert refusal(client.post(leg_event("acc_design_7", 250_000)))[1] == "funds_not_available"
    client.hall("seller", prefund_cents=100_000)
    assert client.post(leg_event("acc_design_7", 250_000)).status_code == 200


def test_what_the_bank_asks_back_pays_nobody_until_the_seller_has_won(client: Client) -> None:
    client.open_and_pay()
    client.hall(f"{INVOICE}/dispute", amount_cents=700_000)
    assert of_invoice(client, "status", "received_cents", "disputed_cents") == ["paid", 750_000, 700_000]
    assert client.hall(f"{INVOICE}/dispute").status_code == 409
    assert refusal(client.post(leg_event("acc_design_7", 250_000)))[1] == "funds_not_available"
    assert refusal(client.post(credit_event("inv_000001")))[:2] == (422, "invoice_disputed")
    assert client.hall(f"{INVOICE}/dispute/close", status="maybe").status_code == 422
    client.hall(f"{INVOICE}/dispute/close", status="won")
    assert of_invoice(client, "disputed_cents", "lost_cents") == [None, None]
    assert client.post(leg_event("acc_design_7", 250_000)).status_code == 200
    assert client.hall(f"{INVOICE}/dispute/close", status="won").status_code == 409
    (opened,), (closed,) = client.journal("dispute_opened"), client.journal("dispute_closed")
    assert (opened["amount_cents"], opened["status"]) == (700_000, "needs_response")
    assert (closed["amount_cents"], closed["status"]) == (700_000, "won")


def test_what_was_lost_to_the_bank_is_not_given_back_once_more(client: Client) -> None:
    client.open_and_pay()
    client.hall(f"{INVOICE}/dispute", amount_cents=700_000)
    client.hall(f"{INVOICE}/dispute/close", status="lost")
    assert of_invoice(client, "status", "lost_cents") == ["paid", 700_000]
    assert refusal(client.post(leg_event("acc_design_7", 250_000)))[1] == "funds_not_available"
    note = client.post(credit_event("inv_000001")).json()["credit_note"]
    assert (note["amount_cents"], note["refunded_cents"]) == (750_000, 50_000)
    assert [one["amount_cents"] for one in client.journal("credit_note")] == [50_000]


def test_a_credit_over_a_partly_paid_invoice_gives_back_what_came_in_and_ends_it(client: Client) -> None:
    client.post(IN_PARTS)
    assert refusal(client.post(credit_event("inv_000001")))[1] == "invoice_not_paid"
    client.hall(f"{INVOICE}/pay", amount_cents=300_000)
    payout = client.post(part("acc_dev_team_44", 200_000)).json()["payouts"][0]
    assert refusal(client.post(credit_event("inv_000001")))[1] == "insufficient_balance"
    client.post(reversal_event(payout["id"], "acc_dev_team_44", 200_000))
    answer = client.post(credit_event("inv_000001")).json()
    assert answer["invoice"]["status"] == "credited"
    assert answer["credit_note"]["refunded_cents"] == 300_000
    assert client.hall(f"{INVOICE}/pay", amount_cents=1).status_code == 409


def test_an_account_that_is_not_ready_is_paid_once_it_is(client: Client) -> None:
    client.open_and_pay()
    leg = leg_event("acc_design_7", 250_000)
    client.hall("payees", account_token="acc_design_7", is_ready=False, retry_after_s=60)
    waits = client.post(leg)
    assert (refusal(waits)[1], waits.headers["Retry-After"]) == ("account_not_ready", "60")
    client.hall("payees", account_token="acc_design_7", is_ready=False)
    assert "Retry-After" not in client.post(leg).headers
    client.hall("payees", account_token="acc_design_7", is_ready=True)
    assert client.post(leg).status_code == 200
