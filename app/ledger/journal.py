"""The journal: what happened, once each, as postings in minor units that add up to zero per currency.

Debits are positive, credits negative. Accounts: `receivable:<contract>`, `revenue:<contract>`,
`cash:<gateway>`, `cash:outside` (what came in, or was paid, past every gateway), `client_credit:<contract>`
(what came in beyond what was asked,
less what the client has used of it), `disputed:<contract>` (what a client's bank asks back),
`payouts:<contract>` (the cost of the work), `payable:<payee's account>`. Nothing is ever changed or deleted;
a correction is a new entry with the signs turned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.db import Database, now
from app.errors import MoneyError
from app.ledger.tables import entries, postings


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of an entry."""

    account: str
    amount_minor: int
    currency: str


def transfer(credit: str, debit: str, amount_minor: int, currency: str) -> tuple[Posting, Posting]:
    """The two postings that move `amount_minor` from the account `credit` to the account `debit`."""
    if amount_minor <= 0:
        raise MoneyError(f"{amount_minor} can not be posted; a correction turns the accounts, not the sign")
    return Posting(debit, amount_minor, currency), Posting(credit, -amount_minor, currency)


def post(connection: sa.Connection, key: str, kind: str, release_id: str, lines: Sequence[Posting]) -> bool:
    """Write one entry in the caller's transaction; False when `key` was posted before and nothing was done.

    Raises MoneyError when the lines do not add up to zero in every currency.
    """
    for currency in {line.currency for line in lines}:
        off = sum(line.amount_minor for line in lines if line.currency == currency)
        if off != 0:
            raise MoneyError(f"entry {key} is off by {off} {currency}: its postings must add up to zero")
    if is_posted(connection, key):
        return False
    written = connection.execute(
        sa.insert(entries).values(key=key, kind=kind, release_id=release_id, at=now()).returning(entries.c.id)
    )
    entry_id = written.scalar_one()
    connection.execute(
        sa.insert(postings),
        [
            {
                "entry_id": entry_id,
                "account": line.account,
                "amount_minor": line.amount_minor,
                "currency": line.currency,
            }
            for line in lines
        ],
    )
    return True


def is_posted(connection: sa.Connection, key: str) -> bool:
    """Whether there is an entry of this name."""
    return connection.scalar(sa.select(entries.c.id).where(entries.c.key == key)) is not None


def count_turns(connection: sa.Connection, stem: str) -> int:
    """How many entries `stem`1, `stem`2, … there are: what was posted, turned, and posted again."""
    number = 0
    while is_posted(connection, f"{stem}{number + 1}"):
        number += 1
    return number


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found; `problems` is empty when the books balance."""

    entry_count: int
    balances: dict[tuple[str, str], int]
    problems: tuple[str, ...]


def verify(db: Database) -> Verification:
    """Read the whole journal: every entry must add up to zero in each of its currencies."""
    with db.reading() as connection:
        off = connection.execute(
            sa.select(entries.c.key, postings.c.currency, sa.func.sum(postings.c.amount_minor))
            .join(postings, postings.c.entry_id == entries.c.id)
            .group_by(entries.c.key, postings.c.currency)
            .having(sa.func.sum(postings.c.amount_minor) != 0)
        ).all()
        empty = connection.scalars(
            sa.select(entries.c.key).where(~sa.exists().where(postings.c.entry_id == entries.c.id))
        ).all()
        balances = connection.execute(
            sa.select(postings.c.account, postings.c.currency, sa.func.sum(postings.c.amount_minor))
            .group_by(postings.c.account, postings.c.currency)
            .order_by(postings.c.account, postings.c.currency)
        ).all()
        count = connection.scalar(sa.select(sa.func.count()).select_from(entries)) or 0
    problems = [f"entry {key} is off by {int(total)} {currency}" for key, currency, total in off]
    problems += [f"entry {key} has no postings" for key in empty]
    return Verification(
        entry_count=count,
        balances={(account, currency): int(total) for account, currency, total in balances},
        problems=tuple(problems),
    )
