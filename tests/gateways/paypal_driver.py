"""Drives the PayPal gateway against the pretend PayPal, over real HTTP, through its hall door."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import requests
from pytest_httpserver import HTTPServer

from app.gateways.base import Gateway, Leg, Order, Outcome
from app.gateways.paypal.client import PayPalGateway
from app.sandbox.paypal import (
    SANDBOX_CLIENT_ID,
    SANDBOX_CLIENT_SECRET,
    SANDBOX_WEBHOOK_ID,
    SandboxPayPal,
)
from tests.gateways.driver import SWITCHES, Fault, JournalDriver
from tests.gateways.orders import EXAMPLE, Orders, intent_of

LEGS = (Leg("dev@team.example", 500_000), Leg("design@studio.example", 250_000))
_UNDOINGS = ("cancel", "delete", "refund", "payout")
_BEFORE, _AFTER = ("invoice", *_UNDOINGS), ("send", *_UNDOINGS)
"""The requests that order what the tests speak of: an invoice is with the client only once it is sent."""


def gateway_at(
    url: str, *, secret: str = SANDBOX_CLIENT_SECRET, timeout_s: float = 1.5, total_s: float = 3
) -> PayPalGateway:
    return PayPalGateway(
        "paypal", SANDBOX_CLIENT_ID, secret, SANDBOX_WEBHOOK_ID, url, timeout_s=timeout_s, total_s=total_s
    )


class Driver(JournalDriver):
    """The pretend PayPal, driven through its hall door. Its payouts end only when told."""

    def __init__(self, paypal: SandboxPayPal, httpserver: HTTPServer) -> None:
        super().__init__(httpserver, "paypal")
        paypal.callbacks.url = self.callback_url
        self.paypal = paypal
        moment = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"  # a payout must not be older than 29 days
        self.orders = Orders(LEGS, example=replace(EXAMPLE, created_at=moment))
        self.gateway: Gateway = gateway_at(paypal.url)
        self.nowhere: Gateway = gateway_at(self.dead_url)

    def pay(self, invoice_id: str, amount_minor: int | None = None) -> None:
        wish = {} if amount_minor is None else {"amount_cents": amount_minor}
        self.hall(f"invoices/{invoice_id}/pay", **wish)

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        is_late = fault in ("time_out_after_booking", "reset_after_booking")
        for place in _AFTER if is_late else _BEFORE:
            self.switch_on(place, SWITCHES[fault], times)

    def switch_on(self, place: str, kind: str, times: int = 1) -> None:
        self.hall("faults", on=place, kind=kind, times=times)

    def no_faults(self) -> None:
        requests.delete(f"{self.paypal.url}/sandbox/faults", timeout=5)

    def hall(self, path: str, **wish: object) -> Any:
        answer = requests.post(f"{self.paypal.url}/sandbox/{path}", json=wish, timeout=5)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def journal(self, kind: str) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.paypal.url}/sandbox/journal", params={"kind": kind}, timeout=5)
        entries: list[dict[str, Any]] = answer.json()
        return entries

    def orders_seen(self) -> int:
        return len(self.ordering())

    def ordering(self) -> list[str]:
        """The paths of all requests that order something: neither a question nor a token."""
        questions = (
            "/v1/oauth2/token",
            "/v1/notifications",
            "/v2/invoicing/search-invoices",
            "/v2/invoicing/generate-next-invoice-number",
        )
        return [
            entry["path"]
            for entry in self.journal("request")
            if entry["method"] != "GET" and not entry["path"].startswith(questions)
        ]

    def pass_time(self, seconds: int) -> None:
        self.hall("time", seconds=seconds)


def leg_of(driver: Driver, number: int = 0, **changes: Any) -> Order:
    """The order that pays one payee its share."""
    return driver.orders.leg(driver.orders.legs[number], **changes)


def send(driver: Driver, order: Order) -> Outcome:
    return driver.gateway.send(intent_of(driver.gateway, order))


@contextlib.contextmanager
def paypal_driver(httpserver: HTTPServer) -> Iterator[Driver]:
    """A fresh PayPal whose webhooks arrive at `httpserver`."""
    with SandboxPayPal(settle_after_s=None) as paypal:
        yield Driver(paypal, httpserver)
