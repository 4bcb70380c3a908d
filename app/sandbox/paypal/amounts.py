"""Amounts as PayPal writes them: decimal strings, with the digits that PayPal gives a currency.

PayPal has no decimals in HUF and TWD although ISO 4217 has two; minor units here are ISO's, as everywhere in
this project. Source: https://developer.paypal.com/reference/currency-codes/
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from app import money
from app.errors import MoneyError

DIGITS: Mapping[str, int] = {
    **dict.fromkeys(
        [
            "AUD",
            "BRL",
            "CAD",
            "CNY",
            "CZK",
            "DKK",
            "EUR",
            "HKD",
            "ILS",
            "MYR",
            "MXN",
            "NZD",
            "NOK",
            "PHP",
            "PLN",
            "GBP",
            "SGD",
            "SEK",
        ],
        2,
    ),
    **dict.fromkeys(["CHF", "THB", "USD"], 2),
    **dict.fromkeys(["HUF", "JPY", "TWD"], 0),
}
"""Decimals by upper-case code, for the 24 currencies of a PayPal account."""
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


class BadAmount(ValueError):
    """A text that is no amount of its currency; `issue` is PayPal's code for it."""

    def __init__(self, issue: str, message: str) -> None:
        super().__init__(message)
        self.issue = issue


def read(text: str, currency: str) -> int:
    """Minor units of a lower-case `currency`. Raises BadAmount; negative amounts are not taken here."""
    if _NUMBER.fullmatch(text) is None:
        raise BadAmount("INVALID_PARAMETER_SYNTAX", "Amount value is invalid. Should be a numeric value.")
    if DIGITS[currency.upper()] == 0 and "." in text:
        raise BadAmount("INVALID_INTEGER_VALUE", f"{currency.upper()} has no decimals.")
    try:
        return money.parse_amount(text, currency)
    except MoneyError as error:
        what = "Amount value is invalid. Can have non-negative value with up to 2 fractions."
        raise BadAmount("INVALID_DECIMAL_VALUE", what) from error


def write(amount_minor: int, currency: str) -> str:
    """The inverse of `read`: (750000, "usd") → "7500.00", (150000, "huf") → "1500"."""
    exponent, digits = money.exponent(currency), DIGITS[currency.upper()]
    text = str(amount_minor).rjust(exponent + 1, "0")
    whole, fraction = (text[:-exponent], text[-exponent:]) if exponent else (text, "")
    return f"{whole}.{fraction}" if digits else whole


def shape(amount_minor: int, currency: str) -> dict[str, str]:
    """As Invoicing, Payments and Disputes write it."""
    return {"currency_code": currency.upper(), "value": write(amount_minor, currency)}


def payout_shape(amount_minor: int, currency: str) -> dict[str, str]:
    """As Payouts writes it."""
    return {"currency": currency.upper(), "value": write(amount_minor, currency)}
