"""The invoices of the account: drafted, sent, cancelled, deleted, found. No HTTP, and no money, here.

Source: https://developer.paypal.com/docs/api/invoicing/v2/ and, for the issues,
https://docs.paypal.ai/growth/grow-business/invoicing/troubleshooting
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from app.sandbox.paypal import views
from app.sandbox.paypal.account import Account, milestone_named
from app.sandbox.paypal.papers import Draft, Invoice
from app.sandbox.paypal.refusals import not_found, unprocessable

PAYABLE = ("SENT", "UNPAID", "PARTIALLY_PAID")
_UNCANCELLABLE = {
    "DRAFT": ("CANNOT_CANCEL_DRAFT_INVOICE", "Draft invoice cannot be canceled."),
    "SCHEDULED": ("CANNOT_CANCEL_SCHEDULED_INVOICE", "Cannot cancel a scheduled invoice."),
    "CANCELLED": ("INVOICE_CANCELED_ALREADY", "Invoice is already cancelled."),
    **dict.fromkeys(
        ("REFUNDED", "PARTIALLY_REFUNDED", "MARKED_AS_REFUNDED"),
        ("CANNOT_CANCEL_REFUNDED_INVOICE", "Cannot cancel a refunded or partially refunded invoice."),
    ),
    **dict.fromkeys(
        ("PAID", "MARKED_AS_PAID", "PARTIALLY_PAID", "PAYMENT_PENDING"),
        ("CANNOT_CANCEL_PAID_INVOICE", "Cannot cancel a paid or partially paid invoice."),
    ),
}


class Invoices:
    """All under the account's lock. `opened(invoice)` is called when one was sent.

    `search_lag_s`: how long a new invoice is in no list and no search.
    PayPal promises no moment at which a search knows a new invoice; only reading by id is said to be exact.
    """

    def __init__(self, account: Account, opened: Callable[[Invoice], None]) -> None:
        self.account, self._opened = account, opened
        self.search_lag_s = 0
        self._all: dict[str, Invoice] = {}

    def create(self, draft: Draft) -> Invoice:
        """A draft. Its number is unique in the account, also among cancelled invoices; deletion frees it."""
        with self.account.lock:
            if any(one.draft.number == draft.number for one in self._all.values()):
                raise unprocessable(
                    "DUPLICATE_INVOICE_NUMBER",
                    "Invoice number is duplicate.",
                    ("detail", "invoice_number"),
                    draft.number,
                )
            letters = self.account.new_id(16)
            name = "-".join(["INV2", *(letters[at : at + 4] for at in range(0, 16, 4))])
            numbered = replace(draft, number=draft.number or self.next_number())
            invoice = Invoice(name, numbered, self.account.clock.now())
            self._all[invoice.id] = invoice
            self.account.journal.add("draft_created", invoice_id=invoice.id, event_id=draft.reference)
            self.tell("CREATED", "An invoice is created.", invoice)
            return invoice

    def next_number(self) -> str:
        """The number after the greatest one that PayPal could have given itself."""
        with self.account.lock:
            given = [
                int(one.draft.number)
                for one in self._all.values()
                if re.fullmatch(r"\d{4,9}", one.draft.number)
            ]
            return f"{max(given, default=0) + 1:04d}"

    def send(self, invoice_id: str, *, to_recipient: bool = True) -> Invoice:
        """Now or, where the invoice is dated in the future, on its day.

        The reference says that resending has no effect, the list of errors that it is refused: refused.
        """
        with self.account.lock:
            invoice = self.invoice(invoice_id)
            if invoice.status not in ("DRAFT", "SCHEDULED"):
                raise unprocessable(
                    "INVOICE_ALREADY_SENT",
                    "The system blocks sending any invoice that has already been sent.",
                )
            if to_recipient and not invoice.draft.emails:
                raise unprocessable(
                    "CANT_SEND_INVOICE_WITHOUT_EMAIL",
                    "A recipient email address is required before an invoice can be sent.",
                )
            if invoice.draft.invoice_date > self.account.clock.now().date():
                invoice.status = "SCHEDULED"
                self.tell("SCHEDULED", "An invoice is scheduled.", invoice)
            else:
                self._open(invoice, "SENT" if to_recipient else "UNPAID")
            return invoice

    def send_what_is_due(self) -> None:
        """Time has passed: send what was scheduled for a day that came."""
        with self.account.lock:
            for invoice in self._all.values():
                due = invoice.draft.invoice_date <= self.account.clock.now().date()
                if invoice.status == "SCHEDULED" and due:
                    self._open(invoice, "SENT")

    def _open(self, invoice: Invoice, status: str) -> None:
        invoice.status, invoice.sent = status, self.account.clock.now()
        contract_id, milestone_index, revision = milestone_named(invoice.draft.memo)
        self.account.journal.add(
            "invoice_opened",
            invoice_id=invoice.id,
            event_id=invoice.draft.reference,
            contract_id=contract_id,
            milestone_index=milestone_index,
            revision=revision,
            amount_cents=invoice.draft.amount_minor,
            currency=invoice.draft.currency,
        )
        self.tell("SENT", "An invoice is sent.", invoice)
        self._opened(invoice)

    def cancel(self, invoice_id: str, event_id: str = "") -> Invoice:
        """Only an invoice that was sent and of which nothing was paid."""
        with self.account.lock:
            invoice = self.invoice(invoice_id)
            if invoice.status in _UNCANCELLABLE:
                raise unprocessable(*_UNCANCELLABLE[invoice.status])
            invoice.status, invoice.cancelled = "CANCELLED", self.account.clock.now()
            self.account.journal.add(
                "invoice_voided",
                invoice_id=invoice.id,
                event_id=event_id,
                amount_cents=invoice.draft.amount_minor,
                currency=invoice.draft.currency,
            )
            self.tell("CANCELLED", "A merchant or customer cancels an invoice.", invoice)
            return invoice

    def delete(self, invoice_id: str) -> None:
        """A draft, a scheduled or a cancelled one; after that its number may be used again."""
        with self.account.lock:
            invoice = self.invoice(invoice_id)
            if invoice.status not in ("DRAFT", "SCHEDULED", "CANCELLED"):
                raise unprocessable(
                    "INVOICE_CANNOT_BE_DELETED",
                    "Only draft, scheduled, or canceled invoices can be deleted.",
                )
            del self._all[invoice_id]
            self.account.journal.add(
                "draft_deleted",
                invoice_id=invoice_id,
                event_id=invoice.draft.reference,
                status=invoice.status,
            )

    def invoice(self, invoice_id: str) -> Invoice:
        """Raises Refused with 404."""
        with self.account.lock:
            if invoice_id not in self._all:
                raise not_found("INVOICE_NOT_FOUND", "Invoice with specified id does not exists.")
            return self._all[invoice_id]

    def all(self) -> list[Invoice]:
        """Every invoice, oldest first, whatever lists know."""
        with self.account.lock:
            return list(self._all.values())

    def known(self, wanted: Mapping[str, str] | None = None, status: tuple[str, ...] = ()) -> list[Invoice]:
        """What lists and searches know, newest first.

        `wanted` are parts of an invoice's texts: PayPal says "filters by", not that it must be equal, so
        whoever asks has to compare what comes back.
        """
        with self.account.lock:
            latest = self.account.clock.now() - timedelta(seconds=self.search_lag_s)
            found = [
                one
                for one in self._all.values()
                if (not self.search_lag_s or one.created <= latest)
                and (not status or one.status in status)
                and all(part.lower() in _text(one, name).lower() for name, part in (wanted or {}).items())
            ]
            return found[::-1]

    def tagged(self, note: str) -> Invoice | None:
        """The invoice that a payout's note names, by its id or by the milestone in its memo."""
        with self.account.lock:
            named = milestone_named(note)
            for one in reversed(self._all.values()):
                if one.id in note or (named[0] and milestone_named(one.draft.memo) == named):
                    return one
            return None

    def tell(self, what: str, summary: str, invoice: Invoice) -> None:
        """The resource has the invoice one level down, as PayPal's real events of version 2.0 have it."""
        resource = {"invoice": views.invoice(self.account, invoice)}
        self.account.tell(f"INVOICING.INVOICE.{what}", "invoices", summary, resource)


def _text(one: Invoice, name: str) -> str:
    texts = {
        "invoice_number": one.draft.number,
        "reference": one.draft.reference,
        "memo": one.draft.memo,
        "currency_code": one.draft.currency,
        "recipient_email": " ".join(one.draft.emails),
    }
    return texts[name]
