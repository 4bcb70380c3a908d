"""Reading the inbox and putting a delivery back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.db import Database, now
from app.inbox.queries import UnknownDelivery, find_delivery, list_deliveries, replay
from app.inbox.store import NewDelivery, insert
from app.inbox.tables import deliveries


def fill(db: Database, count: int) -> list[int]:
    rows = [NewDelivery("forge", "github", str(number), {}, b"{}") for number in range(count)]
    return [one.id for one in insert(db, rows)]


def finish(db: Database, id_: int, status: str, reason: str = "") -> None:
    with db.transaction() as connection:
        connection.execute(
            deliveries.update()
            .where(deliveries.c.id == id_)
            .values(status=status, reason=reason, due_at=None, handled_at=now(), attempts=3, event="issues")
        )


def test_deliveries_are_listed_newest_last_with_what_people_and_scripts_need(db: Database) -> None:
    ids = fill(db, 3)
    finish(db, ids[0], "ignored", "no contract for this repository")
    listed = list_deliveries(db)
    assert [one["id"] for one in listed] == ids
    assert set(listed[0]) == {
        "id",
        "source",
        "connection",
        "delivery_id",
        "event",
        "action",
        "status",
        "reason",
        "release_id",
        "attempts",
        "received_at",
        "handled_at",
    }
    assert listed[0]["reason"] == "no contract for this repository"
    assert listed[2]["status"] == "received"


def test_a_limit_keeps_the_newest(db: Database) -> None:
    ids = fill(db, 5)
    assert [one["id"] for one in list_deliveries(db, limit=2)] == ids[-2:]


def test_one_status_can_be_asked_for(db: Database) -> None:
    ids = fill(db, 4)
    finish(db, ids[1], "parked")
    assert [one["id"] for one in list_deliveries(db, status="parked")] == [ids[1]]


@pytest.mark.parametrize("status", ["received", "waiting", "handled", "ignored", "parked"])
def test_a_delivery_of_any_status_can_be_put_back(db: Database, status: str) -> None:
    kept, put_back = fill(db, 2)
    finish(db, kept, status, "as it was")
    finish(db, put_back, status, "as it was")
    before = find_delivery(db, kept)
    replay(db, put_back)
    with db.reading() as connection:
        row = connection.execute(sa.select(deliveries).where(deliveries.c.id == put_back)).one()
    assert (row.status, row.reason, row.attempts, row.handled_at) == ("received", "", 0, None)
    assert row.due_at <= now()
    assert find_delivery(db, kept) == before


def test_an_unknown_delivery_is_told_with_a_mend(db: Database) -> None:
    for ask in (find_delivery, replay):
        with pytest.raises(UnknownDelivery, match="no delivery 77") as caught:
            ask(db, 77)
        assert "closeout deliveries" in caught.value.mend
