"""The client's bank asks a payment back, and later decides: for the seller, or for the client."""

from __future__ import annotations

from app.sandbox.platform.books import Books
from app.sandbox.platform.fields import Refused
from app.sandbox.platform.papers import Invoice


class Disputes:
    """Works on the books, under their lock. At most one dispute of an invoice is open at a time."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def open(self, invoice_id: str, amount_minor: int | None = None) -> Invoice:
        """The bank takes so much (by default all that it can) of what came in here. Raises Refused."""
        with self._books.lock:
            invoice = self._books.invoice(invoice_id)
            most_minor = invoice.received_minor - invoice.outside_minor - invoice.lost_minor
            amount_minor = most_minor if amount_minor is None else amount_minor
            if invoice.disputed_minor or invoice.status not in ("open", "paid"):
                raise Refused("not_disputable", f"{invoice.number} is {invoice.standing}", status=409)
            if type(amount_minor) is not int or not 1 <= amount_minor <= most_minor:
                raise Refused("wrong_amount", f"{most_minor} can be disputed", field="amount_cents")
            invoice.disputed_minor = amount_minor
            self._note(invoice, "dispute_opened", amount_minor, "needs_response")
        self._books.changed("invoice.disputed", invoice.event.id)
        return invoice

    def close(self, invoice_id: str, status: object) -> Invoice:
        """The bank decides: "won" gives the money back to the seller, "lost" does not. Raises Refused."""
        with self._books.lock:
            invoice = self._books.invoice(invoice_id)
            amount_minor = invoice.disputed_minor
            if not amount_minor:
                raise Refused("not_disputed", f"{invoice.number} is {invoice.standing}", status=409)
            if status not in ("won", "lost"):
                raise Refused("invalid_field", "a dispute is won or lost", field="status")
            invoice.disputed_minor = 0
            invoice.lost_minor += amount_minor if status == "lost" else 0
            self._note(invoice, "dispute_closed", amount_minor, str(status))
        self._books.changed("invoice.disputed", invoice.event.id)
        return invoice

    def _note(self, invoice: Invoice, kind: str, amount_minor: int, status: str) -> None:
        self._books.journal.add(
            kind,
            invoice_id=invoice.id,
            amount_cents=amount_minor,
            currency=invoice.event.currency,
            status=status,
        )
