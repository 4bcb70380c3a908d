"""The pretend PayPal misbehaves as told, and books only what it would have booked."""

from __future__ import annotations

import pytest
import requests

from tests.bending import changed
from tests.sandbox.paypal.client import INVOICE, PAYOUT, Client, refusal

INVOICES = "/v2/invoicing/invoices"


@pytest.mark.parametrize(
    ("kind", "status"), [("500", 500), ("saved_500", 500), ("409", 409), ("429", 429), ("refuse_4xx", 400)]
)
def test_a_fault_before_booking_books_nothing_and_the_next_attempt_succeeds(
    client: Client, kind: str, status: int
) -> None:
    client.hall("faults", on="invoice", kind=kind)
    answer = client.post(INVOICES, INVOICE)
    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) == (status == 429)
    assert client.journal("draft_created") == []
    assert client.post(INVOICES, INVOICE).status_code == 201


def test_an_expired_token_is_dead_for_all_that_comes_after(client: Client) -> None:
    client.hall("faults", on="send", kind="expired_token")
    path = f"{INVOICES}/{client.draft()}/send"
    for _ in range(2):
        assert (client.post(path).status_code, client.post(path).json()["error"]) == (401, "invalid_token")
    assert client.journal("invoice_opened") == []
    client.token = str(client.ask_token().json()["access_token"])
    assert client.post(path).status_code == 200


def test_a_saved_500_of_a_refund_comes_again_under_its_request_id(client: Client) -> None:
    _, capture_id = client.paid()
    path = f"/v2/payments/captures/{capture_id}/refund"
    client.hall("faults", on="refund", kind="saved_500")
    for _ in range(2):
        assert refusal(client.post(path, PayPal_Request_Id="evt_1"))[:2] == (500, "INTERNAL_SERVER_ERROR")
    assert client.journal("credit_note") == []
    assert client.post(path, PayPal_Request_Id="evt_2").status_code == 201


@pytest.mark.parametrize("kind", ["accept_then_timeout", "reset", "slow_drip"])
def test_a_broken_answer_is_of_something_that_happened(client: Client, kind: str) -> None:
    client.hall("balance", currency="usd", amount_cents=500_000)
    client.hall("faults", on="payout", kind=kind)
    address = f"{client.paypal.url}/v1/payments/payouts"
    headers = {"Authorization": f"Bearer {client.token}"}
    with pytest.raises(requests.RequestException):  # noqa: PT012 - the answer breaks anywhere
        answer = requests.post(address, json=PAYOUT, headers=headers, timeout=0.5, stream=True)
        raise_unless_whole(answer)
    assert len(client.journal("transfer")) == 1
    assert refusal(client.post("/v1/payments/payouts", PAYOUT))[1] == "USER_BUSINESS_ERROR"


def raise_unless_whole(answer: requests.Response) -> None:
    """Raises RequestException for an answer that is cut, or that takes longer than a second."""
    started = answer.elapsed
    for number, _ in enumerate(answer.iter_content(1)):
        if number > 10:
            raise requests.Timeout(f"slow since {started}")


@pytest.mark.parametrize(
    ("kind", "value", "currency"), [("wrong_amount", "7500.01", "USD"), ("wrong_currency", "7500.00", "EUR")]
)
def test_an_answer_can_lie_while_the_books_are_right(
    client: Client, kind: str, value: str, currency: str
) -> None:
    invoice_id = client.send()
    client.hall("faults", on="read", kind=kind)
    assert client.invoice(invoice_id)["due_amount"] == {"currency_code": currency, "value": value}
    assert client.invoice(invoice_id)["due_amount"] == {"currency_code": "USD", "value": "7500.00"}


def test_wrong_json_is_no_json(client: Client) -> None:
    client.hall("faults", on="list", kind="wrong_json")
    with pytest.raises(requests.JSONDecodeError):
        client.get(INVOICES).json()
    assert client.get(INVOICES).json()["items"] == []


def test_an_answer_without_a_body_is_cut_off_before_it_comes(client: Client) -> None:
    invoice_id = client.send()
    client.hall("faults", on="cancel", kind="reset")
    with pytest.raises(requests.ConnectionError):
        client.post(f"{INVOICES}/{invoice_id}/cancel")
    assert len(client.journal("invoice_voided")) == 1


def test_faults_can_be_switched_off_and_unknown_ones_are_refused(client: Client) -> None:
    client.hall("faults", kind="500", times=9)
    requests.delete(f"{client.paypal.url}/sandbox/faults", timeout=5)
    assert client.post(INVOICES, changed(INVOICE, "detail.note", "x")).status_code == 201
    assert client.hall("faults", on="nowhere", kind="500").status_code == 422


def test_each_request_and_each_answer_stand_in_the_journal(client: Client) -> None:
    client.post(INVOICES, INVOICE, PayPal_Request_Id="evt_open_1")
    asked, answered = client.journal("request")[-1], client.journal("answer")[-1]
    assert (asked["method"], asked["path"], asked["key"]) == ("POST", INVOICES, "evt_open_1")
    assert "CO-0001" in asked["body"]
    assert (answered["status"], answered["fault"]) == (201, "")
