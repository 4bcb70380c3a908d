"""Keeping deliveries: one writer thread that commits whatever waits, together.

A commit to disk costs the same for one delivery and for two hundred, so requests hand their delivery over
and wait; the writer takes all that wait into one transaction. A delivery's future completes only after its
commit: what was answered 2xx is on disk.
"""

from __future__ import annotations

import json
import threading
import zlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
import structlog

from app.db import Database, insert_or_ignore, now
from app.errors import StorageUnavailable
from app.inbox.tables import deliveries

log = structlog.get_logger()

Key = tuple[str, str, str]
"""(source, connection, delivery id): what makes a delivery the same delivery."""


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A verified delivery. `source` is "forge" or "gateway"; `headers` are those to keep, without secrets."""

    source: str
    connection: str
    delivery_id: str
    headers: Mapping[str, str]
    body: bytes
    received_at: str = field(default_factory=now)

    @property
    def key(self) -> Key:
        return (self.source, self.connection, self.delivery_id)


@dataclass(frozen=True, slots=True)
class Stored:
    """The delivery's row. `duplicate`: it was there before, and nothing was changed."""

    id: int
    duplicate: bool


@dataclass(frozen=True, slots=True)
class _Waiting:
    row: NewDelivery
    future: Future[Stored]


class Inbox:
    """Stores deliveries for many threads at once. `start` it, `submit` to it, and `stop` it to drain it.

    `on_stored` is called from the writer after each commit that added a delivery; it must return at once.
    Memory is bounded: what waits is at most `most_waiting` deliveries and about `most_waiting_bytes`.
    """

    def __init__(
        self,
        db: Database,
        on_stored: Callable[[], None] = lambda: None,
        *,
        batch_size: int = 256,
        most_waiting: int = 2048,
        most_waiting_bytes: int = 64 * 1024**2,
    ) -> None:
        self.on_stored = on_stored
        self._db, self._batch_size = db, batch_size
        self._most_waiting, self._most_bytes = most_waiting, most_waiting_bytes
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._running = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)

    def start(self) -> None:
        self._running = True
        self._thread.start()

    def stop(self) -> None:
        """Take nothing new, store what waits, end the thread."""
        with self._changed:
            self._running = False
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def submit(self, row: NewDelivery) -> Future[Stored]:
        """Hand a delivery over; the future completes after its commit, or with StorageUnavailable.

        Raises StorageUnavailable at once when too much waits already, or when the inbox is not running.
        """
        waiting = _Waiting(row, Future())
        with self._changed:
            if not self._running:
                raise StorageUnavailable("the inbox is not running", mend="Send the delivery again later")
            is_full = len(self._waiting) >= self._most_waiting
            if is_full or (self._waiting and self._bytes + len(row.body) > self._most_bytes):
                raise StorageUnavailable(
                    "too many deliveries wait for the database", mend="Send the delivery again later"
                )
            self._waiting.append(waiting)
            self._bytes += len(row.body)
            self._changed.notify()
        return waiting.future

    def _run(self) -> None:
        while batch := self._take():
            try:
                self._store(batch)
            except Exception as error:  # the edge of this thread: nobody else could answer the waiting
                what = error.what if isinstance(error, StorageUnavailable) else type(error).__name__
                log.exception("a batch of deliveries was not stored", deliveries=len(batch))
                for waiting in batch:
                    if not waiting.future.done():
                        waiting.future.set_exception(
                            StorageUnavailable(what, mend="Send the delivery again later")
                        )

    def _take(self) -> list[_Waiting]:
        """Wait for work, then take up to a batch of it; empty when stopped and drained."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or not self._running)
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._batch_size))]
            self._bytes -= sum(len(waiting.row.body) for waiting in batch)
            return batch

    def _store(self, batch: list[_Waiting]) -> None:
        wanted = [waiting for waiting in batch if waiting.future.set_running_or_notify_cancel()]
        if not wanted:
            return
        stored = insert(self._db, [waiting.row for waiting in wanted])
        for waiting, outcome in zip(wanted, stored, strict=True):
            waiting.future.set_result(outcome)
        if not all(outcome.duplicate for outcome in stored):
            self.on_stored()


def insert(db: Database, rows: Sequence[NewDelivery]) -> list[Stored]:
    """Store one or more deliveries in one transaction; one answer each. Raises StorageUnavailable."""
    values = [_values(row) for row in rows]  # compressed before the transaction: it holds up other writers
    with db.transaction() as connection:
        return _insert(connection, rows, values)


def add(connection: sa.Connection, rows: Sequence[NewDelivery]) -> list[Stored]:
    """The same as part of the caller's transaction."""
    return _insert(connection, rows, [_values(row) for row in rows])


def _insert(
    connection: sa.Connection, rows: Sequence[NewDelivery], values: list[dict[str, Any]]
) -> list[Stored]:
    columns = deliveries.c
    statement = insert_or_ignore(connection, deliveries).returning(
        columns.id, columns.source, columns.connection, columns.delivery_id
    )
    new = {(row[1], row[2], row[3]): int(row[0]) for row in connection.execute(statement, values)}
    known = _find(connection, [row.key for row in rows if row.key not in new])
    stored = []
    for row in rows:
        # A key twice in one batch: the first of the two is the new one.
        id_ = new.pop(row.key, None)
        if id_ is not None:
            known[row.key] = id_
        stored.append(Stored(id=known[row.key], duplicate=id_ is None))
    return stored


def _find(connection: sa.Connection, keys: Sequence[Key]) -> dict[Key, int]:
    if not keys:
        return {}
    columns = deliveries.c
    key = sa.tuple_(columns.source, columns.connection, columns.delivery_id)
    query = sa.select(columns.id, columns.source, columns.connection, columns.delivery_id)
    found = connection.execute(query.where(key.in_(sorted(set(keys)))))
    return {(row[1], row[2], row[3]): int(row[0]) for row in found}


def _values(row: NewDelivery) -> dict[str, Any]:
    return {
        "source": row.source,
        "connection": row.connection,
        "delivery_id": row.delivery_id,
        "headers": json.dumps(dict(row.headers)),
        "body": zlib.compress(row.body, 1),
        "received_at": row.received_at,
        "status": "received",
        "due_at": row.received_at,
    }
