"""Invoices at PayPal: found, read, opened, voided.

PayPal-Request-Id means nothing to PayPal's Invoicing API: the invoice's number, unique in the account, keeps
a second one from being made. https://developer.paypal.com/docs/api/invoicing/v2/
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.errors import MoneyError, PayloadError
from app.events import InvoiceFacts
from app.gateways.base import Done, Failed, Order, Outcome, Unknown
from app.gateways.fields import Object
from app.gateways.paypal.bill import invoice_request
from app.gateways.paypal.faults import Trouble
from app.gateways.paypal.known import Known
from app.gateways.paypal.parse import (
    PENDING,
    UNSENT,
    Bill,
    check_bill,
    credit_facts,
    invoice_facts,
    is_tagged,
    read_bill,
    read_dispute,
    read_id,
)
from app.gateways.paypal.plan import number_of, read_tag, tag_start
from app.gateways.paypal.session import Talk

INVOICES = "/v2/invoicing/invoices"
_SEARCH = "/v2/invoicing/search-invoices"
_DISPUTES = "/v1/customer/disputes"
_PAGE, _MOST_PAGES = 100, 1000
_DISPUTES_PAGE = 50


def search(talk: Talk, **wanted: str) -> list[Bill]:
    """Whatever PayPal finds of ours, the newest first, without items, payments and refunds.

    It finds parts of texts, and new invoices only after a while: compare, and do not trust an absence.
    """
    return _all_pages(lambda query: talk.find(_SEARCH, wanted, **query))


def listed(talk: Talk) -> list[Bill]:
    """Every invoice of ours in the account, as `search` answers them: no index stands between."""
    return _all_pages(lambda query: talk.get(INVOICES, **query))


def _all_pages(ask: Callable[[dict[str, str]], Object]) -> list[Bill]:
    found: list[Bill] = []
    for page in range(1, _MOST_PAGES + 1):
        answer = ask({"page": str(page), "page_size": str(_PAGE)})
        entries = answer.objects("items") if "items" in answer.members else []
        found += [read_bill(entry) for entry in entries if is_tagged(entry)]
        if len(entries) < _PAGE:
            return found
    raise PayloadError("the list of invoices does not end", where="items")


def of_milestone(talk: Talk, order: Order) -> list[Bill]:
    """Every invoice of an order's milestone, of whichever revision, that PayPal finds."""
    about = (order.contract_id, order.milestone_index)
    found = search(talk, memo=tag_start(*about))
    return [bill for bill in found if (read_tag(bill.memo) or ())[:2] == about]


def read(talk: Talk, invoice_id: str) -> Bill:
    """The whole invoice, with the payments that have come: PENDING ones have not."""
    bill = read_bill(talk.get(f"{INVOICES}/{invoice_id}"))
    if bill.status != PENDING:
        return bill
    came = [
        one
        for one in bill.payments
        if one.is_outside
        or talk.get(f"/v2/payments/captures/{one.id}").members.get("status") not in ("PENDING", "DECLINED")
    ]
    return replace(bill, payments=tuple(came))


def disputes(talk: Talk, bill: Bill) -> dict[str, tuple[int, int]]:
    """What is asked back, and what is lost, of each capture that was ever disputed."""
    found: dict[str, tuple[int, int]] = {}
    for payment in bill.payments:
        if payment.is_outside:
            continue
        # A client rarely disputes one payment twice, and never fifty times.
        wanted = {"disputed_transaction_id": payment.id, "page_size": str(_DISPUTES_PAGE)}
        cases = talk.get(_DISPUTES, **wanted)
        for case in cases.objects("items") if "items" in cases.members else []:
            whole = talk.get(f"{_DISPUTES}/{read_id(case, 'dispute_id')}")
            open_minor, lost_minor = read_dispute(whole, bill.currency)
            before = found.get(payment.id, (0, 0))
            found[payment.id] = (before[0] + open_minor, before[1] + lost_minor)
    return found


def facts(talk: Talk, bill: Bill) -> Done:
    """All that hangs on an invoice now."""
    cases = disputes(talk, bill).values()
    invoice = invoice_facts(bill, sum(one for one, _ in cases), sum(lost for _, lost in cases))
    if invoice.status != "draft" and not invoice.url:
        raise PayloadError("this invoice has no page", where="detail.metadata.recipient_view_url")
    return Done(invoice, credit=credit_facts(bill) if invoice.status == "credited" else None)


