"""What each kind of gateway is able to; a contract that needs more is refused by `closeout check`."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Capabilities:
    """`splits`: it pays several payees. `reversal`: it brings a payout back. `hosted_invoice`: the client can
    pay on the invoice's own page. `holds_funds`: payees can be paid out of the seller's balance there, before
    the client has paid. `currencies` are those that it moves, all where it is empty. `steps` are those of
    which it moves whole multiples only, in minor units as ISO 4217 counts them.
    """

    splits: bool = True
    reversal: bool = True
    hosted_invoice: bool = True
    holds_funds: bool = True
    currencies: tuple[str, ...] = ()
    steps: tuple[tuple[str, int], ...] = ()

    def step(self, currency: str) -> int:
        """The smallest amount of a currency that it moves, in minor units."""
        return dict(self.steps).get(currency, 1)


# https://developer.paypal.com/reference/currency-codes/
_PAYPAL_CURRENCIES = (
    *("aud", "brl", "cad", "cny", "czk", "dkk", "eur", "hkd", "huf", "ils", "jpy", "myr", "mxn", "twd"),
    *("nzd", "nok", "php", "pln", "gbp", "sgd", "sek", "chf", "thb", "usd"),
)
ABILITIES = tuple(one.name for one in fields(Capabilities) if one.type == "bool")
"""Their names."""

OF_KIND: dict[str, Capabilities] = {
    # A platform may do less, or pay in advance: the contract file says so, with `offers`.
    "http": Capabilities(holds_funds=False),
    # https://docs.stripe.com/currencies: three decimals end in 0, and the ariary is whole
    "stripe": Capabilities(
        steps=(("bhd", 10), ("jod", 10), ("kwd", 10), ("omr", 10), ("tnd", 10), ("mga", 100))
    ),
    # PayPal's payouts can not be brought back, https://developer.paypal.com/docs/payouts/standard/
    "paypal": Capabilities(reversal=False, currencies=_PAYPAL_CURRENCIES, steps=(("huf", 100), ("twd", 100))),
    # A SEPA transfer is final and in euro; the client pays by a transfer of its own.
    "bank": Capabilities(reversal=False, hosted_invoice=False, currencies=("eur",)),
}
