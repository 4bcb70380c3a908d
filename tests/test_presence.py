"""A worker is there as long as its session is; after the database was away it is there again, or it ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

import pytest

from app.db import Database
from app.errors import AlreadyRunning, StorageUnavailable, WrongClock
from app.presence import Presence, count_workers, nobody_present
from tests.conftest import PostgresServer

NAME = "presence"


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[Database]:
    db = Database(postgres_server.create(NAME))
    yield db
    db.close()
    postgres_server.drop(NAME)


def never() -> None:
    raise AssertionError("the id was not lost")


def test_each_worker_counts_until_it_leaves_and_only_on_its_own_database(
    database: Database, postgres_server: PostgresServer
) -> None:
    left, right = Presence(database, "left"), Presence(database, "right")
    assert count_workers(database) == 0
    left.take()
    right.take()
    assert count_workers(database) == 2
    other = Database(postgres_server.url("postgres"))
    assert count_workers(other) == 0
    other.close()
    left.leave()
    assert count_workers(database) == 1
    right.leave()
    assert count_workers(database) == 0


def test_an_id_is_taken_once(database: Database) -> None:
    first, second = Presence(database, "same"), Presence(database, "same")
    first.take()
    with pytest.raises(AlreadyRunning, match="'same'"):
        second.take()
    assert count_workers(database) == 1
    first.keep(never)
    first.leave()
    second.take()
    second.leave()


def test_after_the_database_was_restarted_the_worker_takes_its_id_again(
    database: Database, postgres_server: PostgresServer
) -> None:
    worker = Presence(database, "patient")
    worker.take()
    postgres_server.refuse_connections(NAME)
    with pytest.raises(StorageUnavailable):
        worker.keep(never)
    with pytest.raises(StorageUnavailable):
        worker.keep(never)
    postgres_server.accept_connections(NAME)
    worker.keep(never)
    assert count_workers(database) == 1
    with pytest.raises(AlreadyRunning):
        Presence(database, "patient").take()
    worker.leave()


def test_a_worker_whose_id_somebody_else_took_meanwhile_is_told_to_end(
    database: Database, postgres_server: PostgresServer
) -> None:
    worker, quicker = Presence(database, "wanted"), Presence(database, "wanted")
    worker.take()
    postgres_server.refuse_connections(NAME)
    postgres_server.accept_connections(NAME)
    quicker.take()
    told: list[bool] = []
    worker.keep(lambda: told.append(True))
    assert told == [True]
    assert count_workers(database) == 1
    quicker.leave()


@pytest.mark.parametrize(
    ("off", "said"), [(timedelta(days=30), "ahead of the database's"), (timedelta(minutes=-2), "behind")]
)
def test_a_worker_whose_clock_is_not_the_databases_neither_starts_nor_goes_on(
    database: Database, monkeypatch: pytest.MonkeyPatch, off: timedelta, said: str
) -> None:
    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + off

    worker, door, told = Presence(database, "right"), Presence(database), [0]
    worker.take()
    worker.keep(never)
    monkeypatch.setattr("app.presence.datetime", Wrong)
    worker.keep(lambda: told.append(1))
    assert told == [0, 1]
    with pytest.raises(WrongClock, match=said):
        Presence(database, "wrong").take()
    assert count_workers(database) == 1
    door.take()
    door.keep(never)
    door.leave()
    worker.leave()


def test_a_clock_that_is_off_by_less_than_a_minute_is_no_reason_to_stop(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Off(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=50)

    monkeypatch.setattr("app.presence.datetime", Off)
    worker = Presence(database, "roughly")
    worker.take()
    worker.keep(never)
    worker.leave()


def test_a_server_that_does_not_work_is_there_without_being_counted(database: Database) -> None:
    web, another = Presence(database), Presence(database)
    web.take()
    another.take()
    assert count_workers(database) == 0
    with pytest.raises(AlreadyRunning, match="a server runs"), nobody_present(database):
        raise AssertionError("there are two")
    web.leave()
    another.leave()
    with nobody_present(database):
        for newcomer in (Presence(database), Presence(database, "worker")):
            with pytest.raises(AlreadyRunning, match="being restored"):
                newcomer.take()
        assert count_workers(database) == 0
    web.take()
    web.leave()
