"""What the sandbox tells by itself, checked by the SDK's own verification."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import stripe
from flask import Flask, request

from app.sandbox.http import LocalServer
from app.sandbox.stripe import SANDBOX_WEBHOOK_SECRET, SandboxStripe
from tests.sandbox.stripe import shapes
from tests.sandbox.stripe.client import DEV, Shop

PATIENCE_S = 20


class Ear:
    """Hears events, in the order in which they come."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, str]] = []
        self._changed = threading.Condition()
        app = Flask("ear")

        @app.post("/")
        def hear() -> str:
            with self._changed:
                self.heard.append((request.get_data(), request.headers["Stripe-Signature"]))
                self._changed.notify_all()
            return ""

        self.server = LocalServer(app)

    def wait(self, enough: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """The events, once there are enough."""
        with self._changed:
            assert self._changed.wait_for(lambda: enough(self.events()), PATIENCE_S)
            return self.events()

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body, _ in self.heard]


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()
    with ear.server:
        yield ear


def test_the_life_of_an_invoice_is_told_signed_and_in_stripes_shape(shop: Shop, ear: Ear) -> None:
    shop.sandbox.events.callbacks.url = ear.server.url
    invoice = shop.sent(750_000)
    shop.sandbox.decline(invoice.id)
    shop.sandbox.pass_time(16 * 86_400)
    shop.sandbox.pay(invoice.id, 750_001)
    charge = shop.sandbox.charges_of(invoice.id)[0]["id"]
    transfer = shop.transfer(500_000, charge)
    shop.sandbox.reverse(transfer.id, 1)
    dispute = shop.sandbox.open_dispute(charge, 1)
    shop.sandbox.close_dispute(dispute["id"], "won")
    shop.sandbox.set_transfers(DEV, "inactive")
    expected = {
        "invoice.created",
        "invoice.finalized",
        "invoice.sent",
        "invoice.payment_failed",
        "invoice.overdue",
        "invoice.overpaid",
        "invoice_payment.paid",
        "invoice.paid",
        "charge.succeeded",
        "transfer.created",
        "transfer.reversed",
        "charge.dispute.created",
        "charge.dispute.closed",
        "account.updated",
    }
    events = ear.wait(lambda heard: expected <= {one["type"] for one in heard})
    for body, signature in ear.heard:
        told = stripe.Webhook.construct_event(body, signature, SANDBOX_WEBHOOK_SECRET)
        assert told.api_version == stripe.api_version
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body + b" ", signature, SANDBOX_WEBHOOK_SECRET)
    for event in events:
        shapes.check(event)
        shapes.check(event["data"]["object"])
    assert "data" in shop.api.events.list({"type": "invoice.paid"}).data[0]


@pytest.mark.parametrize(
    ("act", "kinds"),
    [
        ("void", {"invoice.voided"}),
        ("mark_uncollectible", {"invoice.marked_uncollectible"}),
        ("credit", {"credit_note.created", "invoice.paid"}),
    ],
)
def test_what_a_person_does_in_the_dashboard_is_told(shop: Shop, ear: Ear, act: str, kinds: set[str]) -> None:
    shop.sandbox.events.callbacks.url = ear.server.url
    invoice = shop.sent(750_000)
    getattr(shop.sandbox, act)(invoice.id)
    ear.wait(lambda heard: kinds <= {one["type"] for one in heard})


def test_a_refund_is_told_and_an_event_can_come_again(shop: Shop, ear: Ear) -> None:
    _, charge = shop.paid(750_000)
    shop.sandbox.events.callbacks.url = ear.server.url
    shop.sandbox.refund(charge, 100)
    events = ear.wait(lambda heard: {"refund.created", "charge.refunded"} <= {one["type"] for one in heard})
    shop.sandbox.resend(events[0]["id"])
    ear.wait(lambda heard: [one["id"] for one in heard].count(events[0]["id"]) == 2)


def test_scrambled_events_come_twice_and_out_of_order(shop: Shop, ear: Ear) -> None:
    shop.sandbox.events.callbacks.url = ear.server.url
    shop.sandbox.events.scrambled = True
    invoice = shop.sent(100)
    shop.sandbox.pay(invoice.id)
    told = len(shop.sandbox.books.shelf.every("event"))
    events = ear.wait(lambda heard: len(heard) == 2 * told)
    ids = [one["id"] for one in events]
    assert all(ids.count(one) == 2 for one in ids)
    assert ids != sorted(ids)


def test_a_client_may_pay_by_itself_once_the_invoice_was_sent(ear: Ear) -> None:
    with SandboxStripe(callback_url=ear.server.url, pay_after_s=0.0) as sandbox:
        shop = Shop(sandbox)
        invoice = shop.sent(100)
        ear.wait(lambda heard: "invoice.paid" in {one["type"] for one in heard})
        assert shop.api.invoices.retrieve(invoice.id).status == "paid"


def test_the_hosted_page_has_a_button_that_pays(shop: Shop) -> None:
    invoice = shop.sent(750_000)
    url = str(invoice.hosted_invoice_url)
    page = requests.get(url, timeout=10).text
    assert "7,500.00 usd" in page
    assert f"/sandbox/invoices/{invoice.id}/pay" in page
    answer = requests.post(
        f"{shop.sandbox.url}/sandbox/invoices/{invoice.id}/pay", data={"a": ""}, timeout=10
    )
    assert answer.url == url
    assert "paid" in answer.text
    assert "<button>" not in answer.text


def test_the_hall_door_does_what_the_methods_do(shop: Shop) -> None:
    def post(path: str, **wish: Any) -> Any:
        response = requests.post(f"{shop.sandbox.url}/sandbox/{path}", json=wish, timeout=10)
        assert response.status_code == 200, response.text
        return response.json()

    post("accounts/acct_new", active=False, currency="eur")
    assert post("accounts/acct_new/transfers", state="active")["payouts_enabled"]
    invoice = shop.sent(1_000)
    post(f"invoices/{invoice.id}/pay", amount_cents=400)
    post(f"invoices/{invoice.id}/pay", out_of_band=True)
    (charge,) = requests.get(f"{shop.sandbox.url}/sandbox/invoices/{invoice.id}/charges", timeout=10).json()
    dispute = post(f"charges/{charge['id']}/dispute", amount_cents=1)
    assert post(f"disputes/{dispute['id']}/close", status="lost")["status"] == "lost"
    assert post("balance", amount_cents=0)["available"][0]["amount"] == 0
    now_s = post("time", seconds=60)
    assert post("time", seconds=0) >= now_s
    kinds = {one["kind"] for one in requests.get(f"{shop.sandbox.url}/sandbox/journal", timeout=10).json()}
    assert {"money_in", "dispute_opened", "balance_set"} <= kinds
    post("faults", on="read", kind="500")
    with pytest.raises(stripe.APIError):
        shop.api.balance.retrieve()


@pytest.mark.parametrize(
    ("path", "wish"),
    [
        ("invoices/in_nowhere/pay", {}),
        ("time", {"seconds": -1}),
        ("time", {"minutes": 1}),
        ("faults", {"on": "moon", "kind": "500"}),
        ("limits", {"requests_per_s": 0}),
        ("accounts/acct_dev/transfers", {"state": "sleepy"}),
    ],
)
def test_the_hall_door_refuses_what_makes_no_sense(shop: Shop, path: str, wish: dict[str, Any]) -> None:
    response = requests.post(f"{shop.sandbox.url}/sandbox/{path}", json=wish, timeout=10)
    assert response.status_code in (400, 404)
    assert response.json()["error"]["message"]
