"""Statements by hand: entries that a bank would show, as a CSV of the pretend bank's account."""

from __future__ import annotations

from dataclasses import replace

from app.gateways.base import Intent
from app.sandbox.bank.server import SANDBOX_IBAN
from tests.gateways.bank_driver import CLIENT_IBAN, Driver
from tests.gateways.orders import intent_of, named
from tests.gateways.outcomes import done, invoice_of

HEAD = "Date;Amount;Currency;Name;IBAN;Text;End-to-end id;Account"


def csv_of(*rows: str) -> bytes:
    """Each row is "day;amount;text", and perhaps ";end-to-end id"."""
    lines = [HEAD]
    for row in rows:
        day, amount, text, end_to_end_id = (*row.split(";"), "")[:4]
        lines.append(f"{day};{amount};EUR;Acme Corp;{CLIENT_IBAN};{text};{end_to_end_id};{SANDBOX_IBAN}")
    return "\n".join(lines).encode()


def opened(driver: Driver, index: int = 2) -> tuple[Intent, str]:
    """An invoice over 7,500.00 eur for that milestone: its order, and its reference."""
    names = named(f"con_7732_alpha/{index}/r1/open_invoice")
    order = replace(driver.orders.shared, milestone_index=index, **names)  # type: ignore[arg-type]
    intent = intent_of(driver.gateway, order)
    return intent, invoice_of(driver.gateway.send(intent)).id


def paid_leg(driver: Driver, number: int = 0) -> tuple[Intent, str]:
    """The order that pays one leg of the paid invoice, taken: and its end-to-end id."""
    intent = intent_of(driver.gateway, driver.orders.leg(driver.orders.legs[number]))
    [payout] = done(driver.gateway.send(intent)).payouts
    return intent, payout.id
