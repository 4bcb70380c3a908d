"""The pretend PayPal tells what happens, and says honestly whether it was the one who told."""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator

import pytest
from flask import Flask, request

from app.sandbox.http import LocalServer
from app.sandbox.paypal import SANDBOX_WEBHOOK_ID
from tests.sandbox.paypal.client import Client, refusal

VERIFY = "/v1/notifications/verify-webhook-signature"
HEADERS = {
    "auth_algo": "PAYPAL-AUTH-ALGO",
    "cert_url": "PAYPAL-CERT-URL",
    "transmission_id": "PAYPAL-TRANSMISSION-ID",
    "transmission_sig": "PAYPAL-TRANSMISSION-SIG",
    "transmission_time": "PAYPAL-TRANSMISSION-TIME",
}


class Told:
    """What came in, as (what a check asks for, the event's very bytes); answers with `statuses`, then 200."""

    def __init__(self) -> None:
        self.came: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()
        self.statuses: list[int] = []
        app = Flask("told")
        app.add_url_rule("/hook", view_func=self._take, methods=["POST"])
        self.server = LocalServer(app)

    def _take(self) -> tuple[str, int]:
        said = {name: request.headers[header] for name, header in HEADERS.items()}
        self.came.put((said, request.get_data()))
        return "", self.statuses.pop(0) if self.statuses else 200

    def next(self) -> tuple[dict[str, str], bytes]:
        return self.came.get(timeout=10)

    def events(self, count: int) -> list[str]:
        return [json.loads(self.next()[1])["event_type"] for _ in range(count)]


@pytest.fixture
def told(client: Client) -> Iterator[Told]:
    told = Told()
    with told.server as server:
        client.hall("callback", url=f"{server.url}/hook")
        yield told


def check(client: Client, said: dict[str, str], event: bytes) -> str:
    """The answer to a check that shows the event's very bytes, as PayPal wants it."""
    body = json.dumps({**{"webhook_id": SANDBOX_WEBHOOK_ID}, **said})[:-1].encode()
    answer = client.post(VERIFY, body + b', "webhook_event": ' + event + b"}")
    assert answer.status_code == 200
    return str(answer.json()["verification_status"])


def test_a_life_of_an_invoice_is_told_step_by_step(client: Client, told: Told) -> None:
    _, capture_id = client.paid()
    client.post(f"/v2/payments/captures/{capture_id}/refund")
    invoicing = "INVOICING.INVOICE."
    assert told.events(4) == [f"{invoicing}{what}" for what in ("CREATED", "SENT", "PAID", "REFUNDED")]


def test_the_resource_of_an_invoice_event_has_the_invoice_one_level_down(client: Client, told: Told) -> None:
    invoice_id = client.draft()
    event = json.loads(told.next()[1])
    assert event["resource"]["invoice"]["id"] == invoice_id
    assert (event["resource_type"], event["event_version"]) == ("invoices", "1.0")


def test_payouts_and_disputes_are_told(client: Client, told: Told) -> None:
    invoice_id, _ = client.paid()
    batch_id = client.pay_out()
    client.hall(f"payouts/{batch_id}/end", status="FAILED", error="RECEIVER_ACCOUNT_LOCKED")
    dispute = client.hall("disputes", invoice_id=invoice_id).json()["dispute_id"]
    client.hall(f"disputes/{dispute}/close", won=True)
    told.events(3)
    item = json.loads(told.next()[1])
    assert item["event_type"] == "PAYMENT.PAYOUTS-ITEM.FAILED"
    assert item["resource"]["payout_batch_id"] == batch_id
    assert item["resource"]["sender_batch_id"] == "evt_leg_1"
    assert item["resource"]["errors"]["name"] == "RECEIVER_ACCOUNT_LOCKED"
    assert told.events(3) == [
        "PAYMENT.PAYOUTSBATCH.DENIED",
        "CUSTOMER.DISPUTE.CREATED",
        "CUSTOMER.DISPUTE.RESOLVED",
    ]


def test_a_check_says_success_for_what_was_sent_and_for_nothing_else(client: Client, told: Told) -> None:
    client.draft()
    said, event = told.next()
    assert check(client, said, event) == "SUCCESS"
    assert check(client, said, event.replace(b"DRAFT", b"PAID!")) == "FAILURE"
    written_anew = json.dumps(json.loads(event), indent=1).encode()
    assert check(client, said, written_anew) == "FAILURE"
    for name in (*HEADERS, "webhook_id"):
        forged = {**said, name: "2026-01-01T00:00:00Z"}
        assert check(client, forged, event) == "FAILURE", name


def test_a_check_that_shows_too_little_is_refused(client: Client, told: Told) -> None:
    client.draft()
    said, _ = told.next()
    assert refusal(client.post(VERIFY, {**said, "webhook_id": SANDBOX_WEBHOOK_ID}))[2:] == (
        "MISSING_REQUIRED_PARAMETER",
        "/webhook_event",
    )


def test_what_was_not_taken_is_told_again_as_the_same_event(client: Client, told: Told) -> None:
    told.statuses.append(503)
    client.draft()
    (first, one), (second, other) = told.next(), told.next()
    assert one == other
    assert first["transmission_id"] != second["transmission_id"]
    assert check(client, second, other) == "SUCCESS"


def test_the_webhook_can_be_looked_up(client: Client, told: Told) -> None:
    [hook] = client.get("/v1/notifications/webhooks").json()["webhooks"]
    assert (hook["id"], hook["url"]) == (SANDBOX_WEBHOOK_ID, f"{told.server.url}/hook")
