"""What PayPal says of invoices, payouts, refunds and disputes, read strictly. Pure.

Fields that we do not know are ignored; those that we know must be right, since they are money.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.errors import PayloadError
from app.events import CreditFacts, InvoiceFacts, PayoutFacts
from app.gateways.base import Leg, Order
from app.gateways.fields import Object, as_object, clean
from app.gateways.paypal import amounts
from app.gateways.paypal.plan import number_of, read_tag, tag_of

UNSENT = ("DRAFT", "SCHEDULED")
PENDING = "PAYMENT_PENDING"
# https://developer.paypal.com/docs/api/invoicing/v2/#definition-invoice_status
_INVOICE_STATUS = {
    **dict.fromkeys(UNSENT, "draft"),
    **dict.fromkeys(("SENT", "UNPAID", "PARTIALLY_PAID", PENDING), "open"),
    **dict.fromkeys(("PAID", "MARKED_AS_PAID"), "paid"),
    **dict.fromkeys(("REFUNDED", "MARKED_AS_REFUNDED"), "credited"),
    "PARTIALLY_REFUNDED": "",  # paid or open, as the payments say
    **dict.fromkeys(("CANCELLED", "AUTO_CANCELLED"), "void"),
}
# https://developer.paypal.com/docs/api/payments.payouts-batch/v1/#payouts-item_get
_PAYOUT_STATUS = {
    "SUCCESS": "paid",
    **dict.fromkeys(("PENDING", "UNCLAIMED", "ONHOLD", "NEW"), "pending"),
    **dict.fromkeys(("FAILED", "DENIED", "BLOCKED", "RETURNED", "CANCELED", "REFUNDED"), "failed"),
    "REVERSED": "reversed",
}
# A batch that is not worked through may list no item yet.
_BATCH_STATUS = {
    **dict.fromkeys(("NEW", "ACKNOWLEDGED", "PENDING", "PROCESSING"), "pending"),
    **dict.fromkeys(("DENIED", "CANCELED"), "failed"),
}
_WHY = {
    "UNCLAIMED": "the payee has no PayPal account under this address; after 30 days it comes back",
    "ONHOLD": "PayPal is reviewing it",
    "RETURNED": "nobody claimed it, and it came back",
    "REFUNDED": "the payee gave it back",
    "BLOCKED": "PayPal blocked it",
}
_LOST = ("RESOLVED_BUYER_FAVOUR", "ACCEPTED")
_ID = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment of an invoice; one that is not `is_outside` is a capture with this id."""

    id: str
    is_outside: bool
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice as PayPal has it; `title` is its first item's, "" in a list, which has no items."""

    id: str
    number: str
    reference: str
    memo: str
    status: str
    url: str
    title: str
    amount_minor: int
    currency: str
    payments: tuple[Payment, ...]
    refunds: tuple[Payment, ...]

    @property
    def received_minor(self) -> int:
        return sum(one.amount_minor for one in self.payments)

    @property
    def outside_minor(self) -> int:
        return sum(one.amount_minor for one in self.payments if one.is_outside)

    @property
    def given_minor(self) -> int:
        return sum(one.amount_minor for one in self.refunds)

    @property
    def word(self) -> str:
        """Our word for its status."""
        if self.status == "PARTIALLY_REFUNDED":
            return "paid" if self.received_minor >= self.amount_minor else "open"
        return _INVOICE_STATUS[self.status]


@dataclass(frozen=True, slots=True)
class Given:
    """A refund of a capture. `custom_id` is the event's id of the order that it was made for."""

    id: str
    capture_id: str
    amount_minor: int
    custom_id: str
    note: str


def read_id(parent: Object, name: str) -> str:
    """An id that may stand in a path. Raises PayloadError."""
    value = parent.text(name)
    if _ID.fullmatch(value) is None:
        raise PayloadError("expected an id", where=parent.where(name))
    return value


def child(parent: Object, name: str) -> Object:
    """A member that is an object. Raises PayloadError."""
    return as_object(parent.where(name), parent.get(name))


def is_tagged(whole: Object) -> bool:
    """Whether an invoice is one of ours; the seller's others are none of our business, nor read strictly."""
    detail = whole.members.get("detail")
    return isinstance(detail, dict) and read_tag(_raw(detail.get("memo"))) is not None


def read_bill(whole: Object) -> Bill:
    """Raises PayloadError."""
    detail, currency_of = child(whole, "detail"), amounts.read(whole, "amount")
    amount_minor, currency = currency_of
    meta = child(detail, "metadata") if "metadata" in detail.members else Object("", {})
    items = whole.objects("items") if "items" in whole.members else []
    return Bill(
        id=read_id(whole, "id"),
        number=clean(detail.members.get("invoice_number")),
        reference=clean(detail.members.get("reference")),
        memo=_raw(detail.members.get("memo")),
        status=whole.word("status", *_INVOICE_STATUS),
        url=meta.link("recipient_view_url") if "recipient_view_url" in meta.members else "",
        title=_raw(items[0].members.get("name")) if items else "",
        amount_minor=amount_minor,
        currency=currency,
        payments=_moved(whole, "payments", "payment_id", currency),
        refunds=_moved(whole, "refunds", "refund_id", currency),
    )


