"""The platform's papers: invoices, payouts and credit notes, and how each is shown in an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.sandbox.platform.checks import Event


@dataclass
class Payout:
    """One transfer to one account. `event_id` is the event that ordered it."""

    id: str
    event_id: str
    invoice_id: str
    account: str
    amount_minor: int
    currency: str
    status: str = "pending"
    reason: str = ""

    def view(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "account_token": self.account,
            "status": self.status,
            "amount_cents": self.amount_minor,
            "currency": self.currency,
            "reason": self.reason,
        }


@dataclass
class CreditNote:
    """The payment of one invoice, given back to the client."""

    id: str
    number: str
    url: str
    invoice_id: str
    amount_minor: int
    currency: str
    reason: str

    def view(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "number": self.number,
            "url": self.url,
            "amount_cents": self.amount_minor,
            "currency": self.currency,
        }


@dataclass
class Invoice:
    """One invoice; `event` is the trigger that opened it, `legs` what each account may get of it."""

    id: str
    number: str
    url: str
    event: Event
    legs: dict[str, int]
    status: str = "open"
    received_minor: int = 0
    payouts: dict[str, Payout] = field(default_factory=dict)
    credit_note: CreditNote | None = None

    @property
    def balance_minor(self) -> int:
        """What is left of its money: what came in, less what payees have, less what was given back."""
        out_minor = sum(
            one.amount_minor for one in self.payouts.values() if one.status in ("pending", "paid")
        )
        return self.received_minor - out_minor - (self.credit_note.amount_minor if self.credit_note else 0)

    def view(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "number": self.number,
            "url": self.url,
            "status": self.status,
            "amount_cents": self.event.amount_minor,
            "currency": self.event.currency,
        }
