"""Reads an event as strictly as a payment platform should: every field, or a refusal that names it.

Written from docs/gateway-protocol.md alone and sharing no code with the gateway that sends these events, so
that a mistake there can not agree with itself here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from app import strictjson
from app.errors import PayloadError
from app.sandbox.platform import fields

STATUSES = frozenset(
    {
        "waiting",
        "ready",
        "awaiting_acceptance",
        "triggered_for_disbursement",
        "invoiced",
        "paid",
        "voiding",
        "refunding",
        "refunded",
        "awaiting_approval",
        "disbursing",
        "disbursed",
        "partially_disbursed",
        "held",
        "withdrawn",
        "voided",
        "disputed",
        "unknown",
        "failed",
    }
)
_TOP = ["event", "id", "created_at", "data", "context"]
_DATA = [
    "contract_id",
    "milestone_index",
    "milestone_title",
    "amount_due_cents",
    "currency",
    "status",
    "payout_destination",
]
_ASKED_UNDER = {"payout": "disbursing", "void": "voiding", "reversal": "refunding", "credit": "refunding"}
"""The members of context that ask for something, and the status that each goes with."""
_EVENT_ID = re.compile(r"evt_[A-Za-z0-9_-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Reversal:
    """A payout that is to be brought back, whole."""

    payout_id: str
    account: str
    amount_minor: int


@dataclass(frozen=True)
class Credit:
    """An invoice whose payment the client is to get back, whole; `reason` is printed on the credit note."""

    invoice_id: str
    amount_minor: int
    reason: str


@dataclass(frozen=True)
class Event:
    """A valid event. `legs` are the milestone's parts by account; `payout` is the leg to be paid now.

    `part` counts the payments to one payee. `void` is the id of the invoice to void. At most one of payout,
    void, reversal and credit is there. `disburse` and `partial` are how payments are handled, where unusual.
    """

    id: str
    status: str
    contract_id: str
    milestone_index: int
    title: str
    amount_minor: int
    currency: str
    account: str
    auto_clear: bool
    revision: int
    legs: dict[str, int]
    payout: tuple[str, int] | None
    void: str
    reversal: Reversal | None
    credit: Credit | None
    part: int = 1
    disburse: str = ""
    partial: str = ""

    @property
    def is_prefunded(self) -> bool:
        """Payees are paid before the client pays, out of what the seller has put in."""
        return self.disburse == "on_close"

    @property
    def in_parts(self) -> bool:
        """Payees get their part of each payment of the client."""
        return self.partial == "pro_rata"

    @property
    def asks_for(self) -> str:
        """open_invoice, payout, void_invoice, reverse_payout, credit_note, or tell."""
        if self.status == "triggered_for_disbursement":
            return "open_invoice"
        asked = {
            "payout": self.payout,
            "void_invoice": self.void,
            "reverse_payout": self.reversal,
            "credit_note": self.credit,
        }
        return next((name for name, value in asked.items() if value), "tell")


def read_event(body: bytes) -> Event:
    """Raises Refused with 400 for what is no JSON object, with 422 and the field for what breaks a rule."""
    try:
        event = strictjson.loads(body)
    except PayloadError as error:
        raise fields.Refused("malformed", str(error), status=400) from error
    top = fields.in_order(event, "", _TOP)
    fields.require(top["event"] == "milestone.status_updated", "event", "must be milestone.status_updated")
    fields.match(_EVENT_ID, top["id"], "id", "must be evt_ and 1 to 64 letters, digits, _ or -")
    fields.moment(top["created_at"])
    data = fields.in_order(top["data"], "data", _DATA)
    destination = fields.in_order(
        data["payout_destination"], "data.payout_destination", ["account_token", "auto_clear"]
    )
    fields.require(
        isinstance(destination["auto_clear"], bool),
        "data.payout_destination.auto_clear",
        "must be true or false",
    )
    known = isinstance(data["status"], str) and data["status"] in STATUSES
    fields.require(known, "data.status", "is not a status of this protocol")
    context = top["context"]
    fields.require(isinstance(context, dict), "context", "must be an object")
    event = Event(
        id=top["id"],
        status=data["status"],
        contract_id=fields.text(data["contract_id"], "data.contract_id"),
        milestone_index=fields.whole(data["milestone_index"], "data.milestone_index"),
        title=fields.text(data["milestone_title"], "data.milestone_title"),
        amount_minor=fields.whole(data["amount_due_cents"], "data.amount_due_cents"),
        currency=fields.currency(data["currency"]),
        account=fields.text(destination["account_token"], "data.payout_destination.account_token"),
        auto_clear=destination["auto_clear"],
        revision=fields.whole(context.get("revision"), "context.revision"),
        legs=_legs(context.get("legs", [])),
        payout=_leg(context["payout"], "context.payout", parts=True) if "payout" in context else None,
        void=_void(context["void"]) if "void" in context else "",
        reversal=_reversal(context["reversal"]) if "reversal" in context else None,
        credit=_credit(context["credit"]) if "credit" in context else None,
        part=context.get("payout", {}).get("part", 1),
        disburse=_one_of(context, "disburse", "on_close"),
        partial=_one_of(context, "partial", "pro_rata"),
    )
    _consistent(event, [member for member in _ASKED_UNDER if member in context])
    return event


def _consistent(event: Event, asked: list[str]) -> None:
    total = sum(event.legs.values())
    if event.legs:
        fields.require(
            total == event.amount_minor, "context.legs", f"add up to {total}, not to amount_due_cents"
        )
        fields.require(
            event.account in event.legs, "data.payout_destination.account_token", "is none of context.legs"
        )
    both = event.is_prefunded and event.in_parts
    fields.require(not both, "context.partial", "means nothing where payees are paid in advance")
    fields.require(len(asked) < 2, "context", f"asks for {' and '.join(asked)} in one event")
    for member in asked:
        status = _ASKED_UNDER[member]
        fields.require(
            event.status == status, "data.status", f"must be {status} where context.{member} is set"
        )
    if event.payout:
        _same_account(event, "context.payout.account_token", event.payout[0])
    if event.reversal:
        _same_account(event, "context.reversal.account_token", event.reversal.account)
    if event.credit:
        fields.require(
            event.credit.amount_minor == event.amount_minor,
            "context.credit.amount_cents",
            "must be amount_due_cents: a payment is given back whole",
        )


def _same_account(event: Event, field: str, account: str) -> None:
    fields.require(account == event.account, field, "must be the account of data.payout_destination")


def _one_of(context: dict[str, Any], name: str, word: str) -> str:
    value = context.get(name, "")
    fields.require(value in ("", word), f"context.{name}", f"must be {word}, or left out")
    return str(value)


def _leg(value: Any, field: str, least: int = 1, *, parts: bool = False) -> tuple[str, int]:
    leg = fields.members(value, field, ["account_token", "amount_cents"], ("part",) if parts else ())
    fields.whole(leg.get("part", 2), f"{field}.part", 2)  # the first part is not called one
    account = fields.text(leg["account_token"], f"{field}.account_token")
    return account, fields.whole(leg["amount_cents"], f"{field}.amount_cents", least)


def _void(value: Any) -> str:
    void = fields.members(value, "context.void", ["invoice_id"])
    return fields.text(void["invoice_id"], "context.void.invoice_id")


def _reversal(value: Any) -> Reversal:
    names = ["payout_id", "account_token", "amount_cents"]
    reversal = fields.members(value, "context.reversal", names, ("part",))
    fields.whole(reversal.get("part", 2), "context.reversal.part", 2)
    return Reversal(
        payout_id=fields.text(reversal["payout_id"], "context.reversal.payout_id"),
        account=fields.text(reversal["account_token"], "context.reversal.account_token"),
        amount_minor=fields.whole(reversal["amount_cents"], "context.reversal.amount_cents"),
    )


def _credit(value: Any) -> Credit:
    credit = fields.members(value, "context.credit", ["invoice_id", "amount_cents"], ("reason",))
    return Credit(
        invoice_id=fields.text(credit["invoice_id"], "context.credit.invoice_id"),
        amount_minor=fields.whole(credit["amount_cents"], "context.credit.amount_cents"),
        reason=fields.text(credit["reason"], "context.credit.reason", 500) if "reason" in credit else "",
    )


def _legs(value: Any) -> dict[str, int]:
    fields.require(isinstance(value, list), "context.legs", "must be a list")
    # A share of a tiny milestone may come to nothing; it stands there, but it is never paid out.
    legs = [_leg(entry, f"context.legs[{number}]", 0) for number, entry in enumerate(value)]
    by_account = dict(legs)
    fields.require(len(by_account) == len(legs), "context.legs", "names an account twice")
    return by_account
