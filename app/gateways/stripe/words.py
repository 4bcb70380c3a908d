"""What stands on an invoice and in the metadata of what we make at Stripe. Pure.

Metadata is how everything of ours is found again; https://docs.stripe.com/metadata: at most 50 names, values
of at most 500 characters, and an empty value takes a name away.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from app.gateways.base import Leg
from app.gateways.stripe.papers import number
from app.gateways.stripe.plan import Party, Plan

EVENT = "closeout_event"
"""The id of the order that something was made by."""
OF_INVOICE = "closeout_invoice_event"
"""The id of the order that opened the invoice that something belongs to."""
CONTRACT, MILESTONE, REVISION = "closeout_contract", "closeout_milestone", "closeout_revision"
TITLE, LEGS, CLIENT = "closeout_title", "closeout_legs", "closeout_client"
ACCOUNT, PART = "closeout_account", "closeout_part"
DIGEST = "closeout_order"
SENT = "closeout_sent"
"""Set on an invoice once Stripe was told to mail it: Stripe itself does not show that."""
VOIDED_BY, VOID_DIGEST = "closeout_voided_by", "closeout_void_order"

_LONGEST = 500
_MOST_LEGS_VALUES = 20
_PLAIN = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)


def tags_of(plan: Plan, **more: str) -> dict[str, str]:
    """The metadata of what the order of `plan` makes."""
    known = {
        EVENT: plan.event_id,
        CONTRACT: plan.contract_id,
        MILESTONE: str(plan.milestone_index),
        REVISION: str(plan.revision),
        DIGEST: plan.digest,
        **more,
    }
    return {name: value[:_LONGEST] for name, value in known.items() if value}


def invoice_tags(plan: Plan) -> dict[str, str]:
    return tags_of(plan, **{TITLE: plan.milestone_title}, **_packed(plan.legs))


def payout_tags(plan: Plan, leg: Leg) -> dict[str, str]:
    return tags_of(plan, **{ACCOUNT: leg.account, PART: str(leg.part)})


def is_of(metadata: Mapping[str, str], plan: Plan) -> bool:
    """Whether something belongs to the plan's milestone, in whichever revision."""
    of_it = (metadata.get(CONTRACT), metadata.get(MILESTONE))
    return of_it == (plan.contract_id[:_LONGEST], str(plan.milestone_index))


def legs_in(metadata: Mapping[str, str]) -> tuple[Leg, ...] | None:
    """The payees that an invoice's metadata names; None where it does not."""
    texts = [value for name, value in sorted(metadata.items()) if name.startswith(LEGS)]
    words = [word.rpartition(":") for word in " ".join(texts).split()]
    if not words or not all(account and amount.isdecimal() for account, _, amount in words):
        return None
    return tuple(Leg(account, int(amount)) for account, _, amount in words)


def _packed(legs: tuple[Leg, ...]) -> dict[str, str]:
    """Every payee's account and amount, over as many values as that takes; nothing where that is too many."""
    values = [""]
    for leg in legs:
        word = f"{leg.account}:{leg.amount_minor}"
        if len(values[-1]) + len(word) >= _LONGEST:
            values.append("")
        values[-1] = f"{values[-1]} {word}".strip()
    if len(values) > _MOST_LEGS_VALUES:
        return {}
    return {f"{LEGS}_{place:02d}": value for place, value in enumerate(values)}


def group_of(contract_id: str, milestone_index: int, revision: int) -> str:
    """The transfer group of one invoice's payouts."""
    group = f"{contract_id}/{milestone_index}/r{revision}"
    return group if _PLAIN.fullmatch(group) else f"sha256-{hashlib.sha256(group.encode()).hexdigest()}"


def group_in(metadata: Mapping[str, str]) -> str:
    """The transfer group of the invoice with this metadata."""
    milestone, revision = metadata.get(MILESTONE, ""), metadata.get(REVISION, "")
    return group_of(metadata.get(CONTRACT, ""), number(milestone), number(revision))


def customer_of(plan: Plan) -> dict[str, Any]:
    """The parameters of the client as Stripe's customer: one for each contract and each state of its details.

    Its credit is Stripe's customer balance, so that no other contract uses it up.
    """
    client = plan.client
    details = "\n".join((client.name, client.email, client.tax_id, *client.address))
    metadata = {CONTRACT: plan.contract_id, CLIENT: hashlib.sha256(details.encode()).hexdigest()[:32]}
    return {
        "email": client.email,
        "name": client.name[:256],
        "description": f"Client of contract {plan.contract_id}"[:_LONGEST],
        "metadata": {name: value[:_LONGEST] for name, value in metadata.items()},
        **({"address": _address(client.address)} if client.address else {}),
    }


def line_of(plan: Plan) -> str:
    """What the client reads beside the amount."""
    title = plan.contract_title or plan.contract_id
    return f"{title}: {plan.milestone_title}"[:250]


def texts_of(plan: Plan) -> dict[str, Any]:
    """The invoice's memo, footer and custom fields. https://docs.stripe.com/invoicing/customize"""
    finished = "".join(f"\n{url}" for url in plan.issues)
    memo = f"{plan.contract_title or plan.contract_id}, milestone {plan.milestone_index}{finished}"
    fields = {
        "Contract": plan.contract_id,
        "Milestone": f"{plan.milestone_index}: {plan.milestone_title}",
        "Your tax ID": plan.client.tax_id,
    }
    shown = [{"name": name, "value": value[:140]} for name, value in fields.items() if value]
    texts = {"description": memo[:_LONGEST], "footer": _signed(plan.seller), "custom_fields": shown}
    return {name: value for name, value in texts.items() if value}


def _signed(seller: Party) -> str:
    """Who bills, as the law wants it on the paper."""
    tax_id = f"Tax ID {seller.tax_id}" if seller.tax_id else ""
    return " · ".join(text for text in (seller.name, *seller.address, seller.email, tax_id) if text)[:1000]


def _address(lines: tuple[str, ...]) -> dict[str, str]:
    """Free lines as Stripe's fields: a country code at the end is one, the others stay as they are."""
    *rest, last = lines
    country = last if re.fullmatch(r"[A-Z]{2}", last, re.ASCII) else ""
    first, *more = [*rest, *([] if country else [last])] or [""]
    fields = {"line1": first[:200], "line2": ", ".join(more)[:200], "country": country}
    return {name: value for name, value in fields.items() if value}
