"""The drill: the database is lost, an old backup is restored. The platform's journal is the judge."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.releases.queries import list_releases
from app.releases.tables import releases
from tests.e2e.stack import Stack, stack

KICKOFF, PROTOTYPE, UAT, LAUNCH = (
    "milestone:kickoff",
    "milestone:ui-prototype",
    "milestone:uat",
    "milestone:launch",
)


@pytest.fixture
def one(tmp_path: Path, database_url: str) -> Iterator[Stack]:
    """On SQLite and on PostgreSQL; the client pays when told to."""
    with stack(tmp_path, database_url, pay_after_s=None) as running:
        yield running


def pay(one: Stack, index: int) -> None:
    """The client pays the invoice of a milestone."""
    (bill,) = [bill for bill in one.world.platform.books.invoices() if bill.event.milestone_index == index]
    one.world.platform.books.receive(bill.id)


def orders(one: Stack) -> list[str]:
    """What asked for something of the platform, by its id; events that only tell ask for nothing."""
    asked = ("triggered_for_disbursement",)
    found = [json.loads(entry["body"]) for entry in one.journal("request")]
    return [
        event["id"]
        for event in found
        if event["data"]["status"] in asked
        or {"payout", "void", "reversal", "credit"} & set(event["context"])
    ]


def said(one: Stack, *arguments: str, status: int = 0) -> str:
    done = one.cli(*arguments)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def lose_and_restore(one: Stack, file: Path, database_url: str) -> None:
    """The server dies, its database with it; the backup goes into a new one."""
    assert one.server is not None
    one.server.kill()
    one.db.close()
    del one.db
    one.environment["CLOSEOUT_DATABASE_URL"] = database_url
    assert "closeout reconcile" in said(one, "restore", str(file))


def states(one: Stack) -> dict[int, str]:
    return {row["milestone_index"]: row["state"] for row in list_releases(one.db)}


def assert_one_of_each(one: Stack, *indexes: int) -> None:
    """One invoice for each milestone, paid once, and one transfer for each payee, for ever."""
    assert Counter(entry["milestone_index"] for entry in one.journal("invoice_opened")) == dict.fromkeys(
        indexes, 1
    )
    transfers = Counter((entry["invoice_id"], entry["account"]) for entry in one.journal("transfer"))
    assert list(transfers.values()) == [1] * len(indexes)
    one.assert_paid_once(*indexes)


def test_an_old_backup_bills_and_pays_nothing_again(
    one: Stack, tmp_path: Path, empty_database_url: str
) -> None:
    file = tmp_path / "closeout.backup"
    one.serve()
    one.close(one.open_issue(KICKOFF))
    one.until_state(1, "invoiced")
    pay(one, 1)
    one.until_state(1, "disbursed")
    assert "is whole" not in said(one, "backup", str(file))
    for index, label in ((2, PROTOTYPE), (3, UAT)):
        one.close(one.open_issue(label))
        one.until_state(index, "invoiced")
    pay(one, 2)
    one.until_state(2, "disbursed")

    lose_and_restore(one, file, empty_database_url)
    before = orders(one)
    one.serve()
    assert states(one) == {1: "disbursed"}
    one.close(one.open_issue(LAUNCH))
    one.until_state(4, "ready")
    one.until("the run that waits", lambda: _runs(one, 4) or None)
    pay(one, 3)
    assert "closeout reconcile" in said(one, "releases")
    assert orders(one) == before, "something left while everything was frozen"

    told = json.loads(said(one, "reconcile", "--json"))
    assert (told["is_frozen"], told["differences"], len(told["adopted"])) == (False, [], 2)
    said(one, "sweep")
    for index in (1, 2, 3):
        one.until_state(index, "disbursed")
    one.until_state(4, "invoiced")
    pay(one, 4)
    one.until_state(4, "disbursed")
    one.until_quiet()
    assert_one_of_each(one, 1, 2, 3, 4)


def _runs(one: Stack, index: int) -> int:
    with one.db.reading() as connection:
        found = sa.select(releases.c.run).where(releases.c.milestone_index == index)
        return int(connection.scalar(found) or 0)
