"""What can be proven of a bank account without moving money: little, since no bank answers questions."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from app.gateways.bank.client import BankGateway
from app.gateways.bank.tables import bank_payments, bank_transfers
from app.gateways.base import Trial


def trial(gateway: BankGateway) -> Iterator[Trial]:
    """The account can exist, clients get their invoices, and nothing lies about that wants a person."""
    bank = f", at {gateway.bic}" if gateway.bic else ""
    yield Trial(f"{gateway.iban} is well-formed{bank}")
    if gateway.can_mail:
        yield Trial("clients get their invoices by mail")
    else:
        mend = "Set CLOSEOUT_SMTP_URL: nobody else sends the clients these invoices"
        yield Trial("mailing invoices", "no mail server is set", mend)
    if gateway.links.url("evt_never_made"):
        yield Trial("each invoice has a page")
    else:
        mend = "Set CLOSEOUT_PUBLIC_URL and CLOSEOUT_KEY, or run closeout setup"
        yield Trial("an invoice's page", "this server does not know its address, or has no key", mend)
    yield from _left(gateway)


def _left(gateway: BankGateway) -> Iterator[Trial]:
    """What waits for a person: money that came in and belongs to nothing, transfers in no file yet."""
    loose = (bank_payments.c.account == gateway.iban) & (bank_payments.c.standing == "unmatched")
    waits = (bank_transfers.c.account == gateway.iban) & (bank_transfers.c.status == "waiting")
    back = (bank_transfers.c.kind == "refund") & (bank_transfers.c.status == "failed")
    refused = (bank_transfers.c.account == gateway.iban) & back
    with gateway.db.reading() as connection:
        count_loose, count_waiting, count_refused = (
            connection.scalar(sa.select(sa.func.count()).where(which)) or 0
            for which in (loose, waits, refused)
        )
    if count_loose:
        problem = f"{count_loose} that belong to no invoice or order"
        yield Trial("statement entries", problem, "See closeout bank unmatched, then closeout bank match")
    if count_refused:
        problem = f"{count_refused} that came back"
        yield Trial("refunds to clients", problem, "See closeout bank transfers, and pay them by hand")
    if count_waiting:
        yield Trial(f"{count_waiting} transfers wait for the next closeout bank orders")
