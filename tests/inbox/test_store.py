"""The writer: one commit for all that wait, and nobody is answered before it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.db import Database
from app.errors import StorageUnavailable
from app.inbox.store import Inbox, NewDelivery, Stored, insert
from app.inbox.tables import deliveries


def a_delivery(name: str = "1", body: bytes = b"{}", connection: str = "github") -> NewDelivery:
    return NewDelivery("forge", connection, name, {"x-github-event": "issues"}, body)


def ids(db: Database) -> dict[str, int]:
    with db.reading() as connection:
        rows = connection.execute(sa.select(deliveries.c.delivery_id, deliveries.c.id))
        return {row[0]: row[1] for row in rows}


class Gated(Database):
    """A database whose transactions wait at a gate, and may be told to fail there."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.at_gate, self.gate = threading.Semaphore(0), threading.Semaphore(0)
        self.failure: Exception | None = None
        self.commits = 0

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        self.at_gate.release()
        assert self.gate.acquire(timeout=20)
        with super().transaction() as connection:
            yield connection
            if self.failure is not None:
                raise self.failure
        self.commits += 1

    def open(self, turns: int = 1) -> None:
        self.gate.release(turns)


@pytest.fixture
def gated(database_url: str) -> Iterator[Gated]:
    db = Gated(database_url)
    yield db
    db.open(100)
    db.close()


@pytest.fixture
def inbox(db: Database) -> Iterator[Inbox]:
    inbox = Inbox(db)
    inbox.start()
    yield inbox
    inbox.stop()


def test_a_new_delivery_gets_an_id_and_a_copy_gets_the_same(inbox: Inbox, db: Database) -> None:
    first = inbox.submit(a_delivery()).result(20)
    again = inbox.submit(a_delivery()).result(20)
    assert first == Stored(ids(db)["1"], duplicate=False)
    assert again == Stored(first.id, duplicate=True)


def test_all_that_wait_are_stored_in_one_commit(gated: Gated) -> None:
    inbox = Inbox(gated)
    inbox.start()
    first = inbox.submit(a_delivery("first"))
    assert gated.at_gate.acquire(timeout=20)  # the writer holds the first; these wait behind it
    waiting = [inbox.submit(a_delivery(str(number))) for number in range(100)]
    gated.open(2)
    assert {future.result(20).duplicate for future in [first, *waiting]} == {False}
    assert gated.commits == 2
    inbox.stop()


def test_a_batch_has_a_size(gated: Gated) -> None:
    inbox = Inbox(gated, batch_size=10)
    inbox.start()
    inbox.submit(a_delivery("first"))
    assert gated.at_gate.acquire(timeout=20)
    waiting = [inbox.submit(a_delivery(str(number))) for number in range(25)]
    gated.open(4)
    for future in waiting:
        future.result(20)
    assert gated.commits == 4
    inbox.stop()


def test_no_future_completes_before_its_commit(gated: Gated) -> None:
    inbox = Inbox(gated)
    inbox.start()
    future = inbox.submit(a_delivery())
    assert gated.at_gate.acquire(timeout=20)
    with pytest.raises(NotYet):
        future.result(0.1)
    assert ids(gated) == {}
    gated.open()
    future.result(20)
    assert "1" in ids(gated)
    inbox.stop()


@pytest.mark.parametrize("failure", [StorageUnavailable("disk full"), RuntimeError("a mistake of ours")])
def test_a_failed_commit_is_told_to_everybody_in_it_and_nothing_is_kept(
    gated: Gated, failure: Exception
) -> None:
    inbox = Inbox(gated)
    inbox.start()
    first = inbox.submit(a_delivery("first"))
    assert gated.at_gate.acquire(timeout=20)
    waiting = [inbox.submit(a_delivery(str(number))) for number in range(5)]
    gated.open()
    first.result(20)
    assert gated.at_gate.acquire(timeout=20)
    gated.failure = failure
    gated.open()
    for future in waiting:
        with pytest.raises(StorageUnavailable):
            future.result(20)
    assert set(ids(gated)) == {"first"}
    gated.failure = None
    gated.open()
    assert not inbox.submit(a_delivery("0")).result(20).duplicate, "the writer must live on"
    inbox.stop()


def test_copies_within_one_batch_are_one_delivery(db: Database) -> None:
    insert(db, [a_delivery("old")])
    stored = insert(db, [a_delivery(name) for name in ("a", "old", "a", "b", "a")])
    assert [one.duplicate for one in stored] == [False, True, True, False, True]
    assert [one.id for one in stored] == [ids(db)[name] for name in ("a", "old", "a", "b", "a")]


