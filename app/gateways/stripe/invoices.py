"""Opening an invoice at Stripe, and taking it away: each step once, whoever was interrupted before.

Customer, draft, line, finalizing, mailing: an attempt first looks at how far the last one came, by metadata,
and goes on from there. https://docs.stripe.com/invoicing/integration
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

from app import money
from app.events import InvoiceFacts
from app.gateways.base import Done, Failed, Outcome, Unknown
from app.gateways.fields import Object
from app.gateways.stripe import words
from app.gateways.stripe.api import Api
from app.gateways.stripe.facts import invoice_facts, is_with_client
from app.gateways.stripe.papers import amount, maybe, same, tags
from app.gateways.stripe.plan import Plan
from app.gateways.stripe.reading import all_of, invoice_by, receipts_of
from app.gateways.stripe.units import to_stripe

DAY_S = 86_400
_LONGEST_TERM_DAYS = 365
OTHER_BYTES = "Stripe holds another order under this name"


def open_invoice(api: Api, plan: Plan) -> Outcome:
    """Have the client get the milestone's invoice, and say what it is then."""
    units = to_stripe(plan.amount_minor, plan.currency)
    if not plan.client.email:
        return Failed("Stripe mails the invoice, and the contract names no e-mail address of the client")
    if not 0 <= plan.net_days <= _LONGEST_TERM_DAYS:
        return Failed(f"Stripe's invoices are due within {_LONGEST_TERM_DAYS} days, not {plan.net_days}")
    invoice, others = invoice_by(api, plan)
    alive = [one for one in others if maybe(one, "status") != "void"]
    if alive:
        return Failed(_second(alive[0]))
    if invoice is not None:
        api.begun = True
        if tags(invoice).get(words.DIGEST) != plan.digest:
            return Unknown(f"{OTHER_BYTES}: {invoice.text('id')}", needs_person=True)
    else:
        invoice = _draft(api, plan)
    if invoice.get("status") == "draft":
        invoice = _finalized(api, plan, invoice, units)
    _check(plan, invoice)
    if not is_with_client(invoice):
        invoice_id = invoice.text("id")
        _check(plan, api.book("send", api.v1.invoices.send_invoice, invoice_id))
        mark = {"metadata": {words.SENT: "1"}}
        _check(plan, api.book("sent", api.v1.invoices.update, invoice_id, params=mark))
    return all_of(api, api.read(api.v1.invoices.retrieve, invoice.text("id")))


def ask_open(api: Api, plan: Plan) -> Outcome:
    """What the order to open an invoice has come to."""
    invoice, _ = invoice_by(api, plan)
    if invoice is None:
        return Failed("Stripe has no invoice of this order", retry_after_s=0)
    if invoice.get("status") == "draft":  # its line may not be there yet
        same(invoice, "currency", invoice.text("currency"), plan.currency)
        facts = InvoiceFacts(invoice.text("id"), "", "", "draft", plan.amount_minor, plan.currency)
        return Done(facts)
    _check(plan, invoice)
    return all_of(api, invoice)


def _second(other: Object) -> str:
    """Why there is to be no second invoice for a milestone."""
    revision, number = tags(other).get(words.REVISION, "?"), maybe(other, "number") or other.text("id")
    return (
        f"this milestone has the invoice {number} already (revision {revision}, {maybe(other, 'status')}):"
        " void it first, or settle it by hand"
    )


def _draft(api: Api, plan: Plan) -> Object:
    params = {
        "customer": _customer(api, plan),
        "collection_method": "send_invoice",
        "days_until_due": plan.net_days,
        "auto_advance": False,
        "currency": plan.currency,
        "metadata": words.invoice_tags(plan),
        **words.texts_of(plan),
    }
    invoice = api.book("invoice", api.v1.invoices.create, params=params)
    api.begun = True
    same(invoice, "currency", invoice.text("currency"), plan.currency)
    same(invoice, "metadata", tags(invoice).get(words.EVENT), plan.event_id)
    same(invoice, "total (the amount)", amount(invoice, "total"), 0)
    return invoice


def _customer(api: Api, plan: Plan) -> str:
    """The client as a customer of this contract, made where there is none yet."""
    params = words.customer_of(plan)
    for customer in api.every(api.v1.customers.list, email=plan.client.email):
        if params["metadata"].items() <= tags(customer).items():
            return customer.text("id")
    # Two milestones may be released at once, and want one customer: the key is made of what they want.
    wanted = hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()
    made = api.book_as(f"customer-{wanted}", api.v1.customers.create, params=params)
    return made.text("id")


