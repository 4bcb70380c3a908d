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
    part: int = 1

    def view(self) -> dict[str, Any]:
        plain = {
            "id": self.id,
            "account_token": self.account,
            "status": self.status,
            "amount_cents": self.amount_minor,
            "currency": self.currency,
            "reason": self.reason,
        }
        return {**plain, "part": self.part} if self.part > 1 else plain


@dataclass
class CreditNote:
    """One invoice given back to the client, whole; `refunded_minor` of it had been paid and really left."""

    id: str
    number: str
    url: str
    invoice_id: str
    amount_minor: int
    currency: str
    reason: str
    refunded_minor: int

    def view(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "number": self.number,
            "url": self.url,
            "amount_cents": self.amount_minor,
            "refunded_cents": self.refunded_minor,
            "currency": self.currency,
        }


@dataclass
class Invoice:
    """One invoice; `event` is the trigger that opened it, `legs` what each account may get of it.

    `received_minor` is all that ever came in, `outside_minor` of that by another way than this platform;
    `disputed_minor` is with the client's bank now, `lost_minor` for good. `payouts` are by account and part.
    """

    id: str
    number: str
    url: str
    event: Event
    legs: dict[str, int]
    status: str = "open"
    received_minor: int = 0
    outside_minor: int = 0
    disputed_minor: int = 0
    lost_minor: int = 0
    payouts: dict[tuple[str, int], Payout] = field(default_factory=dict)
    credit_note: CreditNote | None = None

    @property
    def balance_minor(self) -> int:
        """What is left of its money: what came in here, less what payees have, and what went back."""
        out_minor = sum(one.amount_minor for one in self.live_payouts)
        back_minor = self.credit_note.refunded_minor if self.credit_note else 0
        return self.here_minor - self.disputed_minor - out_minor - back_minor

    @property
    def here_minor(self) -> int:
        """What came in here, and was not taken back by the client's bank for good."""
        return self.received_minor - self.outside_minor - self.lost_minor

    @property
    def live_payouts(self) -> list[Payout]:
        """Those of which a payee has the money, or gets it."""
        return [one for one in self.payouts.values() if one.status in ("pending", "paid")]

    @property
    def may_pay_parts(self) -> bool:
        """Whether payees may get their part of what has come in for an invoice that is not paid yet."""
        return self.event.in_parts and self.status == "open" and self.received_minor > 0

    @property
    def standing(self) -> str:
        return "disputed" if self.disputed_minor else self.status

    def view(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "number": self.number,
            "url": self.url,
            "status": self.status,
            "amount_cents": self.event.amount_minor,
            "currency": self.event.currency,
            "received_cents": self.received_minor,
            **{name: minor for name, minor in self._unusual().items() if minor},
        }

    def _unusual(self) -> dict[str, int]:
        return {
            "outside_cents": self.outside_minor,
            "disputed_cents": self.disputed_minor,
            "lost_cents": self.lost_minor,
        }
