"""Amounts of money: integers in the minor unit of an ISO 4217 currency. The only file that divides.

An amount is never a float. Currencies are lower-case codes ("usd"), amounts carry the suffix `_minor`,
and shares are exact fractions. Source of the exponents: ISO 4217 (package `iso4217`): JPY 0, USD 2, KWD 3.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import cache

from iso4217 import Currency

from app.errors import MoneyError

_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,14})(?:\.([0-9]+))?", re.ASCII)
_SHARE = re.compile(r"(0|[1-9][0-9]{0,2})(?:\.([0-9]{1,6}))?\s?%", re.ASCII)


@cache
def exponent(currency: str) -> int:
    """Digits after the point in `currency` ("usd" → 2). Raises MoneyError for a code that bills nothing."""
    try:
        found = Currency(currency.upper()) if re.fullmatch(r"[a-z]{3}", currency) else None
    except ValueError:
        found = None
    if found is None or found.exponent is None:
        raise MoneyError(
            f"unknown currency {currency!r}", mend="Use a lower-case ISO 4217 code, for example usd, eur, jpy"
        )
    return int(found.exponent)


def parse_amount(text: str, currency: str) -> int:
    """Read "30000.00" as minor units of `currency`, exactly. Raises MoneyError rather than round."""
    digits = exponent(currency)
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise MoneyError(
            f"{text!r} is not an amount",
            mend="Write digits with a point before the minor unit and nothing else, for example 30000.00",
        )
    whole, fraction = match[1], match[2] or ""
    if fraction.rstrip("0") and len(fraction.rstrip("0")) > digits:
        raise MoneyError(
            f"{text} can not be represented in {currency}, which has {digits} digits after the point",
            mend=f"Use at most {digits} digits after the point",
        )
    return int(whole + fraction[:digits].ljust(digits, "0"))


def parse_share(text: str) -> Fraction:
    """Read "30%" or "33.3333%" as an exact fraction of one. Raises MoneyError."""
    match = _SHARE.fullmatch(text)
    if match is None:
        raise MoneyError(f"{text!r} is not a share", mend="Write a percentage, for example 25% or 33.33%")
    share = Fraction(f"{match[1]}.{match[2] or 0}") / 100
    if not 0 < share <= 1:
        raise MoneyError(f"a share of {text} is outside 0–100%", mend="Write more than 0% and at most 100%")
    return share


def split(total_minor: int, weights: Sequence[Fraction | int]) -> list[int]:
    """Divide `total_minor` in proportion to `weights` by largest remainder; the parts add up to the unit.

    Leftover units go to the largest remainders, earlier parts first, so equal input gives equal output.
    Weights are non-negative and not all zero, else MoneyError. A negative total mirrors its positive.
    """
    whole = sum((Fraction(weight) for weight in weights), Fraction(0))
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise MoneyError("shares must not be negative and must not all be zero")
    if total_minor < 0:
        return [-part for part in split(-total_minor, weights)]
    exact = [total_minor * Fraction(weight) / whole for weight in weights]
    parts = [part.numerator // part.denominator for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: total_minor - sum(parts)]:
        parts[i] += 1
    if sum(parts) != total_minor:
        raise MoneyError(f"split of {total_minor} gave {parts}: the parts do not add up")
    return parts


def add(*amounts: tuple[int, str]) -> tuple[int, str]:
    """Add (amount_minor, currency) pairs of one currency. Raises MoneyError when currencies mix."""
    currencies = {currency for _, currency in amounts}
    if len(currencies) != 1:
        raise MoneyError(f"can not add {', '.join(sorted(currencies)) or 'nothing'} together")
    return sum(amount for amount, _ in amounts), currencies.pop()


def write_amount(amount_minor: int, currency: str) -> str:
    """The inverse of `parse_amount`: (750000, "usd") → "7500.00"; (1500, "jpy") → "1500". Not negative."""
    digits = exponent(currency)
    text = str(amount_minor).rjust(digits + 1, "0")
    return f"{text[:-digits]}.{text[-digits:]}" if digits else text


def show(amount_minor: int, currency: str) -> str:
    """Write minor units for people: (750000, "usd") → "7,500.00 usd"; (1500, "jpy") → "1,500 jpy"."""
    whole, point, fraction = write_amount(abs(amount_minor), currency).partition(".")
    return f"{'-' if amount_minor < 0 else ''}{int(whole):,}{point}{fraction} {currency}"


def show_share(share: Fraction) -> str:
    """Write a fraction of one as a percentage, exactly where it can be: 1/4 → "25%"."""
    percent = share * 100
    if percent.denominator == 1:
        return f"{percent.numerator}%"
    scaled = round(percent * 10**6)
    whole, fraction = divmod(scaled, 10**6)
    return f"{whole}.{str(fraction).rjust(6, '0').rstrip('0')}%"