def _moved(whole: Object, name: str, id_name: str, currency: str) -> tuple[Payment, ...]:
    if name not in whole.members:
        return ()
    group = child(whole, name)
    if "transactions" not in group.members:
        return ()
    return tuple(
        Payment(
            id=read_id(one, id_name),
            is_outside=one.word("type", "PAYPAL", "EXTERNAL") == "EXTERNAL",
            amount_minor=amounts.read_in(one, "amount", currency),
        )
        for one in group.objects("transactions")
    )


def check_bill(bill: Bill, order: Order) -> Bill:
    """The invoice of an order is over its amount and about its milestone. Raises PayloadError."""
    if order.operation == "open_invoice":
        _same("invoice_number", bill.number, number_of(order.event_id))
        _same("reference", bill.reference, order.event_id)
    elif order.invoice_id:
        _same("id", bill.id, order.invoice_id)
    _same("amount", bill.amount_minor, order.amount_minor)
    _same("currency", bill.currency, order.currency)
    _same("memo", bill.memo, tag_of(order))
    return bill


def invoice_facts(bill: Bill, disputed_minor: int = 0, lost_minor: int = 0) -> InvoiceFacts:
    """What is given back together with what the client's bank took is all: then it is credited."""
    is_all_back = bill.given_minor > 0 and bill.given_minor + lost_minor >= bill.received_minor
    return InvoiceFacts(
        id=bill.id,
        number=bill.number,
        url=bill.url,
        status="credited" if is_all_back else bill.word,
        amount_minor=bill.amount_minor,
        currency=bill.currency,
        received_minor=bill.received_minor,
        outside_minor=bill.outside_minor,
        disputed_minor=disputed_minor,
        lost_minor=lost_minor,
    )


def credit_facts(bill: Bill) -> CreditFacts:
    """PayPal writes no credit note: the first refund stands for it, on the invoice's own page."""
    name = next((one.id for one in bill.refunds if not one.is_outside), bill.refunds[0].id)
    return CreditFacts(
        id=name,
        number=name,
        url=bill.url,
        amount_minor=bill.amount_minor,
        currency=bill.currency,
        refunded_minor=sum(one.amount_minor for one in bill.refunds if not one.is_outside),
    )


def read_payout(batch: Object, order: Order, leg: Leg) -> PayoutFacts:
    """The one item of a batch: the batch's own status is SUCCESS also where its item arrived nowhere.

    Raises PayloadError where it is not what was ordered.
    """
    header = child(batch, "batch_header")
    known = child(header, "sender_batch_header")
    _same("sender_batch_id", known.members.get("sender_batch_id"), order.event_id)
    items = batch.objects("items") if "items" in batch.members else []
    if len(items) > 1:
        raise PayloadError(f"expected this one payout, not {len(items)}", where="items")
    if items:
        status, why = _item_status(items[0], order, leg)
    else:
        word = header.word("batch_status", *_BATCH_STATUS)
        status, why = _BATCH_STATUS[word], "" if _BATCH_STATUS[word] == "pending" else f"PayPal says {word}"
    return PayoutFacts(
        id=read_id(header, "payout_batch_id"),
        account=leg.account,
        status=status,
        amount_minor=leg.amount_minor,
        currency=order.currency,
        reason=why,
        part=leg.part,
    )


def _item_status(item: Object, order: Order, leg: Leg) -> tuple[str, str]:
    """Our word for an item's status, and why it is so."""
    ordered = child(item, "payout_item")
    _same("receiver", clean(ordered.members.get("receiver")).lower(), leg.account.lower())
    _same("amount", amounts.read(ordered, "amount", "currency"), (leg.amount_minor, order.currency))
    word = item.word("transaction_status", *_PAYOUT_STATUS)
    said = clean(child(item, "errors").members.get("message")) if "errors" in item.members else ""
    status = _PAYOUT_STATUS[word]
    return status, _WHY.get(word) or said or ("" if status in ("pending", "paid") else f"PayPal says {word}")


def read_refund(whole: Object, currency: str) -> Given:
    """Raises PayloadError. https://developer.paypal.com/docs/api/payments/v2/#refunds_get"""
    up = [one for one in whole.objects("links") if one.members.get("rel") == "up"]
    if not up:
        raise PayloadError("this refund names no capture", where="links")
    return Given(
        id=read_id(whole, "id"),
        capture_id=up[0].link("href").rpartition("/")[2],
        amount_minor=amounts.read_in(whole, "amount", currency),
        custom_id=clean(whole.members.get("custom_id")),
        note=_raw(whole.members.get("note_to_payer")),
    )


def read_dispute(whole: Object, currency: str) -> tuple[int, int]:
    """(what is asked back, what is lost for good). Raises PayloadError.

    https://developer.paypal.com/docs/api/customer-disputes/v1/#disputes_get
    """
    asked_minor = amounts.read_in(whole, "dispute_amount", currency)
    if whole.text("status") != "RESOLVED":
        return asked_minor, 0
    if "dispute_outcome" not in whole.members:
        return 0, 0
    outcome = child(whole, "dispute_outcome")
    if outcome.members.get("outcome_code") not in _LOST:
        return 0, 0
    if "amount_refunded" in outcome.members:
        return 0, amounts.read_in(outcome, "amount_refunded", currency)
    return 0, asked_minor


def _raw(value: object) -> str:
    return value if isinstance(value, str) else ""


def _same(where: str, said: object, ordered: object) -> None:
    if said != ordered:
        shown = clean(said) if isinstance(said, str) else said
        raise PayloadError(f"PayPal says {shown}, but {ordered} was ordered", where=where)
