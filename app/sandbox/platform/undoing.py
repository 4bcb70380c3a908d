"""Taking back what the books did: an open invoice, one payee's payout, a paid invoice's payment.

Each is asked for by an event of the protocol or done by hand through the hall door, under the same rules.
What a client gets back comes from somewhere: from what is left of the invoice's money, or on the seller's
credit.
"""

from __future__ import annotations

from app.sandbox.platform.books import Books
from app.sandbox.platform.checks import Event
from app.sandbox.platform.fields import Refused
from app.sandbox.platform.papers import CreditNote, Invoice, Payout


class Undoing:
    """Works on the books, under their lock.

    `seller_credit_minor` is how far the seller's balance may go below nothing by credit notes over money
    that is still with payees; in minor units, for each currency.
    """

    def __init__(self, books: Books, seller_credit_minor: int = 0) -> None:
        self._books = books
        self.seller_credit_minor = seller_credit_minor
        self._empty: dict[str, int] = {}
        self._notes = 0

    def act(self, event: Event) -> None:
        """Undo what an event asks to undo. Raises Refused."""
        if event.void:
            self.void(event.void, event)
        elif event.reversal:
            self.reverse(event.reversal.payout_id, event)
        elif event.credit:
            self.credit(event.credit.invoice_id, event.credit.reason, event)

    def void(self, invoice_id: str, event: Event | None = None) -> Invoice:
        """Void an open invoice of which nothing was paid, nor paid out. Raises Refused."""
        with self._books.lock:
            invoice = self._invoice(invoice_id, event, "context.void.invoice_id")
            if invoice.status == "void":
                raise Refused("already_void", f"{invoice.number} was voided before")
            if invoice.status != "open" or invoice.received_minor:
                raise Refused(
                    "invoice_paid",
                    f"{invoice.number} is {invoice.status}: {invoice.received_minor} came in",
                )
            if invoice.live_payouts:
                raise Refused(
                    "paid_out", f"{invoice.live_payouts[0].id} of {invoice.number} is with its payee"
                )
            invoice.status = "void"
            if event:
                self._books.remember(event.id, invoice)
            self._books.journal.add(
                "invoice_voided",
                invoice_id=invoice.id,
                event_id=event.id if event else "",
                amount_cents=invoice.event.amount_minor,
                currency=invoice.event.currency,
            )
        self._books.changed("invoice.voided", invoice.event.id)
        return invoice

    def reverse(self, payout_id: str, event: Event | None = None) -> Payout:
        """Bring a payout back from its payee, whole. Raises Refused."""
        with self._books.lock:
            payout = self._payout(payout_id, event)
            if payout.status == "reversed":
                raise Refused("already_reversed", f"{payout.id} was reversed before")
            if payout.status == "failed":
                raise Refused(
                    "payout_failed", f"{payout.id} never arrived, so there is nothing to bring back"
                )
            if payout.account in self._empty:
                raise Refused(
                    "insufficient_balance",
                    f"{payout.account} does not have {payout.amount_minor} {payout.currency}",
                    retry_after_s=self._empty[payout.account],
                )
            payout.status, payout.reason = "reversed", ""
            if event:
                self._books.remember(event.id, self._books.invoice(payout.invoice_id), payout)
            self._books.journal.add(
                "reversal",
                payout_id=payout.id,
                invoice_id=payout.invoice_id,
                event_id=event.id if event else "",
                account=payout.account,
                amount_cents=payout.amount_minor,
                currency=payout.currency,
            )
        self._books.changed("payout.reversed", payout.event_id)
        return payout

    def credit(self, invoice_id: str, reason: str = "", event: Event | None = None) -> CreditNote:
        """Give the client all that it paid of an invoice back, by a credit note over it. Raises Refused.

        What it paid by another way the seller gives back by that way; what its bank took it has already.
        """
        with self._books.lock:
            invoice = self._invoice(invoice_id, event, "context.credit.invoice_id")
            if invoice.credit_note:
                raise Refused("already_credited", f"{invoice.credit_note.number} credits {invoice.number}")
            if invoice.status not in ("open", "paid") or not invoice.received_minor:
                raise Refused("invoice_not_paid", f"{invoice.number} is {invoice.status}, not paid")
            if invoice.disputed_minor:
                raise Refused("invoice_disputed", f"the client's bank decides about {invoice.number} first")
            self._affordable(invoice)
            self._notes += 1
            note_id = f"cn_{self._notes:06d}"
            note = CreditNote(
                id=note_id,
                number=f"SBX-CN-{self._notes:04d}",
                url=f"{self._books.base_url}/credit-notes/{note_id}",
                invoice_id=invoice.id,
                amount_minor=invoice.event.amount_minor,
                currency=invoice.event.currency,
                reason=reason,
                refunded_minor=invoice.here_minor,
            )
            invoice.status, invoice.credit_note = "credited", note
            if event:
                self._books.remember(event.id, invoice)
            self._books.journal.add(
                "credit_note",
                credit_note_id=note.id,
                number=note.number,
                invoice_id=invoice.id,
                event_id=event.id if event else "",
                amount_cents=note.refunded_minor,
                currency=note.currency,
                reason=reason,
            )
        self._books.changed("invoice.credited", invoice.event.id)
        return note

    def note(self, note_id: str) -> CreditNote:
        """Raises Refused with 404."""
        for invoice in self._books.invoices():
            if invoice.credit_note and invoice.credit_note.id == note_id:
                return invoice.credit_note
        raise Refused("not_found", f"there is no credit note {note_id}", status=404)

    def empty_payee(self, account: str, retry_after_s: int = 0) -> None:
        """The payee spent it all: reversals are refused for good, or (above 0) for so many seconds."""
        self._empty[account] = retry_after_s

    def fill_payee(self, account: str) -> None:
        """The payee has money again."""
        self._empty.pop(account, None)

    def _invoice(self, invoice_id: str, event: Event | None, field: str) -> Invoice:
        """The invoice to undo; an event names it twice, by its id and by its milestone and revision."""
        if event is None:
            return self._books.invoice(invoice_id)
        invoice = self._books.invoice_of(event)
        if invoice.id != invoice_id:
            raise Refused("no_invoice", f"{invoice_id} is not the invoice of this milestone", field=field)
        return invoice

    def _payout(self, payout_id: str, event: Event | None) -> Payout:
        """The payout to reverse; an event names it by its id, and must know to whom and how much it was."""
        if event is None or event.reversal is None:
            return self._books.payout(payout_id)
        invoice, asked = self._books.invoice_of(event), event.reversal
        payout = next((one for one in invoice.payouts.values() if one.id == payout_id), None)
        if payout is None:
            raise Refused(
                "no_payout",
                f"{invoice.number} has no payout {payout_id}",
                field="context.reversal.payout_id",
            )
        for name, said, booked in (
            ("account_token", asked.account, payout.account),
            ("amount_cents", asked.amount_minor, payout.amount_minor),
        ):
            if said != booked:
                raise Refused(
                    "wrong_payout", f"{payout_id} has {booked}, not {said}", field=f"context.reversal.{name}"
                )
        return payout

    def _affordable(self, invoice: Invoice) -> None:
        """Money is never made: what payees still have must fit into the credit that the seller has left."""
        there_minor = max(0, invoice.balance_minor)
        credit_minor = self.seller_credit_minor + self._books.prefunded_minor
        credit_minor -= self._books.owed_minor(invoice.event.currency)
        if invoice.here_minor - there_minor > max(0, credit_minor):
            raise Refused(
                "insufficient_balance",
                f"{there_minor} of {invoice.here_minor} is left of {invoice.number}:"
                " reverse its payouts first, or let the seller owe it",
            )
