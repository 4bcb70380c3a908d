"""The pretend PayPal pays a batch once in thirty days, out of the balance, and says how each item ended."""

from __future__ import annotations

from typing import Any

import pytest

from app.sandbox.paypal import SandboxPayPal
from tests.bending import GONE, changed
from tests.sandbox.paypal.client import PAYOUT, Client, refusal

DAY_S = 86_400
PATH = "/v1/payments/payouts"


def funded(client: Client) -> Client:
    client.hall("balance", currency="usd", amount_cents=750_000)
    return client


def balance(client: Client) -> int:
    return int(client.hall("balance", currency="usd").json()["amount_cents"])


def test_a_batch_is_taken_and_its_item_ends_later(client: Client) -> None:
    invoice_id, _ = client.paid()
    batch_id = client.pay_out()
    assert client.batch(batch_id)["batch_header"]["batch_status"] == "PENDING"
    [transfer] = client.journal("transfer")
    assert (transfer["payout_id"], transfer["invoice_id"]) == (batch_id, invoice_id)
    assert (transfer["event_id"], transfer["account"]) == ("evt_leg_1", "dev@team.example")
    assert (transfer["amount_cents"], transfer["currency"], balance(client)) == (500_000, "usd", 250_000)
    client.hall(f"payouts/{batch_id}/end", status="SUCCESS")
    batch = client.batch(batch_id)
    assert batch["batch_header"]["batch_status"] == "SUCCESS"
    [item] = batch["items"]
    assert item["transaction_status"] == "SUCCESS"
    assert client.get(f"/v1/payments/payouts-item/{item['payout_item_id']}").json() == item
    assert [one["payout_id"] for one in client.journal("payout_paid")] == [batch_id]


def test_a_batch_id_is_refused_for_thirty_days_with_a_link_to_the_first_and_then_pays_again(
    client: Client,
) -> None:
    batch_id = funded(client).pay_out(changed(PAYOUT, "items.0.amount.value", "1.00"))
    again = client.post(PATH, PAYOUT, PayPal_Request_Id="other")
    status, name, issue, field = refusal(again)
    assert (status, name, field) == (400, "USER_BUSINESS_ERROR", "SENDER_BATCH_ID")
    assert issue == "Batch with given sender_batch_id already exists"
    [link] = again.json()["details"][0]["link"]
    assert client.get(link["href"]).json()["batch_header"]["payout_batch_id"] == batch_id
    client.hall("time", seconds=30 * DAY_S + 1)
    client.token = str(client.ask_token().json()["access_token"])
    assert client.pay_out() != batch_id
    assert len(client.journal("transfer")) == 2


def test_the_request_id_keeps_no_second_payout_away(client: Client) -> None:
    funded(client)
    for name in ("evt_a", "evt_b"):
        body = changed(PAYOUT, "sender_batch_header.sender_batch_id", name)
        body = changed(body, "items.0.amount.value", "1.00")
        assert client.post(PATH, body, PayPal_Request_Id="same").status_code == 201
    assert len(client.journal("transfer")) == 2


def test_a_batch_beyond_the_balance_is_refused_and_its_id_stays_free(client: Client) -> None:
    assert refusal(client.post(PATH, PAYOUT))[:2] == (422, "INSUFFICIENT_FUNDS")
    assert client.journal("transfer") == []
    funded(client).pay_out()


MISMATCH = "Receiver is invalid or does not match with type"


@pytest.mark.parametrize(
    ("path", "value", "issue", "field"),
    [
        ("items", GONE, "A required field is missing: items.", "items"),
        ("items.0.receiver", GONE, "A required field is missing: receiver.", "items[0].receiver"),
        ("items.0.receiver", "nobody", MISMATCH, "items[0].receiver"),
        ("items.0.recipient_type", "PAYPAL_ID", MISMATCH, "items[0].receiver"),
        ("items.0.recipient_type", GONE, MISMATCH, "items[0].receiver"),
        ("items.0.amount.value", "0.00", "Amount must be greater than zero", "items[0].amount.value"),
        ("items.0.amount.value", 5000, "Should be a string.", "items[0].amount.value"),
        ("items.0.amount.currency", "XXX", "Currency code is not supported.", "items[0].amount.currency"),
        (
            "items.0.sender_item_id",
            "x" * 64,
            "Field value exceeded the maximum of 63 characters.",
            "items[0].sender_item_id",
        ),
        (
            "sender_batch_header.sender_batch_id",
            "x" * 257,
            "Field value exceeded the maximum of 256 characters.",
            "sender_batch_header.sender_batch_id",
        ),
        (
            "items",
            [
                *PAYOUT["items"],
                {**PAYOUT["items"][0], "amount": {"currency": "EUR", "value": "1.00"}},
            ],
            "Multiple currencies within a batch is not allowed",
            "items[1].amount",
        ),
    ],
)
def test_a_request_that_breaks_the_description_is_refused_by_the_field(
    client: Client, path: str, value: object, issue: str, field: str
) -> None:
    answer = funded(client).post(PATH, changed(PAYOUT, path, value))
    assert refusal(answer) == (400, "VALIDATION_ERROR", issue, field)
    assert balance(client) == 750_000


