"""Between ISO 4217's minor units, in which Closeout counts, and the units of Stripe's amounts. Pure.

They are the same for most currencies. Stripe writes Icelandic krónur and Ugandan shillings in hundredths that
must be 0, Malagasy ariary whole. https://docs.stripe.com/currencies#special-cases
"""

from __future__ import annotations

from app import money
from app.capabilities import OF_KIND
from app.errors import MoneyError, PayloadError

_WHOLE = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"}
)
_TENS = (1, 10, 100, 1000, 10_000)


def to_stripe(amount_minor: int, currency: str) -> int:
    """(750000, "usd") → 750000; (1500, "isk") → 150000. Raises MoneyError for what Stripe can not move."""
    shift = _shift(currency)
    units, rest = divmod(amount_minor * _TENS[max(0, shift)], _TENS[max(0, -shift)])
    if rest or amount_minor % OF_KIND["stripe"].step(currency):
        raise MoneyError(
            f"Stripe can not move {money.show(amount_minor, currency)}: amounts in {currency} are coarser",
            mend="Choose total and shares so that every amount is a round one",
        )
    return units


def from_stripe(units: int, currency: str, where: str) -> int:
    """The inverse. Raises PayloadError, which names `where` it stood."""
    shift = _shift(currency)
    amount_minor, rest = divmod(units * _TENS[max(0, -shift)], _TENS[max(0, shift)])
    if rest:
        raise PayloadError(f"{units} is no whole amount in {currency}", where=where)
    return amount_minor


def _shift(currency: str) -> int:
    """How many digits more Stripe's amounts have than ISO 4217's. Raises MoneyError."""
    exponent = money.exponent(currency)
    return -exponent if currency in _WHOLE else max(0, 2 - exponent)
