"""JSON as the sender must mean it. Pure; used on what strangers may send, after its signature was checked.

The standard parser takes more than RFC 8259 allows and more than is safe: NaN, a name twice (the last one
wins, silently), integers of any length, lone surrogates, and nesting until the stack ends. All are refused.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from app.errors import PayloadError

DEEPEST = 60
"""Real deliveries nest about six levels."""
LONGEST_NUMBER = 30

_MEND = "Send plain JSON (RFC 8259)"
# A string without an end runs to the end of the text, so that no character is looked at twice.
_STRING_OR_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


def loads(body: bytes) -> Any:
    """Decode a body, its fractions as Decimal. Raises PayloadError alone, for what is not plain JSON."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PayloadError(f"the body is not UTF-8 (byte {error.start})", where="body", mend=_MEND) from error
    if _depth(text) > DEEPEST:
        raise PayloadError(f"the body nests more than {DEEPEST} levels", where="body", mend=_MEND)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_members,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_real,
        )
    except json.JSONDecodeError as error:
        where = f"body:{error.lineno}:{error.colno}"
        raise PayloadError(f"the body is not JSON: {error.msg}", where=where, mend=_MEND) from error
    if "\\u" in text:
        _refuse_surrogates(value)
    return value


def _depth(text: str) -> int:
    """How deep brackets nest outside strings, without building anything."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return 0
    deepest = depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        if match[0] in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif match[0] in "]}":
            depth -= 1
    return deepest


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise PayloadError(
                f"the field {name[:60]!r} stands twice in one object", where="body", mend=_MEND
            )
        members[name] = value
    return members


def _constant(word: str) -> Any:
    raise PayloadError(f"{word} is not JSON", where="body", mend=_MEND)


def _integer(digits: str) -> int:
    return int(_short(digits))


def _real(digits: str) -> Decimal:
    """As it was written: a binary fraction would be another number, and 1e999 none at all."""
    try:
        return Decimal(_short(digits))
    except InvalidOperation as error:
        raise PayloadError("a number is too large", where="body", mend=_MEND) from error


def _short(digits: str) -> str:
    if len(digits) > LONGEST_NUMBER:
        raise PayloadError(f"a number has {len(digits)} digits", where="body", mend=_MEND)
    return digits


def _refuse_surrogates(value: Any) -> None:
    """Half a character can be decoded but not stored or printed."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += one.keys()
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str) and any("\ud800" <= char <= "\udfff" for char in one):
            raise PayloadError("the body has half of a surrogate pair", where="body", mend=_MEND)
