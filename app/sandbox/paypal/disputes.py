"""Disputes and chargebacks: a client, or their bank, wants a payment back.

PayPal holds the disputed amount while the case is open; the seller who loses it has lost the money.
Source: https://developer.paypal.com/docs/api/customer-disputes/v1/
"""

from __future__ import annotations

from app.sandbox.paypal import views
from app.sandbox.paypal.account import Account
from app.sandbox.paypal.invoices import Invoices
from app.sandbox.paypal.papers import Dispute
from app.sandbox.paypal.refusals import not_found, unprocessable
from app.sandbox.paypal.takings import Takings


class Disputes:
    """All under the account's lock. The balance may go below nothing by what a dispute holds."""

    def __init__(self, account: Account, invoices: Invoices, takings: Takings) -> None:
        self._account, self._invoices, self._takings = account, invoices, takings
        self._all: dict[str, Dispute] = {}

    def open(self, invoice_id: str, amount_minor: int | None = None, reason: str = "UNAUTHORISED") -> Dispute:
        """Dispute the latest online payment of an invoice, all that is left of it or a part."""
        with self._account.lock:
            invoice = self._invoices.invoice(invoice_id)
            online = [one for one in invoice.payments if one.kind == "PAYPAL" and not one.pending]
            left_minor = online[-1].left_minor if online else 0
            amount_minor = left_minor if amount_minor is None else amount_minor
            if not 0 < amount_minor <= left_minor or online[-1].id in self._takings.disputed:
                raise unprocessable("NOT_DISPUTABLE", f"{left_minor} of {invoice_id} could be disputed")
            now = self._account.clock.now()
            dispute = Dispute(
                f"PP-D-{self._account.new_id(8)}", invoice, online[-1], amount_minor, reason, now, now
            )
            self._all[dispute.id] = dispute
            self._takings.disputed.add(dispute.payment.id)
            dispute.payment.lost_minor += amount_minor
            self._account.put(invoice.draft.currency, -amount_minor)
            self._tell(dispute, "dispute_opened", "open", "CREATED")
            return dispute

    def close(self, dispute_id: str, *, won: bool) -> Dispute:
        """Won: the held money is the seller's again. Lost: the client has it."""
        with self._account.lock:
            dispute = self.dispute(dispute_id)
            if dispute.outcome:
                raise unprocessable("DISPUTE_RESOLVED", f"{dispute_id} is resolved: {dispute.outcome}")
            dispute.outcome = "RESOLVED_SELLER_FAVOUR" if won else "RESOLVED_BUYER_FAVOUR"
            dispute.updated = self._account.clock.now()
            self._takings.disputed.discard(dispute.payment.id)
            if won:
                dispute.payment.lost_minor -= dispute.amount_minor
                self._account.put(dispute.invoice.draft.currency, dispute.amount_minor)
            self._tell(dispute, "dispute_closed", "won" if won else "lost", "RESOLVED")
            return dispute

    def dispute(self, dispute_id: str) -> Dispute:
        """Raises Refused with 404."""
        with self._account.lock:
            if dispute_id not in self._all:
                raise not_found("INVALID_RESOURCE_ID", "Specified resource ID does not exist.")
            return self._all[dispute_id]

    def of(self, transaction_id: str = "", states: tuple[str, ...] = ()) -> list[Dispute]:
        """The newest first; of one payment, or all; in some of PayPal's dispute_state, or all."""
        with self._account.lock:
            return [
                one
                for one in reversed(self._all.values())
                if transaction_id in ("", one.payment.id)
                and (not states or views.dispute_summary(self._account, one)["dispute_state"] in states)
            ]

    def _tell(self, dispute: Dispute, word: str, status: str, what: str) -> None:
        self._account.journal.add(
            word,
            invoice_id=dispute.invoice.id,
            amount_cents=dispute.amount_minor,
            currency=dispute.invoice.draft.currency,
            status=status,
            dispute_id=dispute.id,
        )
        resource = views.dispute(self._account, dispute)
        self._account.tell(f"CUSTOMER.DISPUTE.{what}", "dispute", f"A dispute was {what.lower()}.", resource)
