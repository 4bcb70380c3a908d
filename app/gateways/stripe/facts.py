"""Stripe's objects as facts: what an invoice, a transfer and a credit note are to us. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app import money
from app.errors import PayloadError
from app.events import CreditFacts, InvoiceFacts, PayoutFacts
from app.gateways.fields import Object
from app.gateways.stripe import words
from app.gateways.stripe.papers import amount, flag, maybe, number, tags

_STATUS = ("draft", "open", "paid", "void", "uncollectible")
ASKED_BACK = ("needs_response", "under_review")
"""A dispute whose money is gone until it is decided; what begins with "warning_" only asks.

https://docs.stripe.com/disputes/how-disputes-work
"""


@dataclass(frozen=True, slots=True)
class Charge:
    """A client's payment through Stripe, in minor units."""

    id: str
    amount_minor: int
    refunded_minor: int = 0
    disputed_minor: int = 0
    lost_minor: int = 0
    is_disputed: bool = False

    @property
    def refundable_minor(self) -> int:
        """What can still be given back of it, 0 while its dispute is open."""
        if self.disputed_minor:
            return 0
        return max(0, self.amount_minor - self.refunded_minor - self.lost_minor)


@dataclass(frozen=True, slots=True)
class Receipts:
    """What came in for an invoice: charges, money that came outside of Stripe, and credit that it used."""

    charges: tuple[Charge, ...] = ()
    outside_minor: int = 0
    credit_minor: int = 0

    @property
    def received_minor(self) -> int:
        return sum(one.amount_minor for one in self.charges) + self.outside_minor + self.credit_minor

    @property
    def disputed_minor(self) -> int:
        return sum(one.disputed_minor for one in self.charges)

    @property
    def lost_minor(self) -> int:
        return sum(one.lost_minor for one in self.charges)

    @property
    def refunded_minor(self) -> int:
        return sum(one.refunded_minor for one in self.charges)


def charge_of(charge: Object, disputes: Sequence[Object]) -> Charge:
    """A charge with what became of its disputes. Raises PayloadError."""
    parts = [(maybe(one, "status"), amount(one, "amount")) for one in disputes]
    return Charge(
        id=charge.text("id"),
        amount_minor=amount(charge, "amount"),
        refunded_minor=amount(charge, "amount_refunded"),
        disputed_minor=sum(part for status, part in parts if status in ASKED_BACK),
        lost_minor=sum(part for status, part in parts if status == "lost"),
        is_disputed=flag(charge, "disputed"),
    )


def credit_used(invoice: Object) -> int:
    """What the client's credit with us paid of a finalized invoice, in minor units.

    Balances are negative while the client has credit; https://docs.stripe.com/billing/customer/balance.
    """
    balances = [invoice.members.get(name) for name in ("starting_balance", "ending_balance")]
    start, end = (value if type(value) is int else None for value in balances)
    if start is None or end is None or end <= start or maybe(invoice, "status") in ("draft", "void"):
        return 0
    used = Object(invoice.path, {"credit": end - start, "currency": invoice.get("currency")})
    return amount(used, "credit")


def invoice_facts(invoice: Object, receipts: Receipts) -> InvoiceFacts:
    """What an invoice is now. Raises PayloadError, also where a credit note by hand made it another one."""
    return InvoiceFacts(
        id=invoice.text("id"),
        number=maybe(invoice, "number"),
        url=invoice.link("hosted_invoice_url") if invoice.members.get("hosted_invoice_url") else "",
        status=_status(invoice, receipts),
        amount_minor=amount(invoice, "total"),
        currency=invoice.text("currency"),
        received_minor=receipts.received_minor,
        outside_minor=receipts.outside_minor,
        credit_minor=receipts.credit_minor,
        disputed_minor=receipts.disputed_minor,
        lost_minor=receipts.lost_minor,
    )


def is_with_client(invoice: Object) -> bool:
    """Whether it is finalized and was mailed, or paid in part, which nobody does who does not have it."""
    was_sent = words.SENT in tags(invoice) or invoice.whole("amount_paid") > 0
    return invoice.get("status") != "draft" and (was_sent or invoice.get("status") != "open")


def credited_minor(invoice: Object) -> int:
    """What credit notes took off an invoice, before and after it was paid."""
    names = ("pre_payment_credit_notes_amount", "post_payment_credit_notes_amount")
    return sum(amount(invoice, name) for name in names)


def _status(invoice: Object, receipts: Receipts) -> str:
    status = invoice.word("status", *_STATUS)
    if status in ("void", "uncollectible"):
        return status
    if not is_with_client(invoice):
        return "draft"
    total_minor, less_minor = amount(invoice, "total"), amount(invoice, "pre_payment_credit_notes_amount")
    in_stripe_minor = receipts.received_minor - receipts.outside_minor - receipts.credit_minor
    is_all_back = 0 < in_stripe_minor == receipts.refunded_minor == receipts.received_minor
    if credited_minor(invoice) >= total_minor or is_all_back:
        return "credited"
    if less_minor:
        shown = money.show(less_minor, invoice.text("currency"))
        raise PayloadError(
            f"a credit note that was made by hand took {shown} off this invoice",
            where=invoice.path,
            mend="Agree with the client and settle the milestone by hand",
        )
    return status


def payout_facts(transfer: Object) -> PayoutFacts:
    """What a transfer is now: it is in the payee's Stripe balance at once. Raises PayloadError."""
    back_minor, currency = amount(transfer, "amount_reversed"), transfer.text("currency")
    is_back = flag(transfer, "reversed")
    partly = f"{money.show(back_minor, currency)} of it came back" if back_minor and not is_back else ""
    return PayoutFacts(
        id=transfer.text("id"),
        account=transfer.text("destination"),
        status="reversed" if is_back else "paid",
        amount_minor=amount(transfer, "amount"),
        currency=currency,
        reason=partly,
        part=number(tags(transfer).get(words.PART, "")) or 1,
    )


def credit_facts(note: Object) -> CreditFacts:
    """What a credit note is. Raises PayloadError."""
    currency = note.text("currency")
    refunds = note.objects("refunds")
    return CreditFacts(
        id=note.text("id"),
        number=note.text("number"),
        url=note.link("pdf"),
        amount_minor=amount(note, "amount"),
        currency=currency,
        refunded_minor=sum(amount(one, "amount_refunded", currency) for one in refunds),
    )
