"""What is at Stripe now, asked with GETs alone. Lists are read, never the search, which lags behind.

https://docs.stripe.com/search#data-freshness
"""

from __future__ import annotations

from collections.abc import Iterator

from app.errors import PayloadError
from app.gateways.base import Done
from app.gateways.fields import Object
from app.gateways.stripe import words
from app.gateways.stripe.api import Api
from app.gateways.stripe.facts import (
    Charge,
    Receipts,
    charge_of,
    credit_facts,
    credit_used,
    credited_minor,
    invoice_facts,
    payout_facts,
)
from app.gateways.stripe.papers import amount, flag, maybe, same, tags
from app.gateways.stripe.plan import Plan


def every_invoice(api: Api) -> Iterator[Object]:
    """All invoices that the client pays by itself, newest first."""
    return api.every(api.v1.invoices.list, collection_method="send_invoice")


def invoice_by(api: Api, plan: Plan) -> tuple[Object | None, list[Object]]:
    """The invoice that the plan's order made; without one, all others of its milestone, newest first."""
    others = []
    for invoice in every_invoice(api):
        if tags(invoice).get(words.EVENT) == plan.event_id:
            return invoice, []
        if words.is_of(tags(invoice), plan):
            others.append(invoice)
    return None, others


def billed_by(api: Api, plan: Plan) -> Object | None:
    """The invoice that a payout is paid out of: by its id where the order names it, else by its milestone."""
    if plan.invoice_id:
        return api.found(api.v1.invoices.retrieve, plan.invoice_id)
    of_it = (one for one in every_invoice(api) if words.is_of(tags(one), plan))
    return next((one for one in of_it if tags(one).get(words.REVISION) == str(plan.revision)), None)


def receipts_of(api: Api, invoice: Object) -> Receipts:
    """What came in for an invoice, and what became of it. Raises PayloadError for another currency."""
    credit_minor = credit_used(invoice)
    if invoice.whole("amount_paid") == 0:
        return Receipts(credit_minor=credit_minor)
    charges: list[Charge] = []
    outside_minor = 0
    payments = list(api.every(api.v1.invoice_payments.list, invoice=invoice.text("id"), status="paid"))
    for payment in reversed(payments):
        same(payment, "currency", payment.text("currency"), invoice.text("currency"))
        how = payment.get("payment")
        members: dict[str, object] = how if isinstance(how, dict) else {}
        if members.get("type") == "payment_record":
            outside_minor += amount(payment, "amount_paid")
        else:
            charges.append(_charge(api, payment, members))
    return Receipts(tuple(charges), outside_minor, credit_minor)


def _charge(api: Api, payment: Object, members: dict[str, object]) -> Charge:
    charge_id = members.get("charge")
    if members.get("type") == "payment_intent":
        intent = api.read(api.v1.payment_intents.retrieve, str(members.get("payment_intent")))
        charge_id = intent.get("latest_charge")
    if not isinstance(charge_id, str):
        raise PayloadError("expected a payment by a charge", where=payment.where("payment"))
    charge = api.read(api.v1.charges.retrieve, charge_id)
    same(charge, "currency", charge.text("currency"), payment.text("currency"))
    disputes = list(api.every(api.v1.disputes.list, charge=charge_id)) if flag(charge, "disputed") else []
    return charge_of(charge, disputes)


def invoice_paid_by(api: Api, intent_id: str) -> Object | None:
    """The invoice that a payment belongs to; None where it pays none of ours."""
    payment = {"type": "payment_intent", "payment_intent": intent_id}
    for paid in api.every(api.v1.invoice_payments.list, payment=payment):
        invoice = api.found(api.v1.invoices.retrieve, paid.text("invoice"))
        if invoice is not None and words.EVENT in tags(invoice):
            return invoice
    return None


def transfers_of(api: Api, group: str) -> list[Object]:
    """The payouts of one invoice, oldest first."""
    return list(api.every(api.v1.transfers.list, transfer_group=group))[::-1]


def notes_of(api: Api, invoice: Object) -> list[Object]:
    """The credit notes over an invoice that stand, newest first."""
    if credited_minor(invoice) == 0:
        return []
    notes = api.every(api.v1.credit_notes.list, invoice=invoice.text("id"))
    return [one for one in notes if maybe(one, "status") == "issued"]


def whole_note(notes: list[Object], invoice: Object) -> Object | None:
    """The credit note over all of an invoice: ours, else whoever's."""
    whole = [one for one in notes if amount(one, "amount") == amount(invoice, "total")]
    return next((one for one in whole if words.EVENT in tags(one)), next(iter(whole), None))


def all_of(api: Api, invoice: Object) -> Done:
    """An invoice with its payouts and its credit note, as they are now."""
    facts = invoice_facts(invoice, receipts_of(api, invoice))
    transfers = transfers_of(api, words.group_in(tags(invoice)))
    payouts = tuple(payout_facts(one) for one in transfers if words.EVENT in tags(one))
    note = whole_note(notes_of(api, invoice), invoice) if facts.status == "credited" else None
    return Done(facts, payouts, credit_facts(note) if note else None)
