"""Money comes into the pretend PayPal once, goes back once, and a dispute holds it."""

from __future__ import annotations

import pytest

from tests.bending import changed
from tests.sandbox.paypal.client import INVOICE, PAYOUT, Client, refusal

PARTS = changed(INVOICE, "configuration", {"partial_payment": {"allow_partial_payment": True}})


def balance(client: Client) -> int:
    return int(client.hall("balance", currency="usd").json()["amount_cents"])


def refund_path(capture_id: str) -> str:
    return f"/v2/payments/captures/{capture_id}/refund"


def usd(value: str) -> dict[str, dict[str, str]]:
    return {"amount": {"currency_code": "USD", "value": value}}


def test_a_client_pays_what_is_due_and_no_more(client: Client) -> None:
    invoice_id = client.send()
    assert refusal(client.hall(f"invoices/{invoice_id}/pay", amount_cents=750_001))[2] == (
        "PAYMENT_AMOUNT_GREATER_THAN_AMOUNT_DUE"
    )
    assert refusal(client.hall(f"invoices/{invoice_id}/pay", amount_cents=1))[2] == (
        "PARTIAL_PAYMENT_NOT_ALLOWED"
    )
    client.hall(f"invoices/{invoice_id}/pay")
    assert refusal(client.hall(f"invoices/{invoice_id}/pay"))[2] == "CANNOT_PROCESS_PAYMENTS"
    [came] = client.journal("money_in")
    assert (came["invoice_id"], came["amount_cents"]) == (invoice_id, 750_000)
    assert balance(client) == 750_000


def test_parts_are_taken_where_the_invoice_allows_them(client: Client) -> None:
    invoice_id = client.send(PARTS)
    client.hall(f"invoices/{invoice_id}/pay", amount_cents=250_000)
    invoice = client.invoice(invoice_id)
    assert (invoice["status"], invoice["due_amount"]["value"]) == ("PARTIALLY_PAID", "5000.00")
    client.hall(f"invoices/{invoice_id}/pay")
    assert client.invoice(invoice_id)["status"] == "PAID"
    assert [one["amount_cents"] for one in client.journal("money_in")] == [250_000, 500_000]


@pytest.mark.parametrize(("bounced", "status", "came"), [(False, "PAID", 1), (True, "SENT", 0)])
def test_a_pending_payment_is_no_money_until_it_clears(
    client: Client, bounced: bool, status: str, came: int
) -> None:
    invoice_id = client.send()
    client.hall(f"invoices/{invoice_id}/pay", pending=True)
    assert client.invoice(invoice_id)["status"] == "PAYMENT_PENDING"
    assert balance(client) == 0
    client.hall(f"invoices/{invoice_id}/clear", bounced=bounced)
    assert client.invoice(invoice_id)["status"] == status
    assert len(client.journal("money_in")) == came


def test_a_recorded_payment_marks_the_invoice_and_moves_no_money(client: Client) -> None:
    one = f"/v2/invoicing/invoices/{client.send()}"
    answer = client.post(f"{one}/payments", {"method": "BANK_TRANSFER", **usd("7500.00")})
    assert answer.json()["payment_id"].startswith("EXTR-")
    assert client.get(one).json()["status"] == "MARKED_AS_PAID"
    assert (balance(client), client.journal("money_in")) == (0, [])
    assert refusal(client.post(f"{one}/refunds", {"method": "CASH", **usd("7500.01")}))[2] == (
        "INVALID_REFUND_AMOUNT"
    )
    assert client.post(f"{one}/refunds", {"method": "CASH"}).status_code == 200
    assert client.get(one).json()["status"] == "MARKED_AS_REFUNDED"
    assert client.journal("credit_note") == []


@pytest.mark.parametrize(
    ("body", "status", "issue", "field"),
    [
        ({}, 400, "MISSING_REQUIRED_PARAMETER", "/method"),
        ({"method": "BARTER"}, 400, "INVALID_PAYMENT_METHOD", "/method"),
        ({"method": "CASH", **usd("0.00")}, 400, "VALUE_CANNOT_BE_ZERO", "/amount"),
        ({"method": "CASH", **usd("7500.01")}, 422, "PAYMENT_AMOUNT_GREATER_THAN_AMOUNT_DUE", ""),
    ],
)
def test_a_payment_that_can_not_be_recorded_is_refused(
    client: Client, body: dict[str, object], status: int, issue: str, field: str
) -> None:
    answer = client.post(f"/v2/invoicing/invoices/{client.send()}/payments", body)
    code, _, said, where = refusal(answer)
    assert (code, said, where) == (status, issue, field)


