"""Drives the generic HTTP gateway against the sandbox platform, over real HTTP, through its hall door."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import requests
from pytest_httpserver import HTTPServer

from app.gateways.base import Gateway
from app.gateways.http.client import HttpGateway
from app.sandbox.platform import SANDBOX_SECRET, SandboxPlatform
from tests.gateways.driver import SWITCHES, Fault, JournalDriver
from tests.gateways.orders import ORDERS


def gateway_at(url: str, timeout_s: float = 1.5, total_s: float = 3) -> HttpGateway:
    return HttpGateway("platform", url, SANDBOX_SECRET, timeout_s=timeout_s, total_s=total_s)


class Driver(JournalDriver):
    """The sandbox platform, driven through its hall door."""

    orders = ORDERS

    def __init__(self, platform: SandboxPlatform, httpserver: HTTPServer) -> None:
        super().__init__(httpserver, "platform")
        platform.callbacks.url = self.callback_url
        self.platform = platform
        self.gateway: Gateway = gateway_at(platform.events_url)
        self.nowhere: Gateway = gateway_at(f"{self.dead_url}/events")

    def pay(self, invoice_id: str, amount_minor: int | None = None) -> None:
        wish = {} if amount_minor is None else {"amount_cents": amount_minor}
        self.tell_platform(f"invoices/{invoice_id}/pay", **wish)

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        for place in ("open_invoice", "payout", "void_invoice", "reverse_payout", "credit_note"):
            self.switch_on(place, SWITCHES[fault], times)

    def switch_on(self, place: str, kind: str, times: int = 1) -> None:
        self.tell_platform("faults", on=place, kind=kind, times=times)

    def tell_platform(self, path: str, **wish: object) -> None:
        answer = requests.post(f"{self.platform.url}/sandbox/{path}", json=wish, timeout=5)
        assert answer.status_code == 200, answer.text

    def journal(self, kind: str) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.platform.url}/sandbox/journal", params={"kind": kind}, timeout=5)
        entries: list[dict[str, Any]] = answer.json()
        return entries

    def orders_seen(self) -> int:
        return len(self.journal("request"))

    def pass_time(self, seconds: int) -> None:
        """The platform keeps its answers for ever, whatever the time."""


@contextlib.contextmanager
def http_driver(httpserver: HTTPServer) -> Iterator[Driver]:
    """A fresh platform whose callbacks arrive at `httpserver`."""
    with SandboxPlatform() as platform:
        yield Driver(platform, httpserver)
