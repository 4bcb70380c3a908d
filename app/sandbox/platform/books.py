"""The platform's books: invoices, the money that came in, the money that went out. No HTTP here.

One lock guards all of it. Every booking is in the journal before the method returns.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.sandbox.platform.checks import Event, Refused
from app.sandbox.platform.journal import Journal

FUNDS_RETRY_S = 5


@dataclass
class Payout:
    """One transfer to one account; `event_id` is the event that ordered it."""

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
class Invoice:
    """One invoice; `event_id` is the trigger that opened it, `legs` what each account may get of it."""

    id: str
    number: str
    url: str
    event: Event
    legs: dict[str, int]
    status: str = "open"
    received_minor: int = 0
    payouts: dict[str, Payout] = field(default_factory=dict)

    def view(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "number": self.number,
            "url": self.url,
            "status": self.status,
            "amount_cents": self.event.amount_minor,
            "currency": self.event.currency,
        }


class Books:
    """`changed(kind, event_id)` is called, outside the lock, after each change that deserves a callback."""

    def __init__(self, journal: Journal, base_url: str, changed: Callable[[str, str], None]) -> None:
        self._journal, self._base_url, self._changed = journal, base_url, changed
        self._lock = threading.RLock()
        self._invoices: dict[str, Invoice] = {}
        self._payouts: dict[str, Payout] = {}
        self._by_milestone: dict[tuple[str, int, int], Invoice] = {}

    def open_invoice(self, event: Event) -> Invoice:
        """One invoice per contract, milestone and revision, whatever the key. Raises Refused."""
        with self._lock:
            milestone = (event.contract_id, event.milestone_index, event.revision)
            known = self._by_milestone.get(milestone)
            if known:
                raise Refused(
                    "already_invoiced",
                    f"{known.number} bills this milestone and revision already ({known.event.id})",
                    field="context.revision",
                )
            number = len(self._invoices) + 1
            invoice_id = f"inv_{number:06d}"
            invoice = Invoice(
                id=invoice_id,
                number=f"SBX-{number:04d}",
                url=f"{self._base_url}/invoices/{invoice_id}",
                event=event,
                legs=event.legs or {event.account: event.amount_minor},
            )
            self._invoices[invoice_id] = self._by_milestone[milestone] = invoice
            self._journal.add(
                "invoice_opened",
                invoice_id=invoice_id,
                event_id=event.id,
                contract_id=event.contract_id,
                milestone_index=event.milestone_index,
                revision=event.revision,
                amount_cents=event.amount_minor,
                currency=event.currency,
            )
            return invoice

    def transfer(self, event: Event) -> Payout:
        """Pay one leg out of a paid invoice. Raises Refused."""
        account, amount_minor = event.payout or ("", 0)
        with self._lock:
            invoice = self._payable(event)
            left_minor = invoice.received_minor - sum(one.amount_minor for one in invoice.payouts.values())
            if account in invoice.payouts:
                raise Refused(
                    "already_paid_out",
                    f"{account} has {invoice.payouts[account].id} of {invoice.number} already",
                )
            if amount_minor > left_minor:
                raise Refused(
                    "exceeds_invoice",
                    f"only {left_minor} is left of {invoice.number}",
                    field="context.payout.amount_cents",
                )
            if account not in invoice.legs:
                raise Refused(
                    "unknown_account",
                    f"{account} is no payee of {invoice.number}",
                    field="context.payout.account_token",
                )
            if invoice.legs[account] != amount_minor:
                raise Refused(
                    "wrong_amount",
                    f"{account} gets {invoice.legs[account]} of {invoice.number}, not {amount_minor}",
                    field="context.payout.amount_cents",
                )
            payout = Payout(
                id=f"po_{len(self._payouts) + 1:06d}",
                event_id=event.id,
                invoice_id=invoice.id,
                account=account,
                amount_minor=amount_minor,
                currency=event.currency,
            )
            self._payouts[payout.id] = invoice.payouts[account] = payout
            self._journal.add(
                "transfer",
                payout_id=payout.id,
                invoice_id=invoice.id,
                event_id=event.id,
                account=account,
                amount_cents=amount_minor,
                currency=event.currency,
            )
            return payout

    def _payable(self, event: Event) -> Invoice:
        """The paid invoice that a leg is to be paid from."""
        invoice = self._by_milestone.get((event.contract_id, event.milestone_index, event.revision))
        if invoice is None:
            raise Refused(
                "no_invoice", "there is no invoice for this milestone and revision", field="context.revision"
            )
        if invoice.status == "void":
            raise Refused("invoice_void", f"{invoice.number} was voided")
        for name, said, booked in (
            ("data.amount_due_cents", event.amount_minor, invoice.event.amount_minor),
            ("data.currency", event.currency, invoice.event.currency),
        ):
            if said != booked:
                raise Refused("wrong_amount", f"{invoice.number} has {booked}, not {said}", field=name)
        if invoice.status != "paid":
            raise Refused(
                "funds_not_available", f"{invoice.number} is not paid yet", retry_after_s=FUNDS_RETRY_S
            )
        return invoice

    def receive(self, invoice_id: str, amount_minor: int | None = None) -> Invoice:
        """The client pays, all that is left or a part. Paying a paid invoice again is refused."""
        with self._lock:
            invoice = self.invoice(invoice_id)
            left_minor = invoice.event.amount_minor - invoice.received_minor
            amount_minor = left_minor if amount_minor is None else amount_minor
            if invoice.status != "open":
                raise Refused("not_open", f"{invoice.number} is {invoice.status}", status=409)
            if type(amount_minor) is not int or not 1 <= amount_minor <= left_minor:
                raise Refused("wrong_amount", f"{left_minor} is left to pay", field="amount_cents")
            invoice.received_minor += amount_minor
            invoice.status = "paid" if amount_minor == left_minor else "open"
            self._journal.add(
                "money_in", invoice_id=invoice.id, amount_cents=amount_minor, currency=invoice.event.currency
            )
            kind = "invoice.paid" if invoice.status == "paid" else "invoice.partially_paid"
        self._changed(kind, invoice.event.id)
        return invoice

    def void(self, invoice_id: str) -> Invoice:
        with self._lock:
            invoice = self.invoice(invoice_id)
            if invoice.status != "open" or invoice.received_minor:
                raise Refused("not_open", f"{invoice.number} is paid, in part paid, or void", status=409)
            invoice.status = "void"
            self._journal.add("invoice_voided", invoice_id=invoice.id)
        self._changed("invoice.voided", invoice.event.id)
        return invoice

    def finish(self, payout_id: str, status: str, reason: str = "") -> Payout:
        """Say how a transfer ended: "paid", or "failed" with a reason (also after "paid": it came back)."""
        with self._lock:
            payout = self._payouts.get(payout_id)
            if payout is None:
                raise Refused("not_found", f"there is no payout {payout_id}", status=404)
            if payout.status in ("failed", status):
                raise Refused("finished", f"{payout_id} is {payout.status}", status=409)
            payout.status, payout.reason = status, reason
            self._journal.add(f"payout_{status}", payout_id=payout_id, reason=reason)
        self._changed(f"payout.{status}", payout.event_id)
        return payout

    def invoice(self, invoice_id: str) -> Invoice:
        """Raises Refused with 404."""
        with self._lock:
            if invoice_id not in self._invoices:
                raise Refused("not_found", f"there is no invoice {invoice_id}", status=404)
            return self._invoices[invoice_id]

    def invoices(self) -> list[Invoice]:
        with self._lock:
            return list(self._invoices.values())

    def facts(self, event_id: str) -> dict[str, Any]:
        """What an event stands at now, in the shape of every answer: its invoice and its payouts."""
        with self._lock:
            for payout in self._payouts.values():
                if payout.event_id == event_id:
                    return {"invoice": self._invoices[payout.invoice_id].view(), "payouts": [payout.view()]}
            for invoice in self._invoices.values():
                if invoice.event.id == event_id:
                    payouts = [payout.view() for payout in invoice.payouts.values()]
                    return {"invoice": invoice.view(), "payouts": payouts}
            return {"invoice": None, "payouts": []}
