"""Reads an event as strictly as a payment platform should: every field, or a refusal that names it.

Written from docs/gateway-protocol.md alone and sharing no code with the gateway that sends these events, so
that a mistake there can not agree with itself here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app import money, strictjson
from app.errors import MoneyError, PayloadError

STATUSES = frozenset(
    {
        "waiting",
        "ready",
        "awaiting_acceptance",
        "triggered_for_disbursement",
        "invoiced",
        "paid",
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
_EVENT_ID = re.compile(r"evt_[A-Za-z0-9_-]{1,64}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)


class Refused(Exception):
    """An answer of 4xx: nothing was booked. `retry_after_s` where the same event may succeed later."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str = "",
        status: int = 422,
        retry_after_s: int = 0,
        event_id: str = "",
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.field = code, message, field
        self.status, self.retry_after_s, self.event_id = status, retry_after_s, event_id


@dataclass(frozen=True)
class Event:
    """A valid event. `legs` are the milestone's parts by account; `payout` is the leg to be paid now."""

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

    @property
    def asks_for(self) -> str:
        """open_invoice, payout, or tell."""
        if self.status == "triggered_for_disbursement":
            return "open_invoice"
        return "payout" if self.payout else "tell"


def read_event(body: bytes) -> Event:
    """Raises Refused with 400 for what is no JSON object, with 422 and the field for what breaks a rule."""
    try:
        event = strictjson.loads(body)
    except PayloadError as error:
        raise Refused("malformed", str(error), status=400) from error
    top = _members(event, "", _TOP)
    _require(top["event"] == "milestone.status_updated", "event", "must be milestone.status_updated")
    _match(_EVENT_ID, top["id"], "id", "must be evt_ and 1 to 64 letters, digits, _ or -")
    _moment(top["created_at"])
    data = _members(top["data"], "data", _DATA)
    destination = _members(
        data["payout_destination"], "data.payout_destination", ["account_token", "auto_clear"]
    )
    _require(
        isinstance(destination["auto_clear"], bool),
        "data.payout_destination.auto_clear",
        "must be true or false",
    )
    known = isinstance(data["status"], str) and data["status"] in STATUSES
    _require(known, "data.status", "is not a status of this protocol")
    context = top["context"]
    _require(isinstance(context, dict), "context", "must be an object")
    event = Event(
        id=top["id"],
        status=data["status"],
        contract_id=_text(data["contract_id"], "data.contract_id"),
        milestone_index=_whole(data["milestone_index"], "data.milestone_index"),
        title=_text(data["milestone_title"], "data.milestone_title"),
        amount_minor=_whole(data["amount_due_cents"], "data.amount_due_cents"),
        currency=_currency(data["currency"]),
        account=_text(destination["account_token"], "data.payout_destination.account_token"),
        auto_clear=destination["auto_clear"],
        revision=_whole(context.get("revision"), "context.revision"),
        legs=_legs(context.get("legs", [])),
        payout=_leg(context["payout"], "context.payout") if "payout" in context else None,
    )
    _consistent(event)
    return event


def _consistent(event: Event) -> None:
    total = sum(event.legs.values())
    if event.legs:
        _require(total == event.amount_minor, "context.legs", f"add up to {total}, not to amount_due_cents")
        _require(
            event.account in event.legs, "data.payout_destination.account_token", "is none of context.legs"
        )
    if event.payout:
        _require(
            event.status == "disbursing", "data.status", "must be disbursing where context.payout is set"
        )
        _require(
            event.payout[0] == event.account,
            "context.payout.account_token",
            "must be the account of data.payout_destination",
        )


def _require(holds: bool, field: str, message: str) -> None:
    if not holds:
        raise Refused("invalid_field", f"{field} {message}", field=field)


def _members(value: Any, field: str, names: list[str]) -> dict[str, Any]:
    """An object with exactly these members, in this order: the format is fixed."""
    _require(isinstance(value, dict), field or "the body", "must be an object")
    missing = [name for name in names if name not in value]
    unknown = [name for name in value if name not in names]
    prefix = f"{field}." if field else ""
    if missing:
        _require(False, prefix + missing[0], "is missing")
    if unknown:
        _require(False, prefix + unknown[0], "does not belong here; additions go into context")
    _require(
        list(value) == names, field or "the body", f"must have its fields in the order {', '.join(names)}"
    )
    members: dict[str, Any] = value
    return members


def _match(pattern: re.Pattern[str], value: Any, field: str, message: str) -> None:
    _require(isinstance(value, str) and pattern.fullmatch(value) is not None, field, message)


def _moment(value: Any) -> None:
    _match(_MOMENT, value, "created_at", "must be RFC 3339 in UTC, such as 2026-05-28T09:10:20Z")
    try:
        datetime.fromisoformat(value)
    except ValueError:
        _require(False, "created_at", "is no moment in time")


def _text(value: Any, field: str) -> str:
    _require(isinstance(value, str) and 1 <= len(value) <= 255, field, "must be 1 to 255 characters")
    return str(value)


def _whole(value: Any, field: str, least: int = 1) -> int:
    _require(type(value) is int and value >= least, field, f"must be a whole number of at least {least}")
    return int(value)


def _currency(value: Any) -> str:
    try:
        money.exponent(value if isinstance(value, str) else "")
    except MoneyError:
        _require(False, "data.currency", "must be a lower-case ISO 4217 code")
    return str(value)


def _leg(value: Any, field: str, least: int = 1) -> tuple[str, int]:
    leg = _members(value, field, ["account_token", "amount_cents"])
    account = _text(leg["account_token"], f"{field}.account_token")
    return account, _whole(leg["amount_cents"], f"{field}.amount_cents", least)


def _legs(value: Any) -> dict[str, int]:
    _require(isinstance(value, list), "context.legs", "must be a list")
    # A share of a tiny milestone may come to nothing; it stands there, but it is never paid out.
    legs = [_leg(entry, f"context.legs[{number}]", 0) for number, entry in enumerate(value)]
    by_account = dict(legs)
    _require(len(by_account) == len(legs), "context.legs", "names an account twice")
    return by_account
