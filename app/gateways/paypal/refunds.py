"""Giving a client its payment back: each capture is refunded, and what came outside of PayPal is noted.

Only POST /v2/payments/captures/{id}/refund moves money; an invoice's own /refunds writes down what was given
back by another way. https://developer.paypal.com/docs/api/payments/v2/#captures_refund and
https://developer.paypal.com/docs/api/invoicing/v2/#invoices_refunds
"""

from __future__ import annotations

from dataclasses import dataclass

from app.gateways.base import Failed, Order, Outcome, Unknown
from app.gateways.paypal import amounts
from app.gateways.paypal.invoices import INVOICES, disputes, facts, read
from app.gateways.paypal.parse import Bill, Given, check_bill, read_refund
from app.gateways.paypal.session import Talk

_CAPTURES = "/v2/payments/captures"
_REFUNDS = "/v2/payments/refunds"
_LONGEST_NOTE = 255


@dataclass(frozen=True, slots=True)
class _Left:
    """What is still to be given back: of each capture, and of what came outside; what was `given` so far."""

    bill: Bill
    captures: dict[str, int]
    outside_minor: int
    given: tuple[Given, ...]

    @property
    def is_nothing(self) -> bool:
        return not self.outside_minor and not self.captures


def credit(talk: Talk, order: Order) -> Outcome:
    """Give back what is left of each payment; what was given back before is not given again."""
    left = _left(talk, order)
    if not left.bill.payments:
        return Failed(f"nothing was paid for invoice {left.bill.number}: {left.bill.status}")
    if left.is_nothing:
        return _standing(talk, order, left)
    for capture_id, left_minor in left.captures.items():
        wanted = {
            "amount": amounts.shape(left_minor, left.bill.currency),
            "custom_id": order.event_id,
            "note_to_payer": _note(order),
        }
        # The same id is answered with the first refund again, for 45 days.
        request_id = f"{order.event_id}-{capture_id}"
        made = talk.order(
            "POST",
            f"{_CAPTURES}/{capture_id}/refund",
            wanted,
            PayPal_Request_Id=request_id,
            Prefer="return=representation",
        )
        said_minor = amounts.read_in(made, "amount", left.bill.currency)
        if said_minor != left_minor:
            reason = f"PayPal says that it refunded an amount of {said_minor} minor units, not {left_minor}"
            return Unknown(reason, needs_person=True)
    if left.outside_minor:
        noted = {"method": "OTHER", "amount": amounts.shape(left.outside_minor, left.bill.currency)}
        talk.order("POST", f"{INVOICES}/{order.invoice_id}/refunds", noted)
    after = _left(talk, order)
    return _standing(talk, order, after) if after.is_nothing else Unknown("a refund is on its way")


def ask_credit(talk: Talk, order: Order) -> Outcome:
    left = _left(talk, order)
    if not left.bill.payments or not left.is_nothing:
        return Failed(f"invoice {left.bill.number} is not given back whole", retry_after_s=0)
    return _standing(talk, order, left)


def _standing(talk: Talk, order: Order, left: _Left) -> Outcome:
    """Nothing is left to give back: by this order, or by somebody else's hand."""
    ours = [one for one in left.given if one.custom_id == order.event_id]
    if left.given and not ours:
        return Failed(f"invoice {left.bill.number} was given back before: {left.bill.status}")
    if any(one.note != _note(order) for one in ours):
        return Unknown("PayPal has another refund under this order's name", needs_person=True)
    return facts(talk, left.bill)


def _left(talk: Talk, order: Order) -> _Left:
    """What stands open of the order's invoice now."""
    bill = check_bill(read(talk, order.invoice_id), order)
    online = [one for one in bill.refunds if not one.is_outside]
    given = tuple(read_refund(talk.get(f"{_REFUNDS}/{one.id}"), bill.currency) for one in online)
    lost = {name: lost_minor for name, (_, lost_minor) in disputes(talk, bill).items()}
    captures = {
        one.id: one.amount_minor
        - lost.get(one.id, 0)
        - sum(refund.amount_minor for refund in given if refund.capture_id == one.id)
        for one in bill.payments
        if not one.is_outside
    }
    noted_minor = sum(one.amount_minor for one in bill.refunds if one.is_outside)
    outside_minor = max(0, bill.outside_minor - noted_minor)
    return _Left(bill, {name: left for name, left in captures.items() if left > 0}, outside_minor, given)


def _note(order: Order) -> str:
    reason = str(order.context.get("reason") or "")
    text = f"{order.milestone_title}: {reason}" if reason else order.milestone_title
    return text[:_LONGEST_NOTE]
