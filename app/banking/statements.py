"""Taking in a bank statement: its entries into the books, and word of what they change into the inbox.

It is one transaction under the account's lock: a file is taken in whole or, after a kill, not at all, and two
operators with the same file wait for each other. The same entries again change nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.banking.accounts import OurAccount
from app.db import Database
from app.errors import BankError
from app.gateways.bank import books
from app.gateways.bank.camt import read_camt
from app.gateways.bank.csv_statement import read_csv
from app.gateways.bank.notes import write_note
from app.gateways.bank.payments import BATCH, File, take_in
from app.gateways.bank.statement import Statement
from app.gateways.bank.tables import bank_invoices, bank_orders, bank_payments, bank_transfers
from app.inbox.store import NewDelivery, add


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a file: `new` entries as rows of `bank_payments`, the day's first one first.

    `is_known`: the very same file was imported before. `missing_minor` is what the statements' balances lack
    of their entries.
    """

    entries: int
    new: tuple[sa.RowMapping, ...]
    missing_minor: int = 0
    is_known: bool = False

    def standing(self, standing: str) -> int:
        return sum(one["standing"] == standing for one in self.new)


def import_statement(
    db: Database, account: OurAccount, document: bytes, *, name: str, form: str = "", by: str = ""
) -> Imported:
    """Take in a file; `form` is camt or csv, "" to see it from the file. Raises BankError."""
    form = form or form_of(document)
    statements = _read(document, account.iban, form, name)
    entries = [entry for statement in statements for entry in statement.entries]
    missing_minor = sum(statement.missing_minor for statement in statements)
    digest = hashlib.sha256(document).hexdigest()
    file = File(account.iban, name, form, digest, by)
    with db.transaction() as connection:
        books.lock(connection, account.iban)
        new = take_in(connection, file, entries)
        if new is None:
            return Imported(len(entries), (), missing_minor, is_known=True)
        rows = read_entries(connection, new)
        tell(connection, rows, digest[:24])
        return Imported(len(entries), tuple(rows), missing_minor)


_NO_STATEMENTS = {b"": "this file is empty", b"%PDF": "this is a PDF, which only people can read"}
"""What a file is that begins like this, and is not CSV."""


def form_of(document: bytes) -> str:
    """XML is camt; so is a ZIP archive, as which banks hand out several of them, to be told so."""
    start = document[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    return "camt" if start.startswith((b"<", b"PK")) else "csv"


def _read(document: bytes, iban: str, form: str, name: str) -> Sequence[Statement]:
    if form == "camt":
        return read_camt(document, iban, name)
    if what := _NO_STATEMENTS.get(document.strip()[:4]):
        raise BankError(what, where=name, mend="Download the statement as camt.053 or as CSV")
    return [read_csv(document, iban, "eur", name)]


def read_entries(connection: sa.Connection, ids: Sequence[str]) -> list[sa.RowMapping]:
    """Those entries as they stand in the books, with the `number` of their invoice, the earliest first."""
    with_number = sa.select(bank_payments, bank_invoices.c.number).outerjoin(bank_invoices)
    found: list[sa.RowMapping] = []
    for start in range(0, len(ids), BATCH):
        some = bank_payments.c.entry_id.in_(ids[start : start + BATCH])
        found += connection.execute(with_number.where(some)).mappings()
    return sorted(found, key=lambda row: (row["booked_on"], row["entry_id"]))


def tell(connection: sa.Connection, rows: Iterable[sa.RowMapping], why: str) -> None:
    """Leave word in the inbox of every order about which these entries say something; `why` names the word.

    Like every callback it is a hint: whoever takes it asks the books.
    """
    invoices = {row["invoice_id"] for row in rows if row["invoice_id"]}
    transfers = {row["transfer_id"] for row in rows if row["transfer_id"]}
    told: list[NewDelivery] = []
    for row in _each(connection, bank_invoices, bank_invoices.c.event_id, invoices):
        told.append(_delivery(_gateway_of(connection, row["event_id"]), row["event_id"], "invoice", why))
    for row in _each(connection, bank_transfers, bank_transfers.c.end_to_end_id, transfers):
        told.append(_delivery(_gateway_of(connection, row["event_id"]), row["event_id"], "payout", why))
    for start in range(0, len(told), BATCH):
        add(connection, told[start : start + BATCH])


def _each(
    connection: sa.Connection, table: sa.Table, column: sa.Column[str], wanted: set[str]
) -> Iterable[sa.RowMapping]:
    names = sorted(wanted)
    for start in range(0, len(names), BATCH):
        some = sa.select(table).where(column.in_(names[start : start + BATCH]))
        yield from connection.execute(some).mappings().all()


def _gateway_of(connection: sa.Connection, event_id: str) -> str:
    found = books.one(connection, bank_orders, event_id=event_id)
    return str(found["gateway"]) if found else ""


def _delivery(gateway: str, event_id: str, what: str, why: str) -> NewDelivery:
    delivery_id = f"{why}/{event_id}"
    body = write_note(event_id, f"{what}.changed", delivery_id)
    return NewDelivery("gateway", gateway, delivery_id, {"content-type": "application/json"}, body)
