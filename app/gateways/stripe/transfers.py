"""Paying a payee by a transfer to its connected account, and bringing that back.

Separate charges and transfers: a transfer out of the invoice's charge is taken at once and is there when the
charge is; any other needs the available balance. https://docs.stripe.com/connect/separate-charges-and-transfers
"""

from __future__ import annotations

from typing import Any

import stripe

from app import money
from app.events import PayoutFacts
from app.gateways.base import Done, Failed, Leg, Outcome, Unknown
from app.gateways.fields import Object
from app.gateways.stripe import words
from app.gateways.stripe.api import Api
from app.gateways.stripe.facts import Receipts, payout_facts
from app.gateways.stripe.faults import code_of
from app.gateways.stripe.invoices import OTHER_BYTES
from app.gateways.stripe.papers import amount, flag, maybe, same, tags
from app.gateways.stripe.plan import Plan
from app.gateways.stripe.reading import billed_by, receipts_of, transfers_of
from app.gateways.stripe.units import to_stripe

NOT_PAID_S = 600
NO_FUNDS_S = 3600
NOT_READY_S = 6 * 3600
DISPUTED_S = 6 * 3600
"""When to look again at what has no callback, or whose callback was lost."""


def pay_out(api: Api, plan: Plan, leg: Leg) -> Outcome:
    """Transfer one payee's part, once. What Stripe would refuse is not sent: it would keep the refusal."""
    units = to_stripe(leg.amount_minor, plan.currency)
    group = words.group_of(plan.contract_id, plan.milestone_index, plan.revision)
    made = transfers_of(api, group)
    mine = _mine(made, plan)
    if mine is not None:
        if tags(mine).get(words.DIGEST) != plan.digest:
            return Unknown(f"{OTHER_BYTES}: {mine.text('id')}", needs_person=True)
        return Done(payouts=(_checked(mine, plan, leg),))
    if earlier := [one for one in made if _is_for(one, leg)]:
        return Failed(f"{leg.account} has its share by the transfer {earlier[0].text('id')} already")
    invoice = billed_by(api, plan)
    if invoice is None or not words.is_of(tags(invoice), plan):
        return Failed(f"Stripe has no invoice of {group} that this could be paid out of")
    receipts = receipts_of(api, invoice)
    refusal = _unfunded(plan, leg, invoice, receipts, made) or _unready(api, leg)
    if refusal is not None:
        return refusal
    source = _source(receipts, made, leg)
    if not source and (refusal := _uncovered(api, plan, leg, units)):
        return refusal
    params: dict[str, Any] = {
        "amount": units,
        "currency": plan.currency,
        "destination": leg.account,
        "transfer_group": group,
        "description": words.line_of(plan),
        "metadata": words.payout_tags(plan, leg),
        **({"source_transaction": source} if source else {}),
    }
    transfer = api.book("transfer", api.v1.transfers.create, params=params)
    return Done(payouts=(_checked(transfer, plan, leg),))


def ask_pay_out(api: Api, plan: Plan, leg: Leg) -> Outcome:
    """What the order to pay a payee has come to."""
    group = words.group_of(plan.contract_id, plan.milestone_index, plan.revision)
    mine = _mine(transfers_of(api, group), plan)
    if mine is None:
        return Failed("Stripe has no transfer of this order", retry_after_s=0)
    return Done(payouts=(_checked(mine, plan, leg),))


def reverse_payout(api: Api, plan: Plan, leg: Leg) -> Outcome:
    """Bring back all of a transfer, once. The payee's balance has to cover it, which Stripe alone judges."""
    outcome = ask_reverse(api, plan, leg, same_bytes=True)
    if not isinstance(outcome, Failed) or outcome.retry_after_s is None:
        return outcome
    transfer = api.read(api.v1.transfers.retrieve, plan.payout_id)
    left = transfer.whole("amount") - transfer.whole("amount_reversed")
    params = {"amount": left, "metadata": words.tags_of(plan)}
    reversal = api.book("reverse", api.v1.transfers.reversals.create, plan.payout_id, params=params)
    same(reversal, "amount", reversal.whole("amount"), left)
    same(reversal, "currency", reversal.text("currency"), plan.currency)
    same(reversal, "transfer", maybe(reversal, "transfer"), plan.payout_id)
    return ask_reverse(api, plan, leg)


def ask_reverse(api: Api, plan: Plan, leg: Leg, *, same_bytes: bool = False) -> Outcome:
    """What the order to bring a transfer back has come to; with `same_bytes` by the very same plan."""
    transfer = api.found(api.v1.transfers.retrieve, plan.payout_id)
    if transfer is None:
        return Failed(f"Stripe has no transfer {plan.payout_id}")
    facts = payout_facts(transfer)
    wanted = (leg.account, leg.amount_minor, plan.currency)
    if (facts.account, facts.amount_minor, facts.currency) != wanted:
        shown = money.show(facts.amount_minor, facts.currency)
        return Failed(f"{plan.payout_id} is a transfer of {shown} to {facts.account}, not the ordered one")
    reversals = api.every(api.v1.transfers.reversals.list, plan.payout_id)
    mine = next((one for one in reversals if tags(one).get(words.EVENT) == plan.event_id), None)
    if mine is not None and same_bytes and tags(mine).get(words.DIGEST) != plan.digest:
        return Unknown(f"{OTHER_BYTES}: {mine.text('id')}", needs_person=True)
    if mine is not None:
        same(transfer, "reversed", flag(transfer, "reversed"), True)
        return Done(payouts=(facts,))
    if facts.status == "reversed":
        return Failed(f"the transfer {plan.payout_id} was brought back before, by another order")
    return Failed("Stripe has no reversal of this order", retry_after_s=0)


