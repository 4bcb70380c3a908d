"""The wire format: an order as the exact bytes of its event, and back. Pure.

`data` carries the same eight fields in the same order for every event; whatever else there is to say stands
beside it in `context`. Written down for payment platforms in docs/gateway-protocol.md.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Never

from app.gateways.base import Leg, Order

EVENT = "milestone.status_updated"
OPENS_INVOICE = "triggered_for_disbursement"
PAYS_LEG = "disbursing"

_EVENT_ID = re.compile(r"evt_[A-Za-z0-9_-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one of our own events asks for, as read back from its stored bytes.

    `leg` is set where one payee is to be paid; `legs` are all of the milestone's, empty where not said.
    """

    event_id: str
    opens_invoice: bool
    amount_minor: int
    currency: str
    leg: Leg | None
    legs: tuple[Leg, ...]

    @property
    def only_tells(self) -> bool:
        return not self.opens_invoice and self.leg is None


def write_event(order: Order) -> bytes:
    """`order` as compact UTF-8 JSON, the same bytes for equal orders.

    Raises ValueError for what the protocol has no room for: another kind of event id, a leg under another
    status, and in `order.context` a float, a `payout`, or another `revision` than the order's.
    """
    if _EVENT_ID.fullmatch(order.event_id) is None:
        raise ValueError(f"{order.event_id!r} is no event id")
    if order.leg is not None and order.status != PAYS_LEG:
        raise ValueError(f"a leg is paid under the status {PAYS_LEG}, not {order.status}")
    if "payout" in order.context or order.context.get("revision", order.revision) != order.revision:
        raise ValueError("payout and revision are written from the order itself")
    context: dict[str, object] = {**order.context, "revision": order.revision}
    if order.leg is not None:
        context["payout"] = {"account_token": order.leg.account, "amount_cents": order.leg.amount_minor}
    event = {
        "event": EVENT,
        "id": order.event_id,
        "created_at": order.created_at,
        "data": {
            "contract_id": order.contract_id,
            "milestone_index": order.milestone_index,
            "milestone_title": order.milestone_title,
            "amount_due_cents": order.amount_minor,
            "currency": order.currency,
            "status": order.status,
            "payout_destination": {
                "account_token": order.leg.account if order.leg else order.account,
                "auto_clear": order.auto_clear,
            },
        },
        # Equal mappings may differ in their order: sorted, so that equal orders give equal bytes.
        "context": json.loads(json.dumps(context, sort_keys=True), parse_float=_no_float),
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def read_event(body: bytes) -> Asked:
    """Read back what `write_event` wrote. Raises ValueError for anything else: it is not ours to send."""
    try:
        event: dict[str, Any] = json.loads(body)
        data, context = event["data"], event["context"]
        payout = context.get("payout")
        return Asked(
            event_id=event["id"],
            opens_invoice=data["status"] == OPENS_INVOICE,
            amount_minor=data["amount_due_cents"],
            currency=data["currency"],
            leg=_leg(payout) if payout is not None else None,
            legs=tuple(_leg(entry) for entry in context.get("legs", ())),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"these bytes are not an event of ours ({error!r})") from error


def _leg(entry: dict[str, Any]) -> Leg:
    return Leg(account=entry["account_token"], amount_minor=entry["amount_cents"])


def _no_float(text: str) -> Never:
    raise ValueError(f"{text} in the context: a float has no place beside money")
