"""Taking the entries of a statement into the books: each once, whichever files it stands in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.db import insert_or_ignore, now
from app.errors import BankError
from app.gateways.bank import books, matching
from app.gateways.bank.matching import Match
from app.gateways.bank.statement import Entry
from app.gateways.bank.tables import bank_files, bank_payments

BATCH = 500
TWIN = "it may be an entry that another file of these days has, under another name"


@dataclass(frozen=True, slots=True)
class File:
    """A statement as it was handed in; `format` is camt or csv."""

    account: str
    name: str
    format: str
    sha256: str
    by: str


def take_in(connection: sa.Connection, file: File, entries: Sequence[Entry]) -> list[str] | None:
    """Write down the entries that are new and find out where they belong; answers their ids.

    None where the very same file was taken in before. Raises BankError where a file of another format covers
    these days, whose entries have other names. The caller holds the lock of the account.
    """
    known = books.one(connection, bank_files, account=file.account, kind="statement", sha256=file.sha256)
    if known is not None:
        return None
    days = sorted(entry.booked_on.isoformat() for entry in entries)
    if days:
        _check_format(connection, file, days[0], days[-1])
    file_id = connection.scalar(
        sa.insert(bank_files)
        .values(
            account=file.account,
            kind="statement",
            name=file.name,
            format=file.format,
            sha256=file.sha256,
            first_day=days[0] if days else None,
            last_day=days[-1] if days else None,
            created_at=now(),
            created_by=file.by,
        )
        .returning(bank_files.c.id)
    )
    twins = _twins(connection, file.account, entries, days)
    new = _insert(connection, file.account, int(file_id or 0), entries, twins)
    _match(connection, new)
    return new


def _check_format(connection: sa.Connection, file: File, first: str, last: str) -> None:
    """One format for the same days: the second one's entries would be taken for further payments."""
    query = sa.select(bank_files).where(
        bank_files.c.account == file.account,
        bank_files.c.kind == "statement",
        bank_files.c.format != file.format,
        bank_files.c.first_day <= last,
        bank_files.c.last_day >= first,
    )
    other = connection.execute(query.order_by(bank_files.c.id)).mappings().first()
    if other is not None:
        raise BankError(
            f"{other['first_day']} to {other['last_day']} were imported as {other['format']}"
            f" ({other['name']}): the same payments would count twice",
            where=file.name,
            mend=f"Go on with {other['format']} for these days, or import {file.format} from the day after",
        )


def _twins(connection: sa.Connection, account: str, entries: Sequence[Entry], days: list[str]) -> set[str]:
    """The ids of new entries that look like one in the books which this file does not have.

    A file holds whole days. Where the books hold a payment of such a day and amount that the file lacks, and
    the file has one that the books lack, the bank may have changed how it writes: it could be the same.
    """
    if not days:
        return set()
    ids = {entry.id for entry in entries}
    of_days = (bank_payments.c.account == account) & bank_payments.c.booked_on.between(days[0], days[-1])
    columns = (
        bank_payments.c.entry_id,
        bank_payments.c.booked_on,
        bank_payments.c.amount_minor,
        bank_payments.c.currency,
        bank_payments.c.is_credit,
    )
    rows = connection.execute(sa.select(*columns).where(of_days)).all()
    known = {row[0] for row in rows}
    lacking = Counter(tuple(row[1:]) for row in rows if row[0] not in ids)
    twins = set()
    for entry in entries:
        alike = (entry.booked_on.isoformat(), entry.amount_minor, entry.currency, entry.is_credit)
        if entry.id not in known and lacking[alike] > 0:
            lacking[alike] -= 1
            twins.add(entry.id)
    return twins


def _insert(
    connection: sa.Connection, account: str, file_id: int, entries: Sequence[Entry], twins: set[str]
) -> list[str]:
    new: list[str] = []
    for start in range(0, len(entries), BATCH):
        rows = [_row(account, file_id, entry, entry.id in twins) for entry in entries[start : start + BATCH]]
        statement = insert_or_ignore(connection, bank_payments).returning(bank_payments.c.entry_id)
        written = set(connection.scalars(statement, rows))
        new += [str(row["entry_id"]) for row in rows if row["entry_id"] in written]
    return new


def _row(account: str, file_id: int, entry: Entry, is_twin: bool) -> dict[str, object]:
    return {
        "entry_id": entry.id,
        "account": account,
        "file_id": file_id,
        "booked_on": entry.booked_on.isoformat(),
        "amount_minor": entry.amount_minor,
        "currency": entry.currency,
        "is_credit": entry.is_credit,
        "is_reversal": entry.is_reversal,
        "is_collective": entry.is_collective,
        "name": entry.counterparty_name,
        "iban": entry.counterparty_iban,
        "text": entry.text,
        "quoted": " ".join(entry.references),
        "end_to_end_id": entry.end_to_end_id,
        "reason": entry.reason,
        "standing": "other",
        "why": "",
        "is_twin": is_twin,
        "matched_by": "",
    }


def _match(connection: sa.Connection, new: Sequence[str]) -> None:
    """By the days, what went out first: a transfer goes out before it comes back."""
    for start in range(0, len(new), BATCH):
        ids = bank_payments.c.entry_id.in_(new[start : start + BATCH])
        query = sa.select(bank_payments).where(ids)
        days = (bank_payments.c.booked_on, bank_payments.c.is_credit, bank_payments.c.entry_id)
        for entry in connection.execute(query.order_by(*days)).mappings().all():
            match = matching.find(connection, entry)
            is_doubtful = entry["is_twin"] and match.standing == "matched"
            if match.standing != "other":  # which each is until more is known
                matching.apply(connection, entry, Match("unmatched", TWIN) if is_doubtful else match)