def _mine(made: list[Object], plan: Plan) -> Object | None:
    return next((one for one in made if tags(one).get(words.EVENT) == plan.event_id), None)


def _is_for(transfer: Object, leg: Leg) -> bool:
    """Whether a transfer pays this payee's part; one that was made by hand pays every part."""
    part = str(leg.part)
    return maybe(transfer, "destination") == leg.account and tags(transfer).get(words.PART, part) == part


def _checked(transfer: Object, plan: Plan, leg: Leg) -> PayoutFacts:
    """The facts of the transfer that was ordered. Raises PayloadError for any other one."""
    facts = payout_facts(transfer)
    same(transfer, "amount", facts.amount_minor, leg.amount_minor)
    same(transfer, "currency", facts.currency, plan.currency)
    same(transfer, "destination", facts.account, leg.account)
    same(transfer, "metadata", tags(transfer).get(words.EVENT), plan.event_id)
    same(transfer, "metadata", facts.part, leg.part)
    return facts


def _unfunded(plan: Plan, leg: Leg, invoice: Object, receipts: Receipts, made: list[Object]) -> Failed | None:
    """Why the client's money does not cover this payout, where it has to."""
    shown = maybe(invoice, "number") or invoice.text("id")
    if receipts.disputed_minor:
        what = money.show(receipts.disputed_minor, plan.currency)
        return Failed(f"the client's bank asks {what} of invoice {shown} back", retry_after_s=DISPUTED_S)
    if maybe(invoice, "status") not in ("open", "paid", "uncollectible"):
        return Failed(f"the invoice {shown} is {maybe(invoice, 'status')}: nothing is paid out of it")
    if plan.disburse == "on_close":
        return None
    if maybe(invoice, "status") != "paid" and plan.partial != "pro_rata":
        return Failed(f"the invoice {shown} is not paid yet", retry_after_s=NOT_PAID_S)
    out_minor = sum(amount(one, "amount") - amount(one, "amount_reversed") for one in made)
    gone_minor = receipts.refunded_minor + receipts.lost_minor + out_minor
    if receipts.received_minor - gone_minor >= leg.amount_minor:
        return None
    left = money.show(max(0, receipts.received_minor - gone_minor), plan.currency)
    wait_s = NOT_PAID_S if maybe(invoice, "status") != "paid" else None
    return Failed(f"of what came in for invoice {shown} only {left} is left", retry_after_s=wait_s)


def _unready(api: Api, leg: Leg) -> Failed | None:
    """Why the payee can get nothing now. https://docs.stripe.com/connect/account-capabilities"""
    try:
        account = api.read(api.v1.accounts.retrieve, leg.account)
    except stripe.PermissionError as error:
        if code_of(error) != "account_invalid":
            raise
        return Failed(f"{leg.account} is not connected to this Stripe account: connect it, then retry")
    capabilities = account.get("capabilities")
    state = capabilities.get("transfers", "inactive") if isinstance(capabilities, dict) else "inactive"
    if state == "active":
        return None
    told = f"{leg.account} can not get transfers yet (transfers: {state}): its holder has to finish at Stripe"
    return Failed(told, retry_after_s=NOT_READY_S)


def _source(receipts: Receipts, made: list[Object], leg: Leg) -> str:
    """The oldest of the invoice's charges that this payout fits into, "" for none."""
    for charge in receipts.charges:
        out = [one for one in made if maybe(one, "source_transaction") == charge.id]
        room_minor = charge.amount_minor - charge.refunded_minor - sum(amount(one, "amount") for one in out)
        if not charge.is_disputed and room_minor >= leg.amount_minor:
            return charge.id
    return ""


def _uncovered(api: Api, plan: Plan, leg: Leg, units: int) -> Failed | None:
    """Why the available balance is not enough."""
    if available(api, plan.currency) >= units:
        return None
    wanted = money.show(leg.amount_minor, plan.currency)
    told = (
        f"the Stripe balance does not have {wanted} available for {leg.account}: it comes later, or add funds"
    )
    return Failed(told, retry_after_s=NO_FUNDS_S)


def available(api: Api, currency: str) -> int:
    """What the account can pay out now, in Stripe's units; below nothing where it owes."""
    balance = api.read(api.v1.balance.retrieve)
    parts = [one for one in balance.objects("available") if one.get("currency") == currency]
    amounts = [one.get("amount") for one in parts]
    return sum(value for value in amounts if type(value) is int)
