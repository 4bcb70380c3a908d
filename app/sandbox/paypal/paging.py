"""Pages of a list, and the numbers and flags of a query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from app.sandbox.paypal.counter import Call
from app.sandbox.paypal.refusals import Refused, invalid

T = TypeVar("T")


def number(call: Call, name: str, fallback: int, most: int) -> int:
    """A whole number from 1 to `most`. Raises Refused."""
    text = call.query.get(name, str(fallback))
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise _refused(name, "INVALID_INTEGER_MIN_VALUE", "Value less than minimum value.", text)
    if int(text) > most:
        raise _refused(name, "INVALID_INTEGER_MAX_VALUE", "Value exceeds max value.", text)
    return int(text)


def flag(call: Call, name: str) -> bool:
    """ "true" or "false", which is the fallback. Raises Refused."""
    text = call.query.get(name, "false")
    if text not in ("true", "false"):
        raise _refused(name, "INVALID_PARAMETER_SYNTAX", "Should be true or false.", text)
    return text == "true"


def page_of(found: Sequence[T], page: int, size: int) -> tuple[list[T], int]:
    """What stands on a page, and how many pages there are."""
    starts = range(0, len(found), size)
    start = (page - 1) * size
    return list(found[start : start + size]), len(starts)


def _refused(name: str, issue: str, description: str, value: str) -> Refused:
    refusal = invalid((name,), issue, description, value)
    refusal.body["details"][0] |= {"field": name, "location": "query"}
    return refusal
