"""The money of invoices: what clients pay, what the seller notes by hand, what goes back.

Online money is a capture: POST /v2/payments/captures/{id}/refund gives it back. The invoice's own
/payments and /refunds only write down what happened outside of PayPal, and move nothing.
Source: https://developer.paypal.com/docs/api/invoicing/v2/#invoices_refunds and
https://developer.paypal.com/docs/api/payments/v2/#captures_refund
"""

from __future__ import annotations

from app import money
from app.sandbox.paypal.account import Account
from app.sandbox.paypal.invoices import PAYABLE, Invoices
from app.sandbox.paypal.papers import Invoice, Payment, Refund
from app.sandbox.paypal.refusals import not_found, unprocessable

METHODS = (
    "BANK_TRANSFER",
    "CASH",
    "CHECK",
    "CREDIT_CARD",
    "DEBIT_CARD",
    "PAYPAL",
    "WIRE_TRANSFER",
    "OTHER",
)


class Takings:
    """All under the account's lock."""

    def __init__(self, account: Account, invoices: Invoices) -> None:
        self._account, self._invoices = account, invoices
        self._refunds: dict[str, tuple[Refund, Payment, Invoice]] = {}
        self.disputed: set[str] = set()
        """Captures with an open dispute."""

    def pay(self, invoice_id: str, amount_minor: int | None = None, *, pending: bool = False) -> Payment:
        """The client pays all that is due, or a part where the invoice allows that. PayPal takes no more.

        `pending`: an eCheck under way, which is no money until `clear`.
        """
        with self._account.lock:
            invoice = self._invoices.invoice(invoice_id)
            amount_minor = self._payable(invoice, amount_minor)
            least_minor = invoice.draft.minimum_minor
            if amount_minor < invoice.due_minor and (least_minor is None or amount_minor < least_minor):
                raise unprocessable("PARTIAL_PAYMENT_NOT_ALLOWED", "This invoice takes no such part.")
            payment = self._add(invoice, self._account.new_id(17), "PAYPAL", "PAYPAL", amount_minor)
            payment.pending = pending
            if not pending:
                self._receive(invoice, payment)
            self._settle(
                invoice, "PAID", "An invoice is paid, partially paid, or payment is made and is pending."
            )
            return payment

    def clear(self, invoice_id: str, *, bounced: bool = False) -> Invoice:
        """A payment under way arrives, or does not."""
        with self._account.lock:
            invoice = self._invoices.invoice(invoice_id)
            for payment in [one for one in invoice.payments if one.pending]:
                payment.pending = False
                if bounced:
                    invoice.payments.remove(payment)
                else:
                    self._receive(invoice, payment)
            self._settle(invoice, "UPDATED" if bounced else "PAID", "A pending payment ended.")
            return invoice

    def record_payment(
        self, invoice_id: str, amount_minor: int | None, method: str, note: str = ""
    ) -> Payment:
        """The seller writes down money that came elsewhere: nothing reaches the balance."""
        with self._account.lock:
            invoice = self._invoices.invoice(invoice_id)
            amount_minor = self._payable(invoice, amount_minor)
            payment = self._add(
                invoice, f"EXTR-{self._account.new_id(17)}", "EXTERNAL", method, amount_minor, note
            )
            self._write_down("payment_recorded", invoice, payment.id, amount_minor)
            self._settle(
                invoice, "PAID", "An invoice is paid, partially paid, or payment is made and is pending."
            )
            return payment

    def record_refund(self, invoice_id: str, amount_minor: int | None, method: str) -> Refund:
        """The seller writes down money that went back elsewhere: against recorded payments only."""
        with self._account.lock:
            invoice = self._invoices.invoice(invoice_id)
            recorded_minor = sum(one.amount_minor for one in invoice.payments if one.kind == "EXTERNAL")
            left_minor = recorded_minor - sum(one.amount_minor for one in invoice.recorded_refunds)
            amount_minor = left_minor if amount_minor is None else amount_minor
            if not recorded_minor:
                raise unprocessable(
                    "CANNOT_PROCESS_REFUNDS", "Current invoice state does not support refunds."
                )
            if not 0 < amount_minor <= left_minor:
                raise unprocessable(
                    "INVALID_REFUND_AMOUNT", "Recorded refunds cannot exceed recorded payments."
                )
            name = f"EXTR-{self._account.new_id(17)}"
            refund = Refund(name, "EXTERNAL", method, amount_minor, self._account.clock.now())
            invoice.recorded_refunds.append(refund)
            self._write_down("refund_recorded", invoice, refund.id, amount_minor)
            self._settle(invoice, "REFUNDED", "An invoice is refunded or partially refunded.")
            return refund

    def refund(
        self,
        capture_id: str,
        amount_minor: int | None = None,
        note: str = "",
        event_id: str = "",
        custom_id: str = "",
    ) -> tuple[Refund, Payment, Invoice]:
        """Give the client a payment back, all that is left of it or a part. Money comes from the balance."""
        with self._account.lock:
            payment, invoice = self.capture(capture_id)
            currency = invoice.draft.currency
            amount_minor = payment.left_minor if amount_minor is None else amount_minor
            self._refundable(payment, amount_minor)
            self._account.take(currency, amount_minor)
            name, now = self._account.new_id(17), self._account.clock.now()
            refund = Refund(name, "PAYPAL", "PAYPAL", amount_minor, now, note, custom_id)
            payment.refunds.append(refund)
            self._refunds[refund.id] = (refund, payment, invoice)
            self._account.journal.add(
                "credit_note",
                credit_note_id=refund.id,
                invoice_id=invoice.id,
                event_id=event_id,
                amount_cents=amount_minor,
                currency=currency,
            )
            self._settle(invoice, "REFUNDED", "An invoice is refunded or partially refunded.")
            return self._refunds[refund.id]

    def refunded(self, refund_id: str) -> tuple[Refund, Payment, Invoice]:
        """Raises Refused with 404."""
        if refund_id not in self._refunds:
            raise not_found("INVALID_RESOURCE_ID", "Specified resource ID does not exist.")
        return self._refunds[refund_id]

    def capture(self, capture_id: str) -> tuple[Payment, Invoice]:
        """An online payment, by its payment_id. Raises Refused with 404."""
        for invoice in self._invoices.all():
            for payment in invoice.payments:
                if payment.id == capture_id and payment.kind == "PAYPAL":
                    return payment, invoice
        raise not_found("INVALID_RESOURCE_ID", "Specified resource ID does not exist.")

    def _payable(self, invoice: Invoice, amount_minor: int | None) -> int:
        if invoice.status not in PAYABLE:
            raise unprocessable(
                "CANNOT_PROCESS_PAYMENTS", "Current invoice state does not support payment processing."
            )
        amount_minor = invoice.due_minor if amount_minor is None else amount_minor
        if not 0 < amount_minor <= invoice.due_minor:
            raise unprocessable(
                "PAYMENT_AMOUNT_GREATER_THAN_AMOUNT_DUE", "Payment amount is greater than the amount due."
            )
        return amount_minor

    def _refundable(self, payment: Payment, amount_minor: int) -> None:
        if payment.pending:
            raise unprocessable("PENDING_CAPTURE", "Cannot initiate a refund as the capture is pending.")
        if payment.id in self.disputed:  # what is disputed is held, so nothing whole is left to give back
            raise unprocessable(
                "CAPTURE_DISPUTED_PARTIAL_REFUND_NOT_ALLOWED",
                "Refund for an amount less than the remaining transaction amount cannot be processed at this"
                " time because of an open dispute on the capture.",
            )
        if payment.left_minor == 0:
            raise unprocessable("CAPTURE_FULLY_REFUNDED", "The capture has already been fully refunded.")
        if amount_minor > payment.left_minor:
            raise unprocessable(
                "REFUND_AMOUNT_EXCEEDED",
                "The refund amount must be less than or equal to the capture amount that has not yet been"
                " refunded.",
            )

    def _add(
        self, invoice: Invoice, name: str, kind: str, method: str, amount_minor: int, note: str = ""
    ) -> Payment:
        payment = Payment(name, kind, method, amount_minor, self._account.clock.now(), note)
        invoice.payments.append(payment)
        return payment

    def _receive(self, invoice: Invoice, payment: Payment) -> None:
        currency, fee_bps = invoice.draft.currency, self._account.fee_bps
        fee_minor, net_minor = money.split(payment.amount_minor, [fee_bps, 10_000 - fee_bps])
        self._account.put(currency, net_minor)
        self._write_down("money_in", invoice, payment.id, payment.amount_minor)
        if fee_minor:
            self._write_down("fee", invoice, payment.id, fee_minor)

    def _write_down(self, kind: str, invoice: Invoice, payment_id: str, amount_minor: int) -> None:
        self._account.journal.add(
            kind,
            invoice_id=invoice.id,
            amount_cents=amount_minor,
            currency=invoice.draft.currency,
            payment_id=payment_id,
        )

    def _settle(self, invoice: Invoice, what: str, summary: str) -> None:
        invoice.status = _status(invoice)
        self._invoices.tell(what, summary, invoice)


def _status(invoice: Invoice) -> str:
    """MARKED_AS_… is what PayPal calls a state that was reached by the seller's own notes alone."""
    given_minor = sum(one.amount_minor for one in invoice.refunds)
    if given_minor:
        outside = all(one.kind == "EXTERNAL" for one in invoice.refunds)
        whole = "MARKED_AS_REFUNDED" if outside else "REFUNDED"
        return whole if given_minor >= invoice.received_minor else "PARTIALLY_REFUNDED"
    if any(one.pending for one in invoice.payments):
        return "PAYMENT_PENDING"
    if invoice.due_minor == 0:
        outside = all(one.kind == "EXTERNAL" for one in invoice.payments)
        return "MARKED_AS_PAID" if outside else "PAID"
    return "PARTIALLY_PAID" if invoice.received_minor else "SENT"
