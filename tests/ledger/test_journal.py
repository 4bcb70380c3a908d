"""The journal: balanced, written once, never negative by accident."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.db import Database
from app.errors import MoneyError
from app.ledger.journal import Posting, post, transfer, verify
from app.ledger.tables import postings
from app.releases.decision.decide import decide
from app.releases.decision.record import record
from tests.releases.examples import contract, found, seen

RELEASE = "con_7732_alpha/2"


@pytest.fixture
def books(db: Database) -> Database:
    """A database with one release to post for."""
    with db.transaction() as connection:
        one = contract()
        record(connection, one, one.milestone(2), decide(one, one.milestone(2), found(seen())))
    return db


def test_an_entry_is_posted_once_however_often_it_is_written(books: Database) -> None:
    lines = transfer("revenue:a", "receivable:a", 750_000, "usd")
    with books.transaction() as connection:
        assert post(connection, "invoice/1", "invoice_issued", RELEASE, lines)
    with books.transaction() as connection:
        assert not post(connection, "invoice/1", "invoice_issued", RELEASE, lines)
    found = verify(books)
    assert found.entry_count == 1
    assert found.balances == {("receivable:a", "usd"): 750_000, ("revenue:a", "usd"): -750_000}
    assert found.problems == ()


@pytest.mark.parametrize(
    "lines",
    [
        (Posting("a", 100, "usd"), Posting("b", -99, "usd")),
        (Posting("a", 100, "usd"), Posting("b", -100, "eur")),
        (Posting("a", 100, "usd"),),
    ],
)
def test_an_entry_that_does_not_add_up_per_currency_is_refused(
    books: Database, lines: tuple[Posting, ...]
) -> None:
    with books.transaction() as connection, pytest.raises(MoneyError, match="must add up to zero"):
        post(connection, "crooked", "invoice_issued", RELEASE, lines)
    assert verify(books).entry_count == 0


@pytest.mark.parametrize("amount_minor", [0, -5])
def test_a_transfer_of_nothing_or_less_is_refused(amount_minor: int) -> None:
    with pytest.raises(MoneyError):
        transfer("a", "b", amount_minor, "usd")


def test_verify_finds_a_posting_that_was_changed_behind_its_back(books: Database) -> None:
    with books.transaction() as connection:
        post(connection, "invoice/1", "invoice_issued", RELEASE, transfer("r", "c", 750_000, "usd"))
        connection.execute(sa.update(postings).where(postings.c.account == "c").values(amount_minor=750_001))
    assert verify(books).problems == ("entry invoice/1 is off by 1 usd",)


def test_verify_finds_an_entry_whose_postings_are_gone(books: Database) -> None:
    with books.transaction() as connection:
        post(connection, "invoice/1", "invoice_issued", RELEASE, transfer("r", "c", 750_000, "usd"))
        connection.execute(sa.delete(postings))
    assert verify(books).problems == ("entry invoice/1 has no postings",)
