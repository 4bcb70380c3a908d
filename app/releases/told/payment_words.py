"""What came in for an invoice, what is missing, and what the client's bank asks back, in sentences. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app import money


def payments(invoice: Mapping[str, Any]) -> list[str]:
    """A sentence for everything that is not simply nothing or all of it.

    `invoice` has a status, its currency, and received, outside, credit, disputed and lost minor units beside
    those of its amount, as `closeout releases --json` shows them.
    """

    def shown(amount_minor: int) -> str:
        return money.show(amount_minor, invoice["currency"])

    received_minor, amount_minor = invoice["received_minor"], invoice["amount_minor"]
    told = []
    if invoice["status"] == "open" and 0 < received_minor < amount_minor:
        missing = shown(amount_minor - received_minor)
        told.append(f"{shown(received_minor)} of {shown(amount_minor)} has come in, {missing} is missing")
    if received_minor > amount_minor and invoice["status"] != "credited":
        told.append(f"{shown(received_minor - amount_minor)} more came in, which is the client's credit")
    if invoice["outside_minor"]:
        told.append(f"{shown(invoice['outside_minor'])} of it came in past the gateway")
    if invoice["credit_minor"]:
        told.append(f"{shown(invoice['credit_minor'])} of it was paid with credit that the client had")
    if invoice["disputed_minor"]:
        told.append(f"{shown(invoice['disputed_minor'])} of it is asked back by the client's bank")
    if invoice["lost_minor"]:
        told.append(f"{shown(invoice['lost_minor'])} of it was taken back by the client's bank")
    return told


def share(leg: Mapping[str, Any], currency: str) -> str:
    """A share that waits, and why: "acc_two (240.00 usd: it can not be paid yet)"."""
    why = f": {leg['reason']}" if leg["reason"] else ""
    return f"{leg['account']} ({money.show(leg['amount_minor'], currency)}{why})"
