"""Paying a share: a batch of one payment, named by our event.

PayPal refuses a sender_batch_id that it has taken in the last 30 days, with a link to the batch that has it;
after that it would pay again. It answers no question by that name: so asking what became of a payout is to
send it again, and only as long as that is certain to be refused. PayPal-Request-Id changes nothing here.
https://developer.paypal.com/docs/api/payments.payouts-batch/v1/#payouts_post
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from app import money
from app.errors import MoneyError, PayloadError
from app.events import PayoutFacts
from app.gateways.base import Done, Failed, Leg, Order, Outcome, Unknown
from app.gateways.paypal import amounts
from app.gateways.paypal.faults import LATER_S, Trouble
from app.gateways.paypal.invoices import disputes, of_milestone, read
from app.gateways.paypal.known import Known
from app.gateways.paypal.parse import Bill, check_bill, child, read_id, read_payout
from app.gateways.paypal.plan import tag_of
from app.gateways.paypal.session import Talk

PAYOUTS = "/v1/payments/payouts"
SURELY_REMEMBERED = timedelta(days=29)
"""A day less than PayPal says."""
_AHEAD = timedelta(hours=1)
_BATCH = re.compile(r"/v1/payments/payouts/([A-Za-z0-9-]{1,64})/?", re.ASCII)
_LONGEST_NOTE, _LONGEST_SUBJECT, _LONGEST_ITEM_ID = 1000, 255, 63


def pay_out(talk: Talk, order: Order, known: Known) -> Outcome:
    """Pay a share of what the client has paid. Unless PayPal itself says no to it, the end is unknown: an
    attempt before this one may have got through.
    """
    leg = _leg_of(order)
    talk.has_begun = True
    if batch_id := known.get(order.event_id):
        return _standing(talk, order, leg, batch_id)
    try:
        wanted = _request(order, leg)
    except MoneyError as error:
        return Failed(f"not sent: {error}")
    unfunded = _unfunded(talk, order, leg)
    if unfunded is not None:
        return unfunded
    if not _is_remembered(talk, order):
        return _too_old()
    try:
        made = talk.order("POST", PAYOUTS, wanted)
    except Trouble as trouble:
        if batch_id := _duplicate_of(trouble):
            known.keep(order.event_id, batch_id)
            return _standing(talk, order, leg, batch_id)
        if trouble.issue == "USER_BUSINESS_ERROR":
            return Unknown(trouble.what, needs_person=True)
        if trouble.status in (400, 422):  # it was checked, and is none of the batches that PayPal has
            return Failed(trouble.what, trouble.retry_after_s)
        raise
    header = child(made, "batch_header")
    batch_id = read_id(header, "payout_batch_id")
    known.keep(order.event_id, batch_id)
    try:
        return _standing(talk, order, leg, batch_id)
    except Trouble:  # it is taken; what became of it is told later
        taken = PayoutFacts(batch_id, leg.account, "pending", leg.amount_minor, order.currency, part=leg.part)
        return Done(payouts=(taken,))


def ask_payout(talk: Talk, order: Order, known: Known) -> Outcome:
    """What a batch is now, where this process knows which; else whether it may be sent again."""
    leg = _leg_of(order)
    if batch_id := known.get(order.event_id):
        return _standing(talk, order, leg, batch_id)
    _billed(talk, order)  # which also tells PayPal's time: ours may be wrong by days
    if not _is_remembered(talk, order):
        return _too_old()
    return Unknown("PayPal tells of a payout only when it is sent again", may_resend=True)


def _leg_of(order: Order) -> Leg:
    if order.leg is None:
        raise PayloadError("this order names no payee", where="leg")
    return order.leg


def _request(order: Order, leg: Leg) -> dict[str, object]:
    """Raises MoneyError for an amount that PayPal can not pay."""
    note = f"{order.milestone_title} ({tag_of(order)})"
    return {
        "sender_batch_header": {
            "sender_batch_id": order.event_id,
            "email_subject": f"Your share of {order.milestone_title}"[:_LONGEST_SUBJECT],
        },
        "items": [
            {
                "recipient_type": "EMAIL" if "@" in leg.account else "PAYPAL_ID",
                "receiver": leg.account,
                "amount": amounts.shape(leg.amount_minor, order.currency, "currency"),
                "note": note if len(note) <= _LONGEST_NOTE else tag_of(order),
                "sender_item_id": order.event_id[:_LONGEST_ITEM_ID],
            }
        ],
    }


def _billed(talk: Talk, order: Order) -> Bill | None:
    """The invoice that a share is paid out of."""
    if order.invoice_id:
        return check_bill(read(talk, order.invoice_id), order)
    mine = [bill for bill in of_milestone(talk, order) if bill.memo == tag_of(order)]
    return check_bill(read(talk, mine[0].id), order) if mine else None


def _unfunded(talk: Talk, order: Order, leg: Leg) -> Outcome | None:
    """Why the share can not be paid out of its invoice, None where it can.

    An invoice that is not paid never was, so no attempt before this one can have been made either.
    """
    bill = _billed(talk, order)
    if bill is None:
        return Failed("waits for its invoice, which PayPal does not find", retry_after_s=LATER_S)
    if bill.word in ("void", "credited"):
        return Unknown(f"invoice {bill.number} is {bill.status}: pay nothing out of it", needs_person=True)
    cases = disputes(talk, bill).values()
    if asked_minor := sum(minor for minor, _ in cases):
        shown = money.show(asked_minor, bill.currency)
        return Unknown(f"the client asks {shown} of invoice {bill.number} back, and PayPal decides first")
    if order.context.get("disburse") == "on_close":
        return None
    needed_minor = leg.amount_minor if order.context.get("partial") == "pro_rata" else order.amount_minor
    left_minor = bill.received_minor - bill.given_minor - sum(lost_minor for _, lost_minor in cases)
    if left_minor >= needed_minor:
        return None
    if bill.received_minor >= needed_minor:
        left = money.show(max(0, left_minor), bill.currency)
        return Unknown(f"of what came in for invoice {bill.number} only {left} is left", needs_person=True)
    come = money.show(bill.received_minor, bill.currency)
    reason = f"waits for the client: {come} of {money.show(order.amount_minor, order.currency)} has come in"
    return Failed(reason, retry_after_s=LATER_S)


def _is_remembered(talk: Talk, order: Order) -> bool:
    """Whether PayPal surely knows this order if it ever had it, by PayPal's own clock."""
    age = talk.moment - datetime.fromisoformat(order.created_at)
    return -_AHEAD <= age < SURELY_REMEMBERED


def _too_old() -> Unknown:
    return Unknown(
        "PayPal may have forgotten that it had this payout, and would pay it again: look for it in PayPal's"
        " activity",
        needs_person=True,
    )


def _duplicate_of(trouble: Trouble) -> str:
    """The batch that has our sender_batch_id already, "" where that is not why it was refused."""
    links = trouble.details.get("link")
    hrefs = [one.get("href") for one in links if isinstance(one, dict)] if isinstance(links, list) else []
    found = [match[1] for href in hrefs if isinstance(href, str) and (match := _BATCH.search(href))]
    return found[0] if trouble.status == 400 and found else ""


def _standing(talk: Talk, order: Order, leg: Leg, batch_id: str) -> Done:
    return Done(payouts=(read_payout(talk.get(f"{PAYOUTS}/{batch_id}"), order, leg),))