def find(talk: Talk, order: Order, known: Known) -> Bill | None:
    """The invoice of a trigger's order, whole; None where PayPal does not find it (now)."""
    if invoice_id := known.get(order.event_id):
        try:
            return check_bill(read(talk, invoice_id), order)
        except Trouble as trouble:
            if trouble.status != 404:
                raise
            known.forget(order.event_id)  # it was a draft, and is deleted
    number = number_of(order.event_id)
    mine = [bill for bill in search(talk, invoice_number=number) if bill.number == number]
    if not mine:
        return None
    known.keep(order.event_id, mine[0].id)
    return check_bill(read(talk, mine[0].id), order)


def open_invoice(talk: Talk, order: Order, known: Known) -> Outcome:
    """Draft it, send it, read it. What is there already is completed."""
    number = number_of(order.event_id)
    bill: Bill | None = None
    if known.get(order.event_id):
        bill = find(talk, order, known)
    if bill is None:
        siblings = of_milestone(talk, order)
        rivals = [one for one in siblings if one.number != number and one.word not in ("draft", "void")]
        if rivals:
            return Failed(f"PayPal has invoice {rivals[0].number} for this milestone: {rivals[0].status}")
        mine = next((one for one in siblings if one.number == number), None)
        bill = check_bill(read(talk, mine.id), order) if mine else _create(talk, order, known)
    if bill is None:
        return Unknown("PayPal has an invoice of this number, but does not find it yet")
    known.keep(order.event_id, bill.id)
    if bill.status in UNSENT:
        bill = _complete(talk, order, bill.id)
    return facts(talk, bill)


def _create(talk: Talk, order: Order, known: Known) -> Bill | None:
    try:
        wanted = invoice_request(order, talk.moment.date())
        made = talk.order("POST", INVOICES, wanted, Prefer="return=representation")
    except MoneyError as error:
        raise Trouble(f"not sent: {error}", is_certain=True, retry_after_s=None) from error
    except Trouble as trouble:
        if trouble.issue != "DUPLICATE_INVOICE_NUMBER":
            raise
        talk.has_begun = True
        return find(talk, order, known)
    # Compared before the client gets it: what is wrong stays a draft.
    return check_bill(read_bill(made), order)


def _complete(talk: Talk, order: Order, invoice_id: str) -> Bill:
    """Send a draft. Sending what was sent is refused, and changes nothing."""
    talk.has_begun = True
    try:
        talk.order("POST", f"{INVOICES}/{invoice_id}/send", {"send_to_recipient": True})
    except Trouble as trouble:
        if trouble.issue != "INVOICE_ALREADY_SENT":
            raise
    return check_bill(read(talk, invoice_id), order)


def ask_invoice(talk: Talk, order: Order, known: Known) -> Outcome:
    bill = find(talk, order, known)
    if bill is None:
        return Failed("PayPal has no invoice of this number", retry_after_s=0)
    return facts(talk, bill)


def void(talk: Talk, order: Order) -> Outcome:
    """Cancel what the client has, delete what it never had.

    PayPal does not say for whom an invoice was cancelled: one that is cancelled already is done.
    """
    path = f"{INVOICES}/{order.invoice_id}"
    try:
        talk.order("POST", f"{path}/cancel", {"note": f"Withdrawn ({order.event_id})"})
    except Trouble as trouble:
        if trouble.status == 404:
            return _deleted(order)
        if trouble.status != 422:
            raise
        bill = check_bill(read(talk, order.invoice_id), order)
        if bill.status in UNSENT:
            talk.order("DELETE", path)
            return Done(replace(invoice_facts(bill), status="void"))
        if bill.word != "void":
            raise
    return facts(talk, check_bill(read(talk, order.invoice_id), order))


def ask_void(talk: Talk, order: Order) -> Outcome:
    try:
        bill = check_bill(read(talk, order.invoice_id), order)
    except Trouble as trouble:
        if trouble.status == 404:
            return _deleted(order)
        raise
    if bill.word != "void":
        return Failed(f"invoice {bill.number} is not cancelled", retry_after_s=0)
    return facts(talk, bill)


def _deleted(order: Order) -> Done:
    """Only what the client does not have, or can not pay, can be deleted."""
    name = order.invoice_id
    return Done(InvoiceFacts(name, name, "", "void", order.amount_minor, order.currency))
