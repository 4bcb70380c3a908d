"""The wire format: an order as the exact bytes of its event, and back. Pure.

`data` carries the same eight fields in the same order for every event; whatever else there is to say stands
beside it in `context`. Written down for payment platforms in docs/gateway-protocol.md.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Never

from app.gateways.base import Leg, Operation, Order

EVENT = "milestone.status_updated"

_WORDS: dict[Operation, str] = {
    "open_invoice": "triggered_for_disbursement",
    "pay_out": "disbursing",
    "void_invoice": "voiding",
    "reverse_payout": "refunding",
    "credit_note": "refunding",
}
"""The status that each operation goes out under; "tell" goes out under any word."""
_MEMBERS: dict[str, Operation] = {
    "payout": "pay_out",
    "void": "void_invoice",
    "reversal": "reverse_payout",
    "credit": "credit_note",
}
"""The member of `context` that asks for each; the invoice is asked for by its status alone."""
_NEEDS: dict[Operation, set[str]] = {
    "pay_out": {"leg"},
    "void_invoice": {"invoice_id"},
    "reverse_payout": {"leg", "payout_id"},
    "credit_note": {"invoice_id"},
}
_LONGEST_REASON = 500
_EVENT_ID = re.compile(r"evt_[A-Za-z0-9_-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one of our own events asks for, as read back from its stored bytes.

    `leg` is the payee of pay_out and reverse_payout; `legs` are all of the milestone's, empty where not said.
    `in_parts`: each may be paid in parts, as the client's payments come in.
    `invoice_id` is set for void_invoice and credit_note, `payout_id` for reverse_payout.
    """

    event_id: str
    operation: Operation
    amount_minor: int
    currency: str
    leg: Leg | None
    legs: tuple[Leg, ...]
    invoice_id: str = ""
    payout_id: str = ""
    in_parts: bool = False

    @property
    def only_tells(self) -> bool:
        return self.operation == "tell"


def write_event(order: Order) -> bytes:
    """`order` as compact UTF-8 JSON, the same bytes for equal orders.

    Raises ValueError for what the protocol has no room for: another kind of event id, an operation under
    another status than its own or without what it is about, and in `order.context` a float, a member that is
    written from the order itself, another `revision` than the order's, or a credit note's `reason` that is
    not text of at most 500 characters.
    """
    if _EVENT_ID.fullmatch(order.event_id) is None:
        raise ValueError(f"{order.event_id!r} is no event id")
    operation = _operation(order)
    _check(order, operation)
    context: dict[str, object] = {**order.context, "revision": order.revision}
    reason = context.pop("reason", "") if operation == "credit_note" else ""
    context.update(_asking(order, operation, reason))
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


def _operation(order: Order) -> Operation:
    """What `order` asks for; whoever sets no operation asks by the status and the leg."""
    if order.operation != "tell":
        return order.operation
    if order.status == _WORDS["open_invoice"]:
        return "open_invoice"
    return "pay_out" if order.leg is not None else "tell"


def _check(order: Order, operation: Operation) -> None:
    word = _WORDS.get(operation, order.status)
    if order.status != word:
        raise ValueError(f"{operation} goes out under the status {word}, not {order.status}")
    given = {name for name in ("leg", "invoice_id", "payout_id") if getattr(order, name)}
    if operation in ("tell", "open_invoice", "pay_out"):
        given &= {"leg"}  # the ids are not sent then
    needed = _NEEDS.get(operation, set())
    if given != needed:
        raise ValueError(f"{operation} is about {sorted(needed) or 'nothing'}, not about {sorted(given)}")
    if _MEMBERS.keys() & order.context.keys():
        raise ValueError(f"{', '.join(_MEMBERS)} are written from the order itself")
    if order.context.get("revision", order.revision) != order.revision:
        raise ValueError("the revision is written from the order itself")


def _asking(order: Order, operation: Operation, reason: object) -> dict[str, object]:
    """The member of `context` that asks for `operation`."""
    leg: dict[str, object] = {}
    if order.leg is not None:
        leg = {"account_token": order.leg.account, "amount_cents": order.leg.amount_minor}
        if order.leg.part > 1:
            leg["part"] = order.leg.part
    if operation == "pay_out":
        return {"payout": leg}
    if operation == "reverse_payout":
        return {"reversal": {**leg, "payout_id": order.payout_id}}
    if operation == "void_invoice":
        return {"void": {"invoice_id": order.invoice_id}}
    if operation == "credit_note":
        if not isinstance(reason, str) or len(reason) > _LONGEST_REASON:
            raise ValueError(f"a credit note's reason is text of at most {_LONGEST_REASON} characters")
        credit = {"invoice_id": order.invoice_id, "amount_cents": order.amount_minor}
        return {"credit": {**credit, "reason": reason} if reason else credit}
    return {}


def read_event(body: bytes) -> Asked:
    """Read back what `write_event` wrote. Raises ValueError for anything else: it is not ours to send."""
    try:
        event: dict[str, Any] = json.loads(body)
        data, context = event["data"], event["context"]
        operation = _operation_in(data["status"], context)
        about: dict[str, Any] = next(
            (context[member] for member, asks in _MEMBERS.items() if asks == operation), {}
        )
        needed = _NEEDS.get(operation, set())
        return Asked(
            event_id=event["id"],
            operation=operation,
            amount_minor=data["amount_due_cents"],
            currency=data["currency"],
            leg=_leg(about) if "leg" in needed else None,
            legs=tuple(_leg(entry) for entry in context.get("legs", ())),
            invoice_id=about["invoice_id"] if "invoice_id" in needed else "",
            payout_id=about["payout_id"] if "payout_id" in needed else "",
            in_parts=context.get("partial") == "pro_rata",
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"these bytes are not an event of ours ({error!r})") from error


def _operation_in(status: str, context: dict[str, Any]) -> Operation:
    found = [operation for member, operation in _MEMBERS.items() if context.get(member) is not None]
    if status == _WORDS["open_invoice"]:
        found.append("open_invoice")
    if len(found) > 1 or any(_WORDS[operation] != status for operation in found):
        raise ValueError(f"these bytes ask for {', '.join(found)} under the status {status}")
    return found[0] if found else "tell"


def _leg(entry: dict[str, Any]) -> Leg:
    return Leg(account=entry["account_token"], amount_minor=entry["amount_cents"], part=entry.get("part", 1))


def _no_float(text: str) -> Never:
    raise ValueError(f"{text} in the context: a float has no place beside money")
