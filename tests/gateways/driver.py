"""How the conformance suite drives a pretend counterpart: what it did is read from its own journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from app.gateways.base import Gateway

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


@dataclass(frozen=True)
class Sent:
    """A callback as it arrived; header names in lower case."""

    headers: dict[str, str]
    body: bytes


class GatewayDriver(Protocol):
    """One counterpart, the gateway that talks to it, and the same gateway where nobody listens."""

    gateway: Gateway
    nowhere: Gateway

    def pay(self, invoice_id: str) -> None:
        """The client pays all of an invoice."""

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
        """How many orders reached the counterpart, repetitions included."""

    def next_callback(self) -> Sent:
        """Wait for the next callback."""
