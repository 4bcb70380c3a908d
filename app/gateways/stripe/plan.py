"""An order as the stored bytes from which every request to Stripe is made, and back. Pure.

Stripe takes no single request for an order: these bytes are our own, and all that an attempt needs stands in
them. The moment of the order does not, so that the same order is the same plan whenever it is drafted.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, get_args

from app.gateways.base import Leg, Operation, Order

_NEEDS: dict[str, tuple[str, ...]] = {
    "pay_out": ("leg",),
    "void_invoice": ("invoice_id",),
    "reverse_payout": ("leg", "payout_id"),
    "credit_note": ("invoice_id",),
}
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Party:
    """The seller or the client, as far as the order names them."""

    name: str = ""
    email: str = ""
    address: tuple[str, ...] = ()
    tax_id: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one order asks of Stripe. Amounts are minor units of ISO 4217.

    `digest` is a fingerprint of the bytes: Stripe keeps it beside what was made by them. `disburse` and
    `partial` are words of the contract file where they are unusual, else "".
    """

    event_id: str
    operation: Operation
    contract_id: str
    contract_title: str
    milestone_index: int
    milestone_title: str
    revision: int
    amount_minor: int
    currency: str
    leg: Leg | None
    legs: tuple[Leg, ...]
    invoice_id: str
    payout_id: str
    net_days: int
    seller: Party
    client: Party
    disburse: str
    partial: str
    issues: tuple[str, ...]
    reason: str
    digest: str = ""


def write_plan(order: Order) -> bytes:
    """The canonical bytes of `order`, the same for equal orders. Raises ValueError for one that lacks what
    it is about, or whose context holds what no order has.
    """
    missing = [name for name in _NEEDS.get(order.operation, ()) if not getattr(order, name)]
    if missing:
        raise ValueError(f"{order.operation} is about {', '.join(missing)}, which it does not name")
    context: Mapping[str, Any] = order.context
    reason = context.get("reason", "")
    if not isinstance(reason, str) or len(reason) > _LONGEST_REASON:
        raise ValueError(f"a credit note's reason is text of at most {_LONGEST_REASON} characters")
    legs = [Leg(one["account_token"], one["amount_cents"]) for one in context.get("legs", ())]
    plan = Plan(
        event_id=order.event_id,
        operation=order.operation,
        contract_id=order.contract_id,
        contract_title=context.get("contract_title", ""),
        milestone_index=order.milestone_index,
        milestone_title=order.milestone_title,
        revision=order.revision,
        amount_minor=order.amount_minor,
        currency=order.currency,
        leg=order.leg,
        legs=tuple(legs),
        invoice_id=order.invoice_id,
        payout_id=order.payout_id,
        net_days=context.get("net_days", 0),
        seller=_party(context.get("seller", {})),
        client=_party(context.get("client", {})),
        disburse=context.get("disburse", ""),
        partial=context.get("partial", ""),
        issues=tuple(context.get("issues", ())),
        reason=reason,
    )
    plain = {name: value for name, value in asdict(plan).items() if name != "digest"}
    return json.dumps(
        plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def read_plan(body: bytes) -> Plan:
    """Read back what `write_plan` wrote. Raises ValueError for anything else: it is not ours to send."""
    try:
        plain: dict[str, Any] = json.loads(body)
        plain |= {
            "leg": Leg(**plain["leg"]) if plain["leg"] else None,
            "legs": tuple(Leg(**one) for one in plain["legs"]),
            "seller": _party(plain["seller"]),
            "client": _party(plain["client"]),
            "issues": tuple(plain["issues"]),
        }
        plan = Plan(**plain, digest=hashlib.sha256(body).hexdigest()[:32])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"these bytes are not an order of ours ({error!r})") from error
    if plan.operation not in get_args(Operation):
        raise ValueError(f"these bytes ask for {plan.operation!r}")
    return plan


def step_key(key: str, step: str) -> str:
    """The idempotency key of one step of the order `key`: itself where it fits, else its SHA-256.

    https://docs.stripe.com/api/idempotent_requests: at most 255 characters.
    """
    whole = f"{key}/{step}"
    fits = re.fullmatch(r"[\x21-\x7e]{1,255}", whole, re.ASCII)
    return whole if fits else f"sha256-{hashlib.sha256(whole.encode()).hexdigest()}"


def _party(plain: Mapping[str, Any]) -> Party:
    return Party(
        plain.get("name", ""),
        plain.get("email", ""),
        tuple(plain.get("address", ())),
        plain.get("tax_id", ""),
    )
