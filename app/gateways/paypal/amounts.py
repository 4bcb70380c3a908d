"""Amounts as PayPal writes them: decimal strings, with the digits that PayPal gives a currency. Pure.

PayPal has no decimals in HUF and TWD, although ISO 4217 gives them two; minor units are ISO's, as everywhere
here. Source: https://developer.paypal.com/reference/currency-codes/
"""

from __future__ import annotations

from app import money
from app.capabilities import OF_KIND
from app.errors import MoneyError, PayloadError
from app.gateways.fields import Object, as_object

ABLE = OF_KIND["paypal"]


def write(amount_minor: int, currency: str) -> str:
    """(750000, "usd") → "7500.00", (150000, "huf") → "1500". Raises MoneyError for what PayPal has not."""
    if currency not in ABLE.currencies:
        raise MoneyError(f"PayPal does not move {currency}", mend=f"It moves {', '.join(ABLE.currencies)}")
    text = money.write_amount(amount_minor, currency)
    step = ABLE.step(currency)
    if step == 1:
        return text
    if amount_minor % step:
        raise MoneyError(
            f"{money.show(amount_minor, currency)} has decimals, and PayPal's {currency} has none",
            mend="Choose a total and shares that give whole units",
        )
    return text.partition(".")[0]


def shape(amount_minor: int, currency: str, name: str = "currency_code") -> dict[str, str]:
    """As a request carries it; Payouts calls the code `currency`. Raises MoneyError."""
    return {name: currency.upper(), "value": write(amount_minor, currency)}


def read(parent: Object, name: str, code: str = "currency_code") -> tuple[int, str]:
    """(minor units, lower-case currency) of a member. Raises PayloadError."""
    amount = as_object(parent.where(name), parent.get(name))
    currency = amount.text(code).lower()
    try:
        return money.parse_amount(amount.text("value"), currency), currency
    except MoneyError as error:
        raise PayloadError(error.what, where=amount.where("value")) from error


def read_in(parent: Object, name: str, currency: str, code: str = "currency_code") -> int:
    """The same where the currency is known. Raises PayloadError for another one."""
    amount_minor, found = read(parent, name, code)
    if found != currency:
        raise PayloadError(f"PayPal says {found} beside {currency}", where=parent.where(name))
    return amount_minor
