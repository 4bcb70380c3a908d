"""Decimal text as minor units. Pure."""

from __future__ import annotations

import re

from app import money

_DECIMAL = re.compile(r"\+?([0-9]*)(?:\.([0-9]*))?", re.ASCII)
_LONGEST = 40


def read_amount(text: str, currency: str) -> int:
    """Read an unsigned xs:decimal ("0012.5", ".50", "12") as minor units, exactly. Raises MoneyError."""
    plain = text.strip()
    match = _DECIMAL.fullmatch(plain) if len(plain) <= _LONGEST else None
    if match is None or not (match[1] or match[2]):
        return money.parse_amount(plain[:_LONGEST] or text, currency)  # which says what an amount looks like
    fraction = f".{match[2]}" if match[2] else ""
    return money.parse_amount((match[1].lstrip("0") or "0") + fraction, currency)
