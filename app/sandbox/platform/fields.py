"""One field of an event at a time: it is as the protocol says, or the event is refused by its name."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from app import money
from app.errors import MoneyError

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


def require(holds: bool, field: str, message: str) -> None:
    if not holds:
        raise Refused("invalid_field", f"{field} {message}", field=field)


def members(value: Any, field: str, names: list[str], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """An object with exactly these members, the `optional` ones or not."""
    require(isinstance(value, dict), field or "the body", "must be an object")
    missing = [name for name in names if name not in value]
    unknown = [name for name in value if name not in (*names, *optional)]
    prefix = f"{field}." if field else ""
    if missing:
        require(False, prefix + missing[0], "is missing")
    if unknown:
        require(False, prefix + unknown[0], "does not belong here; additions go into context")
    found: dict[str, Any] = value
    return found


def in_order(value: Any, field: str, names: list[str]) -> dict[str, Any]:
    """An object with exactly these members, in this order: the format is fixed."""
    found = members(value, field, names)
    require(
        list(found) == names, field or "the body", f"must have its fields in the order {', '.join(names)}"
    )
    return found


def match(pattern: re.Pattern[str], value: Any, field: str, message: str) -> None:
    require(isinstance(value, str) and pattern.fullmatch(value) is not None, field, message)


def moment(value: Any) -> None:
    match(_MOMENT, value, "created_at", "must be RFC 3339 in UTC, such as 2026-05-28T09:10:20Z")
    try:
        datetime.fromisoformat(value)
    except ValueError:
        require(False, "created_at", "is no moment in time")


def text(value: Any, field: str, longest: int = 255) -> str:
    require(
        isinstance(value, str) and 1 <= len(value) <= longest, field, f"must be 1 to {longest} characters"
    )
    return str(value)


def whole(value: Any, field: str, least: int = 1) -> int:
    require(type(value) is int and value >= least, field, f"must be a whole number of at least {least}")
    return int(value)


def currency(value: Any) -> str:
    try:
        money.exponent(value if isinstance(value, str) else "")
    except MoneyError:
        require(False, "data.currency", "must be a lower-case ISO 4217 code")
    return str(value)
