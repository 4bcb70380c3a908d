"""Days and amounts that people write in several ways: what they can mean, judged over a whole file. Pure.

"05/06/2026" is May or June, "1.234" is one or a thousand. A file that has "25/06/2026" or "1.234,50" anywhere
answers it for all its rows; where nothing answers it, nobody guesses.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from app import money
from app.errors import MoneyError

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_PARTS = re.compile(r"(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4}|\d\d)", re.ASCII)
_TIME = re.compile(r"[ T]\d\d:\d\d(:\d\d(\.\d+)?)?Z?$", re.ASCII)
_SIGNED = re.compile(r"([-+]?)\s*([0-9.,' ]*[0-9])\s*([-+]?)", re.ASCII)
_SIGNS = {"eur": "€", "usd": "$", "gbp": "£"}


def days(text: str) -> dict[str, date]:
    """Each way in which this can be read as a day: {"ymd": …}, or {"dmy": …, "mdy": …}; empty for none."""
    plain = _TIME.sub("", text.strip())
    match = _ISO.fullmatch(plain) or _COMPACT.fullmatch(plain)
    if match:
        return _valid({"ymd": (match[1], match[2], match[3])})
    match = _PARTS.fullmatch(plain)
    if match is None:
        return {}
    first, sign, second, year = match[1], match[2], match[3], match[4]
    year = year if len(year) == 4 else f"20{year}"
    if sign == ".":  # only ever day first
        return _valid({"dmy": (year, second, first)})
    return _valid({"dmy": (year, second, first), "mdy": (year, first, second)})


def _valid(readings: dict[str, tuple[str, str, str]]) -> dict[str, date]:
    found = {}
    for way, parts in readings.items():
        try:
            day = datetime.strptime("-".join(parts), "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        found[way] = day
    return found


def amounts(text: str, currency: str) -> dict[str, int]:
    """Each way in which this can be read as signed minor units: by its decimal sign, "." or ","; empty: none.

    A text without any separator reads the same both ways. It may carry the code or sign of `currency`, of no
    other one.
    """
    plain = text.upper().replace("\u2212", "-").replace("\u00a0", " ").replace("\u202f", " ")
    for mark in (currency.upper(), _SIGNS.get(currency, currency.upper())):
        plain = plain.replace(mark, "", 1)
    match = _SIGNED.fullmatch(plain.strip())
    if match is None or (match[1] and match[3]):
        return {}
    sign = -1 if "-" in (match[1], match[3]) else 1
    found = {}
    for point, group in ((".", ","), (",", ".")):
        whole, _, fraction = match[2].partition(point)
        grouped = re.fullmatch(rf"[0-9]+|[0-9]{{1,3}}(?:([{group}' ])[0-9]{{3}}(?:\1[0-9]{{3}})*)", whole)
        if grouped is None or (point in match[2] and not re.fullmatch("[0-9]{1,5}", fraction)):
            continue
        digits = re.sub("[^0-9]", "", whole).lstrip("0") or "0"
        try:
            found[point] = sign * money.parse_amount(f"{digits}.{fraction}" if fraction else digits, currency)
        except MoneyError:
            continue
    return found
