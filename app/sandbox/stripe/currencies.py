"""Stripe's own smallest units, which are not always those of ISO 4217. Pure.

https://docs.stripe.com/currencies#zero-decimal: amounts of most currencies are hundredths, those of `WHOLE`
are whole units (also Malagasy ariary, which ISO 4217 divides by 100). Icelandic króna and Ugandan shilling
are written in hundredths that must be 0, dinars and the Omani rial in thousandths whose last digit is 0.
"""

from __future__ import annotations

from app import money
from app.errors import MoneyError
from app.sandbox.stripe.errors import Refused

WHOLE = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"}
)
STEPS = {"isk": 100, "ugx": 100, "bhd": 10, "jod": 10, "kwd": 10, "omr": 10, "tnd": 10}
"""Every amount of these is a multiple of this."""


def known(text: str) -> str:
    """A currency in lower case. Raises Refused for one that does not exist."""
    currency = text.lower()
    try:
        money.exponent(currency)
    except MoneyError as error:
        raise Refused(f"Invalid currency: {currency}", param="currency") from error
    return currency


def fitting(amount: int, currency: str, param: str = "amount") -> int:
    """The amount, where its currency can be paid in it. Raises Refused."""
    step = STEPS.get(currency, 1)
    if amount % step:
        raise Refused(
            f"Invalid amount: amounts in {currency} must be multiples of {step}, see"
            " https://docs.stripe.com/currencies#special-cases.",
            param=param,
        )
    return amount


def shown(amount: int, currency: str) -> str:
    """An amount for people: (750000, "usd") → "7,500.00 usd"; (1500, "jpy") → "1,500 jpy"."""
    digits = 0 if currency in WHOLE else 3 if STEPS.get(currency) == 10 else 2
    whole, fraction = divmod(abs(amount), 10**digits)
    sign = "-" if amount < 0 else ""
    return f"{sign}{whole:,}{f'.{fraction:0{digits}d}' if digits else ''} {currency}"