def test_a_refund_goes_back_once_per_request_id_for_45_days_whatever_the_body_says(client: Client) -> None:
    invoice_id, capture_id = client.paid()
    body = {**usd("2500.00"), "custom_id": "evt_credit_1", "note_to_payer": "Not delivered"}
    first = client.post(refund_path(capture_id), body, PayPal_Request_Id="evt_credit_1")
    again = client.post(refund_path(capture_id), usd("9.00"), PayPal_Request_Id="evt_credit_1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    [note] = client.journal("credit_note")
    assert (note["credit_note_id"], note["event_id"]) == (first.json()["id"], "evt_credit_1")
    assert client.invoice(invoice_id)["status"] == "PARTIALLY_REFUNDED"
    kept = client.get(f"/v2/payments/refunds/{first.json()['id']}").json()
    assert (kept["status"], kept["custom_id"]) == ("COMPLETED", "evt_credit_1")
    assert balance(client) == 500_000
    client.hall("time", seconds=46 * 86_400)
    client.token = str(client.ask_token().json()["access_token"])
    later = client.post(refund_path(capture_id), usd("2500.00"), PayPal_Request_Id="evt_credit_1")
    assert later.json()["id"] != first.json()["id"]


def test_no_more_goes_back_than_came(client: Client) -> None:
    invoice_id, capture_id = client.paid()
    assert refusal(client.post(refund_path(capture_id), usd("7500.01")))[2] == "REFUND_AMOUNT_EXCEEDED"
    assert client.post(refund_path(capture_id)).status_code == 201
    assert refusal(client.post(refund_path(capture_id)))[2] == "CAPTURE_FULLY_REFUNDED"
    assert refusal(client.post(refund_path("0" * 17)))[:3] == (
        404,
        "RESOURCE_NOT_FOUND",
        "INVALID_RESOURCE_ID",
    )
    invoice = client.invoice(invoice_id)
    assert (invoice["status"], invoice["refunds"]["refund_amount"]["value"]) == ("REFUNDED", "7500.00")
    assert client.get(f"/v2/payments/captures/{capture_id}").json()["status"] == "REFUNDED"
    assert len(client.journal("credit_note")) == 1


def test_a_refund_needs_the_money_that_payees_have(client: Client) -> None:
    _, capture_id = client.paid()
    client.pay_out()
    assert refusal(client.post(refund_path(capture_id)))[2] == "REFUND_FAILED_INSUFFICIENT_FUNDS"
    client.hall("balance", currency="usd", amount_cents=750_000)
    assert client.post(refund_path(capture_id)).status_code == 201


def test_an_operator_refunds_and_cancels_by_hand(client: Client) -> None:
    invoice_id, _ = client.paid()
    client.hall(f"invoices/{invoice_id}/refund", amount_cents=1)
    assert client.invoice(invoice_id)["status"] == "PARTIALLY_REFUNDED"
    other = client.send(changed(INVOICE, "detail.invoice_number", "CO-2"))
    client.hall(f"invoices/{other}/cancel")
    assert client.invoice(other)["status"] == "CANCELLED"


def test_what_paypal_keeps_of_a_payment_never_reaches_the_balance(client: Client) -> None:
    client.paypal.account.fee_bps = 349
    client.paid()
    [fee] = client.journal("fee")
    assert balance(client) == 750_000 - fee["amount_cents"] == 723_825
    whole = changed(PAYOUT, "items.0.amount.value", "7500.00")
    assert refusal(client.post("/v1/payments/payouts", whole))[:2] == (422, "INSUFFICIENT_FUNDS")


@pytest.mark.parametrize(
    ("won", "outcome", "status", "left_minor"),
    [
        (True, "RESOLVED_SELLER_FAVOUR", "won", 750_000),
        (False, "RESOLVED_BUYER_FAVOUR", "lost", 0),
    ],
)
def test_a_dispute_holds_the_money_until_it_is_decided(
    client: Client, won: bool, outcome: str, status: str, left_minor: int
) -> None:
    invoice_id, capture_id = client.paid()
    dispute_id = client.hall("disputes", invoice_id=invoice_id).json()["dispute_id"]
    [case] = client.get("/v1/customer/disputes", disputed_transaction_id=capture_id).json()["items"]
    assert (case["dispute_id"], case["status"], case["dispute_amount"]["value"]) == (
        dispute_id,
        "OPEN",
        "7500.00",
    )
    assert balance(client) == 0
    assert refusal(client.post(refund_path(capture_id)))[2] == "CAPTURE_DISPUTED_PARTIAL_REFUND_NOT_ALLOWED"
    client.hall(f"disputes/{dispute_id}/close", won=won)
    found = client.get(f"/v1/customer/disputes/{dispute_id}").json()
    assert (found["status"], found["dispute_outcome"]["outcome_code"]) == ("RESOLVED", outcome)
    assert found["disputed_transactions"][0]["seller_transaction_id"] == capture_id
    assert [one["status"] for one in client.journal("dispute_closed")] == [status]
    assert balance(client) == left_minor
    assert client.get("/v1/customer/disputes", dispute_state="REQUIRED_ACTION").json()["items"] == []
    assert client.post(refund_path(capture_id)).status_code == (201 if won else 422)
