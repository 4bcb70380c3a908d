"""How the conformance suite drives a pretend counterpart: what it did is read from its own journal."""

from __future__ import annotations

import queue
import socket
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from app.gateways.base import Gateway
from tests.gateways.orders import Orders

Fault = Literal[
    "time_out_after_booking",
    "reset_after_booking",
    "500",
    "kept_500",  # given again to whoever comes with the same key
    "in_progress",  # another attempt under this key is still at work
    "refused",
    "busy",
    "wrong_amount",
    "wrong_json",
]
SWITCHES: dict[Fault, str] = {
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
"""The switch of `app/sandbox/faults.py` for each."""


@dataclass(frozen=True)
class Sent:
    """A callback as it arrived; header names in lower case."""

    headers: dict[str, str]
    body: bytes


class GatewayDriver(Protocol):
    """One counterpart, the gateway that talks to it, and the same gateway where nobody listens."""

    orders: Orders
    gateway: Gateway
    nowhere: Gateway

    def pay(self, invoice_id: str, amount_minor: int | None = None) -> None:
        """The client pays all of an invoice, or so much of it."""

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        """Make the next orders (not the questions) go wrong in this way."""

    def invoices(self) -> list[tuple[int, str]]:
        """(amount_minor, currency) of every invoice that was opened."""

    def transfers(self) -> list[tuple[str, int]]:
        """(account, amount_minor) of every transfer that was made."""

    def voids(self) -> list[str]:
        """The id of every invoice that was voided."""

    def reversals(self) -> list[tuple[str, int]]:
        """(account, amount_minor) of every transfer that was brought back."""

    def credit_notes(self) -> list[tuple[int, str]]:
        """(amount_minor, currency) of every payment that was given back."""

    def orders_seen(self) -> int:
        """How many requests that order something reached the counterpart, repetitions included."""

    def pass_time(self, seconds: int) -> None:
        """The counterpart's clock moves on."""

    def next_callback(self) -> Sent:
        """Wait for the next callback."""


class JournalDriver:
    """What is the same at every counterpart that calls back: one journal's words, one place for callbacks."""

    def __init__(self, httpserver: HTTPServer, name: str) -> None:
        """Callbacks to the gateway `name` arrive at `callback_url`; nobody listens at `dead_url`."""
        self._callbacks: queue.Queue[Sent] = queue.Queue()
        path = f"/gateways/{name}"
        httpserver.expect_request(path, method="POST").respond_with_handler(self._take)
        self.callback_url = httpserver.url_for(path)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.dead_url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def _take(self, request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self._callbacks.put(Sent(headers, request.get_data()))
        return Response(status=202)

    def next_callback(self) -> Sent:
        return self._callbacks.get(timeout=5)

    def journal(self, kind: str) -> list[dict[str, Any]]:
        raise NotImplementedError

    def invoices(self) -> list[tuple[int, str]]:
        return [(one["amount_cents"], one["currency"]) for one in self.journal("invoice_opened")]

    def transfers(self) -> list[tuple[str, int]]:
        return [(one["account"], one["amount_cents"]) for one in self.journal("transfer")]

    def voids(self) -> list[str]:
        return [one["invoice_id"] for one in self.journal("invoice_voided")]

    def reversals(self) -> list[tuple[str, int]]:
        return [(one["account"], one["amount_cents"]) for one in self.journal("reversal")]

    def credit_notes(self) -> list[tuple[int, str]]:
        return [(one["amount_cents"], one["currency"]) for one in self.journal("credit_note")]
