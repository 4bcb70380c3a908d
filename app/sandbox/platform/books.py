"""The platform's books: invoices, the money that came in, the money that went out. No HTTP here.

One lock guards all of it, also for `undoing.py`. Every booking is in the journal before the method returns.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from app.sandbox.journal import Journal
from app.sandbox.platform.checks import Event
from app.sandbox.platform.fields import Refused
from app.sandbox.platform.papers import Invoice, Payout
from app.sandbox.platform.paying import check_agreed, check_funds


class Books:
    """`changed(kind, event_id)` is called, outside the lock, after each change that deserves a callback.

    `prefunded_minor` is what the seller has put in, for each currency; payees can be paid out of it before
    the client has paid. `unready` are accounts that can not be paid now, with the seconds to wait.
    """

    def __init__(self, journal: Journal, base_url: str, changed: Callable[[str, str], None]) -> None:
        self.journal, self.base_url, self.changed = journal, base_url, changed
        self.lock = threading.RLock()
        self.prefunded_minor = 0
        self.unready: dict[str, int] = {}
        self._payments = 0
        self._invoices: dict[str, Invoice] = {}
        self._payouts: dict[str, Payout] = {}
        self._by_milestone: dict[tuple[str, int], dict[int, Invoice]] = {}
        self._about: dict[str, tuple[Invoice, Payout | None]] = {}

    def open_invoice(self, event: Event) -> Invoice:
        """One invoice per contract, milestone and revision, and never two live ones. Raises Refused."""
        with self.lock:
            issued = self._by_milestone.setdefault((event.contract_id, event.milestone_index), {})
            _may_bill(event, issued)
            number = len(self._invoices) + 1
            invoice_id = f"inv_{number:06d}"
            invoice = Invoice(
                id=invoice_id,
                number=f"SBX-{number:04d}",
                url=f"{self.base_url}/invoices/{invoice_id}",
                event=event,
                legs=event.legs or {event.account: event.amount_minor},
            )
            self._invoices[invoice_id] = issued[event.revision] = invoice
            self.remember(event.id, invoice)
            self.journal.add(
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
        """Pay one leg, or a part of one. Raises Refused."""
        account, amount_minor = event.payout or ("", 0)
        with self.lock:
            invoice = self.invoice_of(event)
            check_agreed(invoice, event)
            if account in self.unready:
                raise Refused(
                    "account_not_ready",
                    f"{account} can not be paid yet",
                    retry_after_s=self.unready[account],
                )
            prefunded_minor = max(0, self.prefunded_minor - self.owed_minor(event.currency))
            check_funds(invoice, amount_minor, prefunded_minor)
            payout = Payout(
                id=f"po_{len(self._payouts) + 1:06d}",
                event_id=event.id,
                invoice_id=invoice.id,
                account=account,
                amount_minor=amount_minor,
                currency=event.currency,
                part=event.part,
            )
            self._payouts[payout.id] = invoice.payouts[account, event.part] = payout
            self.remember(event.id, invoice, payout)
            self.journal.add(
                "transfer",
                payout_id=payout.id,
                invoice_id=invoice.id,
                event_id=event.id,
                account=account,
                amount_cents=amount_minor,
                currency=event.currency,
            )
            return payout

    def owed_minor(self, currency: str) -> int:
        """What the seller owes: what went out for its invoices, and is not covered by what came in."""
        return sum(max(0, -one.balance_minor) for one in self.invoices() if one.event.currency == currency)

    def receive(
        self, invoice_id: str, amount_minor: int | None = None, *, out_of_band: bool = False
    ) -> Invoice:
        """The client pays: all that is left, a part, or more than was asked. Raises Refused.

        `out_of_band`: it paid the seller by another way, of which the platform was only told.
        """
        with self.lock:
            invoice = self.invoice(invoice_id)
            left_minor = max(0, invoice.event.amount_minor - invoice.received_minor)
            is_live = invoice.status == "open" or (invoice.status == "paid" and amount_minor is not None)
            amount_minor = left_minor if amount_minor is None else amount_minor
            if not is_live:
                raise Refused("not_open", f"{invoice.number} is {invoice.status}", status=409)
            if type(amount_minor) is not int or amount_minor < 1:
                raise Refused("wrong_amount", f"{left_minor} is left to pay", field="amount_cents")
            self._payments += 1
            invoice.received_minor += amount_minor
            invoice.outside_minor += amount_minor if out_of_band else 0
            invoice.status = "paid" if amount_minor >= left_minor else "open"
            self.journal.add(
                "money_in",
                invoice_id=invoice.id,
                amount_cents=amount_minor,
                currency=invoice.event.currency,
                payment_id=f"pay_{self._payments:06d}",
                out_of_band=out_of_band,
            )
            kind = "invoice.paid" if invoice.status == "paid" else "invoice.partially_paid"
        self.changed(kind, invoice.event.id)
        return invoice

    def finish(self, payout_id: str, status: str, reason: str = "") -> Payout:
        """Say how a transfer ended: "paid", or "failed" with a reason (also after "paid": it came back)."""
        with self.lock:
            payout = self.payout(payout_id)
            if payout.status in ("failed", "reversed", status):
                raise Refused("finished", f"{payout_id} is {payout.status}", status=409)
            payout.status, payout.reason = status, reason
            self.journal.add(f"payout_{status}", payout_id=payout_id, reason=reason)
        self.changed(f"payout.{status}", payout.event_id)
        return payout

    def invoice(self, invoice_id: str) -> Invoice:
        """Raises Refused with 404."""
        with self.lock:
            if invoice_id not in self._invoices:
                raise Refused("not_found", f"there is no invoice {invoice_id}", status=404)
            return self._invoices[invoice_id]

    def invoices(self) -> list[Invoice]:
        with self.lock:
            return list(self._invoices.values())

    def payout(self, payout_id: str) -> Payout:
        """Raises Refused with 404."""
        with self.lock:
            if payout_id not in self._payouts:
                raise Refused("not_found", f"there is no payout {payout_id}", status=404)
            return self._payouts[payout_id]

    def invoice_of(self, event: Event) -> Invoice:
        """The invoice of an event's milestone and revision, over the event's amount. Raises Refused."""
        with self.lock:
            issued = self._by_milestone.get((event.contract_id, event.milestone_index), {})
            invoice = issued.get(event.revision)
        if invoice is None:
            raise Refused(
                "no_invoice", "there is no invoice for this milestone and revision", field="context.revision"
            )
        for name, said, booked in (
            ("data.amount_due_cents", event.amount_minor, invoice.event.amount_minor),
            ("data.currency", event.currency, invoice.event.currency),
        ):
            if said != booked:
                raise Refused("wrong_amount", f"{invoice.number} has {booked}, not {said}", field=name)
        return invoice

    def remember(self, event_id: str, invoice: Invoice, payout: Payout | None = None) -> None:
        """What an event was about, for whoever asks: an invoice with all that hangs on it, or one payout."""
        with self.lock:
            self._about[event_id] = invoice, payout

    def facts(self, event_id: str) -> dict[str, Any]:
        """What an event stands at now, in the shape of every answer; the credit note where there is one."""
        with self.lock:
            invoice, payout = self._about.get(event_id, (None, None))
            if invoice is None:
                return {"invoice": None, "payouts": []}
            if payout is not None:
                return {"invoice": invoice.view(), "payouts": [payout.view()]}
            facts = {"invoice": invoice.view(), "payouts": [one.view() for one in invoice.payouts.values()]}
            note = invoice.credit_note
            return {**facts, "credit_note": note.view()} if note else facts


def _may_bill(event: Event, issued: dict[int, Invoice]) -> None:
    """Whether a milestone may have one more invoice, beside those of other revisions. Raises Refused.

    It has at most one that is open or paid, its revisions only grow, and what was paid once bills no more.
    """
    for revision, invoice in issued.items():
        if invoice.status == "credited":
            raise Refused(
                "already_credited", f"{invoice.number} was paid and credited: this milestone bills no more"
            )
        if revision >= event.revision or invoice.status != "void":
            raise Refused(
                "already_invoiced",
                f"{invoice.number} bills this milestone already, as revision {revision} ({invoice.event.id})",
                field="context.revision",
            )
