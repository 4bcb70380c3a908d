"""Colours of labels as every forge writes them, and as we do: six lower-case hex digits. Pure."""

from __future__ import annotations

_SHORT = 3


def hex_digits(text: str) -> str:
    """ "#1D76DB" → "1d76db", "#f0a" → "ff00aa"."""
    digits = text.removeprefix("#").lower()
    return "".join(2 * digit for digit in digits) if len(digits) == _SHORT else digits
