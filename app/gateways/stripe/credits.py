"""Giving a client its payment back: a credit note over the whole invoice, and the refunds that belong to it.

What came by cards goes back there, credit that was used becomes credit again, and what came outside of
Stripe, or was taken back by the client's bank before, is noted on the credit note without being moved.
https://docs.stripe.com/invoicing/integration/programmatic-credit-notes
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from app import money
from app.gateways.base import Done, Failed, Outcome, Unknown
from app.gateways.fields import Object
from app.gateways.stripe import words
from app.gateways.stripe.api import Api
from app.gateways.stripe.facts import (
    Charge,
    Receipts,
    credit_facts,
    credited_minor,
    invoice_facts,
    is_with_client,
)
from app.gateways.stripe.invoices import OTHER_BYTES
from app.gateways.stripe.papers import amount, maybe, same, tags
from app.gateways.stripe.plan import Plan
from app.gateways.stripe.reading import notes_of, receipts_of, transfers_of
from app.gateways.stripe.transfers import DISPUTED_S, available
from app.gateways.stripe.units import to_stripe


@dataclass(frozen=True, slots=True)
class Way:
    """How a payment goes back, in minor units: so much of each charge, as credit, and outside of Stripe."""

    refunds: tuple[tuple[Charge, int], ...]
    credit_minor: int
    outside_minor: int

    @property
    def refunded_minor(self) -> int:
        return sum(part for _, part in self.refunds)


def way_back(back_minor: int, receipts: Receipts) -> Way:
    """Spread what is to go back; charges first, the oldest first. What is lost went back already."""
    left_minor = max(0, back_minor - receipts.lost_minor)
    refunds = []
    for charge in receipts.charges:
        part_minor = min(left_minor, charge.refundable_minor)
        if part_minor:
            refunds.append((charge, part_minor))
            left_minor -= part_minor
    credit_minor = min(left_minor, receipts.credit_minor)
    moved_minor = sum(part for _, part in refunds) + credit_minor
    return Way(tuple(refunds), credit_minor, back_minor - moved_minor)


def credit_note(api: Api, plan: Plan) -> Outcome:
    """Credit the whole invoice, once. Raises what `Api` raises."""
    invoice = api.found(api.v1.invoices.retrieve, plan.invoice_id)
    if invoice is None:
        return Failed(f"Stripe has no invoice {plan.invoice_id}")
    outcome = _noted(api, plan, invoice, same_bytes=True)
    if outcome is not None:
        return outcome
    receipts = receipts_of(api, invoice)
    made = _made_before(api, plan, receipts)
    api.begun = bool(made)
    if not made and (refusal := _refused(api, plan, invoice, receipts)):
        return refusal
    back_minor = amount(invoice, "total") - amount(invoice, "amount_remaining")
    way = _with(made, back_minor, receipts)
    linked = dict(made)
    if len(way.refunds) > 1 or made:
        for charge, part_minor in way.refunds:
            linked[charge.id] = linked.get(charge.id) or _refund(api, plan, charge, part_minor)
    params = _params(plan, invoice, way, list(linked.values()))
    note = api.book("credit", api.v1.credit_notes.create, params=params)
    same(note, "amount", amount(note, "amount"), plan.amount_minor)
    same(note, "currency", note.text("currency"), plan.currency)
    same(note, "invoice", maybe(note, "invoice"), plan.invoice_id)
    return ask_credit(api, plan)


def ask_credit(api: Api, plan: Plan) -> Outcome:
    """What the order of a credit note has come to."""
    invoice = api.found(api.v1.invoices.retrieve, plan.invoice_id)
    if invoice is None:
        return Failed(f"Stripe has no invoice {plan.invoice_id}")
    outcome = _noted(api, plan, invoice, same_bytes=False)
    if outcome is not None:
        return outcome
    if _made_before(api, plan, receipts_of(api, invoice)):
        return Unknown("the client was given money back, the credit note is not written yet", may_resend=True)
    return Failed("Stripe has no credit note of this order", retry_after_s=0)


def _noted(api: Api, plan: Plan, invoice: Object, *, same_bytes: bool) -> Outcome | None:
    """What the credit notes that are there say of the order; None where they say nothing."""
    notes = notes_of(api, invoice)
    mine = next((one for one in notes if tags(one).get(words.EVENT) == plan.event_id), None)
    if mine is not None:
        if same_bytes and tags(mine).get(words.DIGEST) != plan.digest:
            return Unknown(f"{OTHER_BYTES}: {mine.text('id')}", needs_person=True)
        same(mine, "amount", amount(mine, "amount"), plan.amount_minor)
        return Done(invoice_facts(invoice, receipts_of(api, invoice)), (), credit_facts(mine))
    if credited_minor(invoice):
        names = ", ".join(maybe(one, "number") for one in notes)
        return Failed(f"the invoice {maybe(invoice, 'number')} was credited before: {names}")
    return None


def _refused(api: Api, plan: Plan, invoice: Object, receipts: Receipts) -> Failed | None:
    """Why the payment can not go back now, or at all."""
    shown, currency = maybe(invoice, "number") or plan.invoice_id, plan.currency
    status = maybe(invoice, "status")
    if status not in ("open", "paid") or not is_with_client(invoice) or not receipts.received_minor:
        return Failed(
            f"the invoice {shown} is {status} and nothing was paid for it: there is nothing to credit"
        )
    if receipts.disputed_minor:
        what = money.show(receipts.disputed_minor, currency)
        told = f"the client's bank asks {what} of invoice {shown} back and decides first"
        return Failed(told, retry_after_s=DISPUTED_S)
    transfers = transfers_of(api, words.group_in(tags(invoice)))
    kept_minor = sum(amount(one, "amount") - amount(one, "amount_reversed") for one in transfers)
    back_minor = amount(invoice, "total") - amount(invoice, "amount_remaining")
    needed_minor = way_back(back_minor, receipts).refunded_minor
    if kept_minor and available(api, currency) < to_stripe(needed_minor, currency):
        kept, needed = money.show(kept_minor, currency), money.show(needed_minor, currency)
        return Failed(
            f"payees keep {kept} of invoice {shown}, and the Stripe balance does not have the {needed} that"
            " go back: bring the payouts back first, or add funds"
        )
    return None


def _made_before(api: Api, plan: Plan, receipts: Receipts) -> dict[str, Object]:
    """The refunds that this order made in an earlier attempt, by charge."""
    made = {}
    for charge in receipts.charges:
        if charge.refunded_minor:
            for refund in api.every(api.v1.refunds.list, charge=charge.id):
                if tags(refund).get(words.EVENT) == plan.event_id:
                    made[charge.id] = refund
    return made


def _with(made: dict[str, Object], back_minor: int, receipts: Receipts) -> Way:
    """The way back as it was when the first refund was made."""
    charges = []
    for charge in receipts.charges:
        own_minor = amount(made[charge.id], "amount") if charge.id in made else 0
        charges.append(replace(charge, refunded_minor=charge.refunded_minor - own_minor))
    return way_back(back_minor, replace(receipts, charges=tuple(charges)))


def _refund(api: Api, plan: Plan, charge: Charge, part_minor: int) -> Object:
    params = {
        "charge": charge.id,
        "amount": to_stripe(part_minor, plan.currency),
        "metadata": words.tags_of(plan),
    }
    refund = api.book(f"refund/{charge.id}", api.v1.refunds.create, params=params)
    api.begun = True
    same(refund, "amount", amount(refund, "amount"), part_minor)
    same(refund, "currency", refund.text("currency"), plan.currency)
    return refund


def _params(plan: Plan, invoice: Object, way: Way, linked: list[Object]) -> dict[str, Any]:
    """Stripe takes `refund_amount` from one charge only: of several each is refunded before, and linked."""
    opened_by = tags(invoice).get(words.EVENT, "")
    params: dict[str, Any] = {
        "invoice": plan.invoice_id,
        "amount": to_stripe(plan.amount_minor, plan.currency),
        "metadata": words.tags_of(plan, **{words.OF_INVOICE: opened_by}),
        **({"memo": plan.reason} if plan.reason else {}),
    }
    if linked:
        params["refunds"] = [
            {"refund": one.text("id"), "amount_refunded": one.whole("amount")} for one in linked
        ]
    elif way.refunds:
        params["refund_amount"] = to_stripe(way.refunded_minor, plan.currency)
    if way.credit_minor:
        params["credit_amount"] = to_stripe(way.credit_minor, plan.currency)
    if way.outside_minor:
        params["out_of_band_amount"] = to_stripe(way.outside_minor, plan.currency)
    return params
