"""Payment orders as a file for the bank: every transfer that waits, in one file, which it never leaves.

Bytes and transfers are bound in one transaction, before anybody sees the file. What became of an upload is
known from a statement alone; until then nothing orders these transfers again, whatever the screen said.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlalchemy as sa

from app import money
from app.banking.accounts import OurAccount
from app.db import Database, now
from app.errors import CloseoutError
from app.gateways.bank import books
from app.gateways.bank.account import Account
from app.gateways.bank.pain import SCHEMA, Transfer, message_id, write_transfers
from app.gateways.bank.tables import bank_files, bank_invoices, bank_payments, bank_transfers
from app.invoices.tables import invoices
from app.releases.frozen import why_frozen
from app.releases.holds import active, is_stopped
from app.releases.names import release_id


@dataclass(frozen=True, slots=True)
class OrderFile:
    """A file for the bank: its number, its name at the bank, and its exact bytes."""

    id: int
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Ordered:
    """`file` is None where nothing was to be ordered; `held` are the transfers that a hold keeps back."""

    file: OrderFile | None
    transfers: tuple[sa.RowMapping, ...]
    held: tuple[tuple[sa.RowMapping, str], ...]


def write_orders(
    db: Database, account: OurAccount, *, by: str, today: date | None = None, moment: datetime | None = None
) -> Ordered:
    """Order every transfer that waits and that nothing holds, to be made `today`. Raises CloseoutError.

    While everything is frozen nothing is ordered: books that are older than reality may hold to be due what
    an earlier file has ordered.
    """
    moment = moment or datetime.now(UTC)
    with db.transaction() as connection:
        books.lock(connection, account.iban)
        if frozen := why_frozen(connection):
            raise CloseoutError(frozen, mend="Import the statements since the backup first")
        waiting = transfers_of(connection, account.iban, "waiting")
        held = tuple((row, why) for row in waiting if (why := _held(connection, row)))
        kept = {row["end_to_end_id"] for row, _ in held}
        free = tuple(row for row in waiting if row["end_to_end_id"] not in kept)
        if not free:
            return Ordered(None, (), held)
        transfers = [_transfer(row) for row in free]
        debtor = Account(_holder(connection, account.iban), account.iban, account.bic)
        content = write_transfers(debtor, transfers, created_at=moment, execute_on=today or moment.date())
        name = message_id(debtor, transfers)
        file_id = _store(connection, account, name, content, by)
        ids = [row["end_to_end_id"] for row in free]
        of_them = bank_transfers.c.end_to_end_id.in_(ids)
        connection.execute(sa.update(bank_transfers).where(of_them).values(status="ordered", file_id=file_id))
        return Ordered(OrderFile(file_id, name, content), free, held)


def read_file(db: Database, account: OurAccount, file_id: int) -> OrderFile:
    """The very bytes of a file that was written before. Raises CloseoutError."""
    with db.reading() as connection:
        row = books.one(connection, bank_files, id=file_id, account=account.iban, kind="order")
    if row is None:
        raise CloseoutError(f"there is no order file {file_id}", mend="See closeout bank files")
    return OrderFile(row["id"], row["name"], zlib.decompress(row["content"]))


def transfers_of(connection: sa.Connection, iban: str, *statuses: str) -> list[sa.RowMapping]:
    """The account's transfers with one of `statuses`, the first ordered first."""
    query = sa.select(bank_transfers).where(bank_transfers.c.account == iban)
    if statuses:
        query = query.where(bank_transfers.c.status.in_(statuses))
    ordered = query.order_by(bank_transfers.c.created_at, bank_transfers.c.end_to_end_id)
    return list(connection.execute(ordered).mappings())


def _held(connection: sa.Connection, transfer: sa.RowMapping) -> str:
    """Why a share must not leave although it was ordered, "" if it may. What clients get back is not held."""
    if transfer["kind"] == "refund":
        return ""
    identity = release_id(transfer["contract_id"], transfer["milestone_index"])
    told = "; ".join(hold["reason"] for hold in active(connection, identity))
    if not told and is_stopped(connection, identity):
        told = "the milestone is taken back or refunded, and this share had not left"
    return told or _doubtful(connection, identity, books.invoice_of(connection, transfer["invoice_id"]))


def _doubtful(connection: sa.Connection, release_id: str, invoice: sa.RowMapping) -> str:
    """What the statements say against a share, and nothing holds it for yet: an import may be a moment old,
    and whoever holds the release for it takes the import from the inbox.
    """
    _, lost_minor, _ = books.counted(connection, invoice)
    of_it = (invoices.c.release_id == release_id) & (invoices.c.gateway_id == invoice["reference"])
    known_minor = connection.scalar(sa.select(invoices.c.lost_minor).where(of_it)) or 0
    if lost_minor > known_minor:
        back = money.show(lost_minor, invoice["currency"])
        return f"a statement says that {back} of invoice {invoice['number']} was taken back"
    is_loose = (bank_payments.c.standing == "unmatched") & bank_payments.c.is_credit.is_(False)
    quotes = is_loose & bank_payments.c.quoted.contains(invoice["reference"])
    gone = connection.execute(sa.select(bank_payments).where(quotes).limit(1)).mappings().first()
    if gone is None:
        return ""
    shown = f"{money.show(gone['amount_minor'], gone['currency'])} of {gone['booked_on']}"
    return f"{shown} went out and quotes invoice {invoice['number']}: match or dismiss {gone['entry_id']}"


def _transfer(row: sa.RowMapping) -> Transfer:
    payee = Account(row["name"], row["iban"])
    return Transfer(payee, row["amount_minor"], row["currency"], row["end_to_end_id"], row["text"])


def _holder(connection: sa.Connection, iban: str) -> str:
    """Whose account it is, in the words of the newest invoice."""
    newest = sa.select(bank_invoices.c.holder).where(bank_invoices.c.account == iban)
    return connection.scalar(newest.order_by(bank_invoices.c.created_at.desc()).limit(1)) or ""


def _store(connection: sa.Connection, account: OurAccount, name: str, content: bytes, by: str) -> int:
    row = {
        "account": account.iban,
        "kind": "order",
        "name": name,
        "format": SCHEMA,
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": zlib.compress(content),
        "created_at": now(),
        "created_by": by,
    }
    written = sa.insert(bank_files).values(row).returning(bank_files.c.id)
    return int(connection.execute(written).scalar_one())