def _finalized(api: Api, plan: Plan, invoice: Object, units: int) -> Object:
    """The draft with its one line, finalized."""
    invoice_id = invoice.text("id")
    if not list(api.every(api.v1.invoice_items.list, invoice=invoice_id)):
        line: dict[str, Any] = {
            "customer": invoice.text("customer"),
            "invoice": invoice_id,
            "amount": units,
            "currency": plan.currency,
            "description": words.line_of(plan),
            "metadata": words.tags_of(plan),
        }
        item = api.book("item", api.v1.invoice_items.create, params=line)
        same(item, "amount", amount(item, "amount"), plan.amount_minor)
        same(item, "currency", item.text("currency"), plan.currency)
    _keep_the_term(api, plan, invoice)
    _check(plan, api.read(api.v1.invoices.retrieve, invoice_id))
    return api.book("finalize", api.v1.invoices.finalize_invoice, invoice_id, params={"auto_advance": False})


def _keep_the_term(api: Api, plan: Plan, invoice: Object) -> None:
    """Give the client its days in full: they count from the draft, which may have lain for days."""
    days = max(0, int(time.time()) - invoice.whole("created")) // DAY_S
    if days:
        term = {"days_until_due": min(plan.net_days + days, _LONGEST_TERM_DAYS)}
        api.book(f"term/{term['days_until_due']}", api.v1.invoices.update, invoice.text("id"), params=term)


def _check(plan: Plan, invoice: Object) -> None:
    """Raises PayloadError where an invoice is not the ordered one, whole."""
    same(invoice, "currency", invoice.text("currency"), plan.currency)
    same(invoice, "total (the amount)", amount(invoice, "total"), plan.amount_minor)
    same(invoice, "metadata", words.is_of(tags(invoice), plan), True)
    same(invoice, "id", invoice.text("id"), plan.invoice_id or invoice.text("id"))


def void_invoice(api: Api, plan: Plan) -> Outcome:
    """Void what the client has, delete what it never had; what was paid is refused.

    Stripe's voiding takes no metadata: who voids is written on the invoice first.
    """
    outcome = ask_void(api, plan, same_bytes=True)
    if not isinstance(outcome, Failed) or outcome.retry_after_s is None:
        return outcome
    invoice = api.read(api.v1.invoices.retrieve, plan.invoice_id)
    if invoice.get("status") == "draft":
        gone = api.take_away(api.v1.invoices.delete, plan.invoice_id)
        same(gone, "id", gone.text("id"), plan.invoice_id)
        return ask_void(api, plan)
    if words.VOIDED_BY not in tags(invoice):
        mark = {words.VOIDED_BY: plan.event_id, words.VOID_DIGEST: plan.digest}
        api.book("mark", api.v1.invoices.update, plan.invoice_id, params={"metadata": mark})
    voided = api.book("void", api.v1.invoices.void_invoice, plan.invoice_id)
    _check(plan, voided)
    same(voided, "status", maybe(voided, "status"), "void")
    return ask_void(api, plan)


def ask_void(api: Api, plan: Plan, *, same_bytes: bool = False) -> Outcome:
    """What the order to void an invoice has come to; with `same_bytes` by the very same plan."""
    invoice = api.found(api.v1.invoices.retrieve, plan.invoice_id)
    if invoice is None:  # only a draft can be deleted, and then it is gone
        return Done(InvoiceFacts(plan.invoice_id, "", "", "void", plan.amount_minor, plan.currency))
    by, status = tags(invoice).get(words.VOIDED_BY, ""), maybe(invoice, "status")
    if status == "draft":
        return Failed("the draft is still there", retry_after_s=0)
    _check(plan, invoice)
    shown = maybe(invoice, "number") or plan.invoice_id
    if by not in ("", plan.event_id):
        return Failed(f"the invoice {shown} was to be voided before, by {by}")
    if by and same_bytes and tags(invoice).get(words.VOID_DIGEST) != plan.digest:
        return Unknown(f"{OTHER_BYTES}: {shown}", needs_person=True)
    if status == "void" and by == "":
        return Failed(f"the invoice {shown} was voided before, by somebody at Stripe")
    if status == "void":
        return Done(invoice_facts(invoice, receipts_of(api, invoice)))
    paid_minor = amount(invoice, "amount_paid")
    if status == "paid" or paid_minor:
        came = money.show(paid_minor, plan.currency)
        return Failed(f"the client has paid {came} of the invoice {shown}: it can not be voided any more")
    return Failed(f"the invoice {shown} is {status}", retry_after_s=0)
