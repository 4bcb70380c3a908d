"""What people do here without the API: the client, the bank, a payee, the operator in the dashboard.

Each act is also an address under /sandbox/ (see hall.py). All of them raise Refused for what can not be done.
"""

from __future__ import annotations

from app.sandbox.stripe.books import Books
from app.sandbox.stripe.desks import Desks
from app.sandbox.stripe.errors import Refused
from app.sandbox.stripe.events import Events
from app.sandbox.stripe.shelf import Paper


class Hands:
    """Amounts are minor units (cents); answers are objects in Stripe's shape."""

    books: Books
    desks: Desks
    events: Events

    def add_account(self, account_id: str, active: bool = True, currency: str = "usd") -> Paper:
        """A connected account, ready for transfers or (not active) still to be onboarded."""
        return self.desks.accounts.add(account_id, active=active, currency=currency)

    def set_transfers(self, account_id: str, state: str) -> Paper:
        """The account's transfers capability becomes active, inactive or pending."""
        with self.books.lock:
            return self.books.shelf.view(self.desks.accounts.set_transfers(account_id, state))

    def pay(self, invoice_id: str, amount_cents: int | None = None, out_of_band: bool = False) -> Paper:
        """The client pays all that remains, a part, or too much; by card, or outside of Stripe."""
        with self.books.lock:
            invoice = self._invoice(invoice_id)
            wanted = invoice["amount_remaining"] if amount_cents is None else amount_cents
            payment = self.desks.payments.receive(invoice, wanted, out_of_band=out_of_band)
            self.desks.time_passed()
            return self.books.shelf.view(payment)

    def decline(self, invoice_id: str) -> Paper:
        """The client's card is declined."""
        with self.books.lock:
            invoice = self._invoice(invoice_id)
            self.desks.payments.fail(invoice)
            return self.books.shelf.view(invoice)

    def void(self, invoice_id: str) -> Paper:
        with self.books.lock:
            return self.books.shelf.view(self.desks.billing.void({"id": invoice_id}, {}))

    def mark_uncollectible(self, invoice_id: str) -> Paper:
        with self.books.lock:
            return self.books.shelf.view(self.desks.billing.mark_uncollectible({"id": invoice_id}, {}))

    def credit(self, invoice_id: str, amount_cents: int | None = None, way: str = "refund_amount") -> Paper:
        """A credit note over all or a part; what was paid of it goes back the `way` that is named.

        `way` is refund_amount, credit_amount or out_of_band_amount.
        """
        with self.books.lock:
            invoice = self._invoice(invoice_id)
            total_minor = min(invoice["amount_paid"] + invoice["amount_remaining"], invoice["total"])
            wanted = total_minor if amount_cents is None else amount_cents
            back_minor = max(0, wanted - invoice["amount_remaining"])
            params = {"invoice": invoice_id, "amount": wanted, **({way: back_minor} if back_minor else {})}
            return self.books.shelf.view(self.desks.credit_notes.create({}, params))

    def refund(self, charge_id: str, amount_cents: int | None = None) -> Paper:
        with self.books.lock:
            charge = self.books.shelf.get("charge", charge_id, "charge", status=404)
            return self.books.shelf.view(self.desks.refunds.refund(charge, amount_cents))

    def reverse(self, transfer_id: str, amount_cents: int | None = None) -> Paper:
        with self.books.lock:
            params = {} if amount_cents is None else {"amount": amount_cents}
            reversal = self.desks.transfers.reverse({"id": transfer_id}, params)
            self.desks.time_passed()
            return self.books.shelf.view(reversal)

    def open_dispute(self, charge_id: str, amount_cents: int | None = None) -> Paper:
        """The client's bank takes a charge back, or a part of it."""
        with self.books.lock:
            return self.books.shelf.view(self.desks.disputes.open(charge_id, amount_cents))

    def close_dispute(self, dispute_id: str, status: str) -> Paper:
        """`status` is "won" or "lost", as seen from the platform."""
        with self.books.lock:
            dispute = self.desks.disputes.close(dispute_id, status)
            self.desks.time_passed()
            return self.books.shelf.view(dispute)

    def set_balance(self, amount_cents: int, currency: str = "usd") -> Paper:
        """The platform's available balance becomes this."""
        with self.books.lock:
            self.desks.balances.set_platform(currency, amount_cents)
            self.desks.time_passed()
            return self.desks.balances.retrieve({}, {})

    def set_payee_balance(self, account_id: str, amount_cents: int = 0, currency: str = "usd") -> Paper:
        """A payee's available balance becomes this: 0 after they paid everything out."""
        with self.books.lock:
            account = self.books.shelf.get("account", account_id, "account", status=404)
            self.desks.balances.set_payee(account_id, currency, amount_cents)
            return self.books.shelf.view(account)

    def pass_time(self, seconds: int) -> int:
        """Move the sandbox's clock forward and let happen what was due; its time then, since the epoch."""
        with self.books.lock:
            try:
                self.books.clock.pass_time(seconds)
            except ValueError as error:
                raise Refused(str(error), param="seconds") from error
            self.desks.time_passed()
            return self.books.clock.now_s()

    def charges_of(self, invoice_id: str) -> list[Paper]:
        """The card payments of an invoice, oldest first."""
        with self.books.lock:
            found = self.desks.payments.charges_of(self._invoice(invoice_id))
            return [self.books.shelf.view(one) for one in found]

    def invoices(self) -> list[Paper]:
        """All invoices, newest first."""
        with self.books.lock:
            return [self.books.shelf.view(one) for one in self.books.shelf.every("invoice")]

    def resend(self, event_id: str) -> Paper:
        """Send an event once more."""
        with self.books.lock:
            event = self.books.shelf.get("event", event_id, "event", status=404)
        self.events.send(event)
        return event

    def _invoice(self, invoice_id: str) -> Paper:
        return self.books.shelf.get("invoice", invoice_id, "invoice", status=404)
