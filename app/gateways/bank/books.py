"""What the books of an account say of an order now: its invoice, its transfer, its refund.

Nothing is remembered that the statements' entries say: what came in, came back and went out is counted anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.db import serialise
from app.events import CreditFacts, InvoiceFacts, PayoutFacts
from app.gateways.bank.links import InvoiceLinks
from app.gateways.bank.tables import bank_invoices, bank_orders, bank_payments, bank_transfers
from app.gateways.base import Done, Failed, Order, Outcome

Row = sa.RowMapping


def lock(connection: sa.Connection, account: str) -> None:
    """Until this transaction's end nobody else changes the books of `account`."""
    serialise(connection, f"bank {account}")


def answer(connection: sa.Connection, event_id: str, links: InvoiceLinks) -> Outcome:
    """What became of the order of that name: Done with its present facts, Failed if it was never taken."""
    order = one(connection, bank_orders, event_id=event_id)
    if order is None:
        return Failed("this order was never taken", retry_after_s=0)
    if order["operation"] == "pay_out":
        transfer = one(connection, bank_transfers, event_id=event_id)
        return Done(payouts=(payout_facts(transfer),) if transfer else ())
    if order["operation"] == "open_invoice":
        return Done(invoice=invoice_facts(connection, invoice_of(connection, event_id), links))
    invoice = invoice_of(connection, order_about(connection, order))
    facts = invoice_facts(connection, invoice, links)
    payouts = _payouts_of(connection, invoice)
    if order["operation"] == "credit_note":
        credit = _credit_facts(connection, order, invoice, facts)
        return Done(invoice=facts, payouts=payouts, credit=credit)
    return Done(invoice=facts, payouts=payouts)


def invoice_facts(connection: sa.Connection, invoice: Row, links: InvoiceLinks) -> InvoiceFacts:
    """An invoice with what came in for it; `lost_minor` is what a bank has taken back.

    Who pays a void invoice has paid it. What was paid once stays paid, whatever is taken back later.
    """
    received_minor, lost_minor, was_paid = counted(connection, invoice)
    status = invoice["status"]
    if status != "credited" and was_paid:
        status = "paid"
    return InvoiceFacts(
        id=invoice["reference"],
        number=invoice["number"],
        url=links.url(invoice["event_id"]),
        status=status,
        amount_minor=invoice["amount_minor"],
        currency=invoice["currency"],
        received_minor=received_minor,
        lost_minor=lost_minor,
    )


def counted(connection: sa.Connection, invoice: Row) -> tuple[int, int, bool]:
    """What ever came in for an invoice, what was taken back of it, and whether all was there at any time."""
    received_minor, lost_minor, was_paid = 0, 0, False
    for entry in entries_of(connection, invoice["event_id"]):
        if entry["is_credit"]:
            received_minor += entry["amount_minor"]
        elif entry["is_reversal"]:
            lost_minor += entry["amount_minor"]
        was_paid = was_paid or received_minor - lost_minor >= invoice["amount_minor"]
    return received_minor, lost_minor, was_paid


def entries_of(connection: sa.Connection, invoice_id: str) -> Sequence[Row]:
    """The entries that belong to an invoice by the days; within a day what came in is first."""
    query = sa.select(bank_payments).where(bank_payments.c.invoice_id == invoice_id)
    days = (bank_payments.c.booked_on, bank_payments.c.is_credit.desc(), bank_payments.c.entry_id)
    return connection.execute(query.order_by(*days)).mappings().all()


def payout_facts(transfer: Row) -> PayoutFacts:
    """A transfer that waits, or is in a file at the bank, is on its way."""
    status = transfer["status"] if transfer["status"] in ("paid", "failed") else "pending"
    return PayoutFacts(
        id=transfer["end_to_end_id"],
        account=transfer["payee"],
        status=status,
        amount_minor=transfer["amount_minor"],
        currency=transfer["currency"],
        reason=transfer["reason"],
        part=transfer["part"],
    )


def _payouts_of(connection: sa.Connection, invoice: Row) -> tuple[PayoutFacts, ...]:
    of_it = (bank_transfers.c.invoice_id == invoice["event_id"]) & (bank_transfers.c.kind == "payout")
    query = sa.select(bank_transfers).where(of_it).order_by(bank_transfers.c.end_to_end_id)
    return tuple(payout_facts(one) for one in connection.execute(query).mappings())


def _credit_facts(connection: sa.Connection, order: Row, invoice: Row, facts: InvoiceFacts) -> CreditFacts:
    """What the client gets back: by our transfers, and by those that a person made by hand before."""
    total = sa.select(sa.func.coalesce(sa.func.sum(bank_transfers.c.amount_minor), 0))
    ours_minor = connection.scalar(total.where(bank_transfers.c.event_id == order["event_id"])) or 0
    return CreditFacts(
        id=f"credit-{invoice['reference']}",
        number=f"{invoice['number']}-credit",
        url=facts.url,
        amount_minor=invoice["amount_minor"],
        currency=invoice["currency"],
        refunded_minor=int(ours_minor) + by_hand_minor(connection, invoice),
    )


def by_hand_minor(connection: sa.Connection, invoice: Row) -> int:
    """What a person gave back to the client without an order of ours, as the statements show it."""
    found = entries_of(connection, invoice["event_id"])
    return sum(one["amount_minor"] for one in found if not one["is_credit"] and not one["is_reversal"])


def invoice_of(connection: sa.Connection, event_id: str) -> Row:
    """The invoice that this event opened, which must be there."""
    found = one(connection, bank_invoices, event_id=event_id)
    if found is None:
        raise RuntimeError(f"{event_id} opened no invoice")
    return found


def order_about(connection: sa.Connection, order: Row) -> str:
    """The event that opened the invoice which a later order is about."""
    found = one(connection, bank_invoices, reference=Order.from_json(order["body"]).invoice_id)
    if found is None:
        raise RuntimeError(f"{order['event_id']} is about no invoice")
    return str(found["event_id"])


def one(connection: sa.Connection, table: sa.Table, **where: Any) -> Row | None:
    """The first row whose columns are as given, None where there is none."""
    conditions = [table.c[name] == value for name, value in where.items()]
    return connection.execute(sa.select(table).where(*conditions)).mappings().first()
