"""Drives the generic HTTP gateway against the sandbox platform, over real HTTP, through its hall door."""

from __future__ import annotations

import contextlib
import queue
import socket
from collections.abc import Iterator
from typing import Any

import requests
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from app.gateways.base import Gateway
from app.gateways.http.client import HttpGateway
from app.sandbox.platform import SANDBOX_SECRET, SandboxPlatform
from tests.gateways.driver import Fault, Sent

FAULTS: dict[Fault, str] = {
    "time_out_after_booking": "accept_then_timeout",
    "reset_after_booking": "reset",
    "500": "500",
    "kept_500": "saved_500",
    "in_progress": "409",
    "refused": "refuse_4xx",
    "busy": "429",
    "wrong_amount": "wrong_amount",
    "wrong_json": "wrong_json",
}


def gateway_at(url: str, timeout_s: float = 1.5, total_s: float = 3) -> HttpGateway:
    return HttpGateway("platform", url, SANDBOX_SECRET, timeout_s=timeout_s, total_s=total_s)


class Driver:
    """The sandbox platform, driven through its hall door."""

    def __init__(self, platform: SandboxPlatform, callbacks: queue.Queue[Sent], dead_port: int) -> None:
        self.platform, self._callbacks = platform, callbacks
        self.gateway: Gateway = gateway_at(platform.events_url)
        self.nowhere: Gateway = gateway_at(f"http://127.0.0.1:{dead_port}/events")

    def pay(self, invoice_id: str) -> None:
        self.tell_platform(f"invoices/{invoice_id}/pay")

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        for place in ("open_invoice", "payout", "void_invoice", "reverse_payout", "credit_note"):
            self.switch_on(place, FAULTS[fault], times)

    def switch_on(self, place: str, kind: str, times: int = 1) -> None:
        self.tell_platform("faults", on=place, kind=kind, times=times)

    def tell_platform(self, path: str, **wish: object) -> None:
        answer = requests.post(f"{self.platform.url}/sandbox/{path}", json=wish, timeout=5)
        assert answer.status_code == 200, answer.text

    def journal(self, kind: str) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.platform.url}/sandbox/journal", params={"kind": kind}, timeout=5)
        entries: list[dict[str, Any]] = answer.json()
        return entries

    def invoices(self) -> list[tuple[int, str]]:
        return [(entry["amount_cents"], entry["currency"]) for entry in self.journal("invoice_opened")]

    def transfers(self) -> list[tuple[str, int]]:
        return [(entry["account"], entry["amount_cents"]) for entry in self.journal("transfer")]

    def voids(self) -> list[str]:
        return [entry["invoice_id"] for entry in self.journal("invoice_voided")]

    def reversals(self) -> list[tuple[str, int]]:
        return [(entry["account"], entry["amount_cents"]) for entry in self.journal("reversal")]

    def credit_notes(self) -> list[tuple[int, str]]:
        return [(entry["amount_cents"], entry["currency"]) for entry in self.journal("credit_note")]

    def orders_seen(self) -> int:
        return len(self.journal("request"))

    def next_callback(self) -> Sent:
        return self._callbacks.get(timeout=5)


@contextlib.contextmanager
def http_driver(httpserver: HTTPServer) -> Iterator[Driver]:
    """A fresh platform whose callbacks arrive at `httpserver`."""
    arrived: queue.Queue[Sent] = queue.Queue()

    def take(request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        arrived.put(Sent(headers, request.get_data()))
        return Response(status=202)

    httpserver.expect_request("/gateways/platform", method="POST").respond_with_handler(take)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        dead_port = listener.getsockname()[1]
    with SandboxPlatform(callback_url=httpserver.url_for("/gateways/platform")) as platform:
        yield Driver(platform, arrived, dead_port)