@pytest.mark.parametrize(
    ("endings", "batch_status", "word", "back_minor"),
    [
        (["FAILED"], "DENIED", "payout_failed", 750_000),
        (["BLOCKED"], "DENIED", "payout_failed", 750_000),
        (["UNCLAIMED", "RETURNED"], "SUCCESS", "payout_failed", 750_000),
        (["SUCCESS", "REFUNDED"], "SUCCESS", "reversal", 750_000),
        (["UNCLAIMED", "SUCCESS"], "SUCCESS", "payout_paid", 250_000),
    ],
)
def test_what_does_not_arrive_is_back_in_the_balance(
    client: Client, endings: list[str], batch_status: str, word: str, back_minor: int
) -> None:
    batch_id = funded(client).pay_out()
    for status in endings:
        assert client.hall(f"payouts/{batch_id}/end", status=status).status_code == 200
    batch = client.batch(batch_id)
    assert batch["batch_header"]["batch_status"] == batch_status
    assert batch["items"][0]["transaction_status"] == endings[-1]
    assert client.journal(word)[-1]["payout_id"] == batch_id
    assert balance(client) == back_minor
    assert refusal(client.hall(f"payouts/{batch_id}/end", status="FAILED"))[0] == 409


def test_what_nobody_claims_comes_back_by_itself_or_when_it_is_cancelled(client: Client) -> None:
    first = funded(client).pay_out()
    cancel = f"/v1/payments/payouts-item/{client.batch(first)['items'][0]['payout_item_id']}/cancel"
    assert refusal(client.post(cancel))[:2] == (400, "ITEM_INCORRECT_STATUS")
    client.hall(f"payouts/{first}/end", status="UNCLAIMED")
    assert client.post(cancel).json()["transaction_status"] == "RETURNED"
    assert refusal(client.post(cancel))[:2] == (400, "ITEM_ALREADY_CANCELLED")
    second = client.pay_out(changed(PAYOUT, "sender_batch_header.sender_batch_id", "evt_leg_2"))
    client.hall(f"payouts/{second}/end", status="UNCLAIMED")
    client.hall("time", seconds=30 * DAY_S + 1)
    assert [one["payout_id"] for one in client.journal("payout_failed")] == [first, second]
    assert balance(client) == 750_000


def test_a_batch_of_several_is_journalled_item_by_item(client: Client) -> None:
    items: list[dict[str, Any]] = [
        {**PAYOUT["items"][0], "sender_item_id": f"evt_{number}", "receiver": f"dev{number}@team.example"}
        for number in range(2)
    ]
    funded(client)
    client.hall("balance", currency="usd", amount_cents=1_000_000)
    batch_id = client.pay_out(changed(PAYOUT, "items", items))
    names = [item["payout_item_id"] for item in client.batch(batch_id)["items"]]
    assert [one["payout_id"] for one in client.journal("transfer")] == names


def test_payees_without_an_account_claim_nothing_when_the_batch_settles_by_itself() -> None:
    with SandboxPayPal(settle_after_s=None) as paypal:
        client = funded(Client(paypal))
        client.hall("payees", receiver="dev@team.example")
        batch_id = client.pay_out()
        paypal.payouts.settle(batch_id)
        batch = client.batch(batch_id)
    assert batch["batch_header"]["batch_status"] == "SUCCESS"
    assert batch["items"][0]["errors"]["name"] == "RECEIVER_UNREGISTERED"


def test_an_unknown_batch_or_item_is_not_found(client: Client) -> None:
    for path in (f"{PATH}/NOSUCHBATCH00", "/v1/payments/payouts-item/NOSUCHITEM000"):
        assert refusal(client.get(path))[:2] == (404, "INVALID_RESOURCE_ID")
