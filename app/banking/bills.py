"""What the client is told of an invoice on a bank account: by mail when it is issued, and on its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from app.db import Database, insert_or_ignore, now
from app.errors import BankError
from app.gateways.bank import books, epc
from app.gateways.bank.account import Account, in_groups
from app.gateways.bank.context import party_in
from app.gateways.bank.links import InvoiceLinks
from app.gateways.bank.tables import bank_invoices, bank_orders
from app.gateways.base import Order
from app.milestones.contract import Party
from app.notices.invoice_text import Bill
from app.notices.tables import mails
from app.releases.names import place_of, release_id
from app.releases.tables import releases
from app.settings import Settings

KIND = "invoice"


def links_of(settings: Settings) -> InvoiceLinks:
    """The links to the pages of this installation's invoices."""
    return InvoiceLinks(settings.keys, settings.public_url)


def queue_bills(db: Database) -> None:
    """Put the mail of every invoice that is new into the queue, once."""
    with db.reading() as connection:
        is_waiting = connection.execute(_waiting().limit(1)).first() is not None
    if not is_waiting:
        return
    with db.transaction() as connection:
        for invoice in connection.execute(_waiting()).mappings().all():
            _queue(connection, invoice)


def _waiting() -> sa.Select[Any]:
    return sa.select(bank_invoices).where(bank_invoices.c.mail_due_at.is_not(None))


def _queue(connection: sa.Connection, invoice: sa.RowMapping) -> None:
    identity = release_id(invoice["contract_id"], invoice["milestone_index"])
    if connection.scalar(sa.select(releases.c.id).where(releases.c.id == identity)):
        mail = {
            "key": _key(invoice),
            "release_id": identity,
            "kind": KIND,
            "recipient": _party(_opened(connection, invoice).context, "client").email,
            "created_at": now(),
            "due_at": now(),
        }
        connection.execute(insert_or_ignore(connection, mails).values(mail))
    of_it = bank_invoices.c.event_id == invoice["event_id"]
    connection.execute(sa.update(bank_invoices).where(of_it).values(mail_due_at=None))


def _key(invoice: sa.RowMapping) -> str:
    identity = release_id(invoice["contract_id"], invoice["milestone_index"])
    return f"{identity}/r{invoice['revision']}/{KIND}"


def bill_to_mail(
    settings: Callable[[], Settings], connection: sa.Connection, mail: sa.RowMapping
) -> Bill | None:
    """The bill of a row of `mails`; None once there is nothing to pay any more."""
    contract_id, index = place_of(mail["release_id"])
    query = sa.select(bank_invoices).where(
        bank_invoices.c.contract_id == contract_id, bank_invoices.c.milestone_index == index
    )
    for invoice in connection.execute(query).mappings():
        if _key(invoice) == mail["key"]:
            bill = read_bill(connection, invoice["event_id"], links_of(settings()))
            code = transfer_code(bill)
            picture = epc.draw_png(code) if code else b""
            return replace(bill, qr_code=picture) if bill.status == "open" else None
    return None


def read_bill(connection: sa.Connection, event_id: str, links: InvoiceLinks) -> Bill:
    """The invoice that this event opened, as its client is told of it."""
    invoice = books.invoice_of(connection, event_id)
    facts = books.invoice_facts(connection, invoice, links)
    order = _opened(connection, invoice)
    context: Mapping[str, Any] = order.context
    issued_on = date.fromisoformat(invoice["created_at"][:10])
    net_days = context.get("net_days", 0)
    left_minor = max(0, facts.amount_minor - facts.came_in_minor + facts.lost_minor)
    return Bill(
        number=facts.number,
        status=facts.status,
        seller=_party(context, "seller"),
        client=_party(context, "client"),
        contract_title=str(context.get("contract_title", "")),
        milestone_index=order.milestone_index,
        milestone_title=order.milestone_title,
        amount_minor=facts.amount_minor,
        left_minor=left_minor if facts.status == "open" else 0,
        currency=facts.currency,
        issued_on=issued_on.isoformat(),
        due_on=(issued_on + timedelta(days=net_days)).isoformat() if net_days else "",
        holder=invoice["holder"],
        iban=in_groups(invoice["account"]),
        bic=invoice["bic"],
        reference=in_groups(facts.id),
        link=facts.url,
    )


def transfer_code(bill: Bill) -> str:
    """What the QR code of an invoice says; "" where nothing is to pay, or no code can say it."""
    if not bill.left_minor:
        return ""
    to = Account(bill.holder, bill.iban, bill.bic)
    try:
        return epc.write_payload(to, bill.left_minor, bill.currency, reference=bill.reference)
    except BankError:
        return ""


def _opened(connection: sa.Connection, invoice: sa.RowMapping) -> Order:
    found = books.one(connection, bank_orders, event_id=invoice["event_id"])
    if found is None:
        raise RuntimeError(f"{invoice['event_id']} was never ordered")
    return Order.from_json(found["body"])


def _party(context: Mapping[str, Any], role: str) -> Party:
    plain = party_in(context, role)
    lines = tuple(plain.get("address", ()))
    return Party(plain["name"], plain.get("email", ""), lines, plain.get("tax_id", ""))
