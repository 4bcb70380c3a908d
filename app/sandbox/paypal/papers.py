"""What the books hold: invoices with their payments, payout batches, disputes. Amounts in minor units."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class Draft:
    """A valid request for an invoice. `items`, `invoicer` and `recipients` stay as they were written.

    `minimum_minor` is the least partial payment, None where the invoice must be paid whole. `taxes` are the
    tax of each item.
    """

    currency: str
    number: str
    reference: str
    note: str
    memo: str
    terms_and_conditions: str
    invoice_date: date
    term_type: str
    due_date: date | None
    invoicer: dict[str, Any]
    recipients: list[dict[str, Any]]
    emails: list[str]
    items: list[dict[str, Any]]
    item_total_minor: int
    tax_total_minor: int
    configuration: dict[str, Any]
    minimum_minor: int | None

    @property
    def amount_minor(self) -> int:
        return self.item_total_minor + self.tax_total_minor


@dataclass
class Refund:
    """Money that went back: by PayPal (`kind` "PAYPAL") or as the seller recorded it ("EXTERNAL").

    `custom_id` is the caller's own name for it.
    """

    id: str
    kind: str
    method: str
    amount_minor: int
    made: datetime
    note: str = ""
    custom_id: str = ""


@dataclass
class Payment:
    """One payment of an invoice; a PAYPAL one is a capture, under the same id. `pending`: no money yet."""

    id: str
    kind: str
    method: str
    amount_minor: int
    made: datetime
    note: str = ""
    pending: bool = False
    refunds: list[Refund] = field(default_factory=list)
    lost_minor: int = 0

    @property
    def left_minor(self) -> int:
        """What can still be given back of it: not what was, and not what a dispute took."""
        return self.amount_minor - self.lost_minor - sum(one.amount_minor for one in self.refunds)


@dataclass
class Invoice:
    id: str
    draft: Draft
    created: datetime
    status: str = "DRAFT"
    sent: datetime | None = None
    cancelled: datetime | None = None
    payments: list[Payment] = field(default_factory=list)
    recorded_refunds: list[Refund] = field(default_factory=list)

    @property
    def received_minor(self) -> int:
        return sum(one.amount_minor for one in self.payments if not one.pending)

    @property
    def due_minor(self) -> int:
        return self.draft.amount_minor - self.received_minor

    @property
    def refunds(self) -> list[Refund]:
        return [refund for one in self.payments for refund in one.refunds] + self.recorded_refunds


@dataclass(frozen=True)
class PayoutOrder:
    """One valid item of a request for payouts."""

    recipient_type: str
    receiver: str
    amount_minor: int
    note: str
    sender_item_id: str


@dataclass
class PayoutItem:
    """`journal_id` is what the journal calls it: its batch where it is alone there, else itself."""

    id: str
    journal_id: str
    transaction_id: str
    order: PayoutOrder
    invoice_id: str
    event_id: str
    status: str = "PENDING"
    error: str = ""
    ended: datetime | None = None


@dataclass
class Batch:
    """A request for payouts that was taken, in one currency."""

    id: str
    sender_batch_id: str
    header: dict[str, Any]
    currency: str
    items: list[PayoutItem]
    created: datetime
    status: str = "PENDING"
    completed: datetime | None = None


@dataclass
class Dispute:
    """`outcome` is "" while it is open, then one of PayPal's outcome codes."""

    id: str
    invoice: Invoice
    payment: Payment
    amount_minor: int
    reason: str
    created: datetime
    updated: datetime
    outcome: str = ""