@given(st.lists(st.tuples(st.sampled_from(["github", "gitlab"]), st.integers(0, 5)), min_size=2, max_size=30))
def test_whatever_comes_in_whatever_batches_each_delivery_is_new_exactly_once(
    tmp_path_factory: pytest.TempPathFactory, arrivals: list[tuple[str, int]]
) -> None:
    db = Database(f"sqlite:///{tmp_path_factory.mktemp('arrivals') / 'closeout.db'}")
    with db.transaction() as connection:
        deliveries.create(connection)
    rows = [a_delivery(str(number), connection=name) for name, number in arrivals]
    half = len(rows) // 2
    stored = insert(db, rows[:half]) + insert(db, rows[half:])
    by_key: dict[tuple[str, int], list[Stored]] = {}
    for arrival, one in zip(arrivals, stored, strict=True):
        by_key.setdefault(arrival, []).append(one)
    for copies in by_key.values():
        assert [one.duplicate for one in copies] == [False] + [True] * (len(copies) - 1)
        assert len({one.id for one in copies}) == 1
    assert len({one.id for one in stored}) == len(by_key)
    db.close()


def test_two_writers_of_one_database_agree_on_who_was_first(db: Database) -> None:
    other = Database(db.url)
    rows = [a_delivery(str(number)) for number in range(50)]
    results: list[list[Stored]] = []
    threads = [
        threading.Thread(target=lambda one=one: results.append(insert(one, rows))) for one in (db, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    left, right = results
    assert [one.id for one in left] == [one.id for one in right]
    assert all(one.duplicate != two.duplicate for one, two in zip(left, right, strict=True))
    other.close()


def test_the_relay_is_woken_once_per_commit_and_only_for_something_new(db: Database) -> None:
    calls: list[int] = []
    inbox = Inbox(db, lambda: calls.append(len(ids(db))))
    inbox.start()
    inbox.submit(a_delivery()).result(20)
    inbox.submit(a_delivery()).result(20)
    inbox.submit(a_delivery("2")).result(20)
    inbox.stop()
    assert calls == [1, 2], "what it is woken for must be there to be seen"


def test_a_full_inbox_refuses_at_once_instead_of_growing(gated: Gated) -> None:
    inbox = Inbox(gated, most_waiting=3, most_waiting_bytes=100)
    inbox.start()
    inbox.submit(a_delivery("first"))
    assert gated.at_gate.acquire(timeout=20)
    inbox.submit(a_delivery("1", b"x" * 90))
    with pytest.raises(StorageUnavailable, match="too many deliveries"):
        inbox.submit(a_delivery("2", b"x" * 11))
    waiting = [inbox.submit(a_delivery(str(number))) for number in (3, 4)]
    with pytest.raises(StorageUnavailable, match="too many deliveries"):
        inbox.submit(a_delivery("5"))
    gated.open(10)
    for future in waiting:
        future.result(20)
    inbox.submit(a_delivery("2", b"x" * 5000)).result(20)
    inbox.stop()


def test_what_was_stored_takes_no_more_room(gated: Gated) -> None:
    inbox = Inbox(gated, most_waiting=3, most_waiting_bytes=100)
    inbox.start()
    for number in range(3):
        inbox.submit(a_delivery(f"{number}"))
        assert gated.at_gate.acquire(timeout=20)
        inbox.submit(a_delivery(f"{number} small"))
        large = inbox.submit(a_delivery(f"{number} large", b"x" * 90))
        gated.open(2)
        large.result(20)
        assert gated.at_gate.acquire(timeout=20)
    inbox.stop()


def test_stopping_stores_what_waits_and_takes_nothing_more(gated: Gated) -> None:
    inbox = Inbox(gated, batch_size=1)
    inbox.start()
    waiting = [inbox.submit(a_delivery(str(number))) for number in range(3)]
    stopper = threading.Thread(target=inbox.stop)
    stopper.start()
    while True:  # until the inbox knows that it is to stop
        try:
            waiting.append(inbox.submit(a_delivery(str(len(waiting)))))
        except StorageUnavailable:
            break
    gated.open(len(waiting))
    stopper.join(20)
    assert len(ids(gated)) == len(waiting)
    assert all(future.done() for future in waiting)


def test_before_its_start_it_takes_nothing(sqlite_db: Database) -> None:
    with pytest.raises(StorageUnavailable, match="not running"):
        Inbox(sqlite_db).submit(a_delivery())


def test_a_delivery_that_nobody_waits_for_any_more_is_not_stored(gated: Gated) -> None:
    inbox = Inbox(gated)
    inbox.start()
    inbox.submit(a_delivery("first"))
    assert gated.at_gate.acquire(timeout=20)
    given_up: Future[Stored] = inbox.submit(a_delivery("given up"))
    assert given_up.cancel()
    last = inbox.submit(a_delivery("last"))
    gated.open(5)
    last.result(20)
    assert set(ids(gated)) == {"first", "last"}
    inbox.stop()
