"""The database: SQLite or PostgreSQL through SQLAlchemy Core. The one place that begins and commits.

SQLite runs in WAL mode with synchronous=FULL, so that what was committed survives a power cut, and writers
begin with BEGIN IMMEDIATE, so that two of them queue instead of failing half way.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.errors import SettingsError, StorageUnavailable

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""An auto-incrementing key; SQLite only counts up its own INTEGER."""

_READING = "closeout_reading"


class Database:
    """An engine and its two doors: `transaction()` writes and commits, `reading()` sees one snapshot."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            folder = Path(sa.make_url(url).database or "").parent
            if not folder.is_dir():
                raise SettingsError(
                    f"there is no folder {folder}", where=url, mend="Make it, or mend the path"
                )
            self.engine = sa.create_engine(url, connect_args={"timeout": 30}, pool_size=20)
            event.listen(self.engine, "do_connect", lambda *_: make_private(sa.make_url(url).database or ""))
            event.listen(self.engine, "connect", _sqlite_connect)
            event.listen(self.engine, "begin", _sqlite_begin)
        else:
            self.engine = sa.create_engine(url, pool_size=20, pool_pre_ping=True)
        self._reader = self.engine.execution_options(**{_READING: True})

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Write: commits at the end of the block, rolls back on any error.

        Raises StorageUnavailable for what the operator must mend (disk full, connection lost, locked).
        """
        with _storage_errors(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Read without holding up writers; with SQLite, or in one statement, from one consistent snapshot."""
        with _storage_errors(), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[sa.Connection]:
        """Read everything as it stands at one moment, however long that takes and whoever writes."""
        options: dict[str, Any] = {}
        if not self.is_sqlite:  # there each statement would see a moment of its own
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        reader = self._reader.execution_options(**options)
        with _storage_errors(), reader.connect() as connection, connection.begin():
            yield connection

    def alone(self, name: str, turn: Callable[[], bool]) -> Callable[[], bool]:
        """`turn`, but only while no other process takes a turn of that name; else it says False at once.

        Two processes that both looked for work and both found it would write one comment twice.
        """

        def guarded() -> bool:
            with self.turn_of(name, wait=False) as is_ours:
                return is_ours and turn()

        return guarded

    @contextmanager
    def turn_of(self, name: str, *, wait: bool = True) -> Iterator[bool]:
        """Whether this process has the turn of that name inside the block; with `wait` it always has.

        A dead process's lock goes with its session. With SQLite there is one process and nothing to lock.
        """
        if self.is_sqlite:
            yield True
            return
        number = lock_number(f"closeout turn {name}")
        lock = sa.func.pg_advisory_lock if wait else sa.func.pg_try_advisory_lock
        with _storage_errors(), self.engine.connect() as connection:
            is_ours = connection.scalar(sa.select(lock(number))) is not False
            connection.commit()  # the lock is the session's; no transaction stays open meanwhile
            try:
                yield is_ours
            finally:
                if is_ours:
                    connection.execute(sa.select(sa.func.pg_advisory_unlock(number)))
                    connection.commit()

    def due(self, table: sa.Table, limit: int) -> Sequence[sa.RowMapping]:
        """The rows of a table with a `due_at` whose time has come, the longest due first."""
        query = sa.select(table).where(table.c.due_at <= now()).order_by(table.c.due_at).limit(limit)
        with self.reading() as connection:
            return connection.execute(query).mappings().all()

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def _storage_errors() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise StorageUnavailable(
            f"the database refused: {error.orig}", mend="Check disk space, connection and permissions"
        ) from error


def make_private(path: str) -> None:
    """Let a SQLite file that is yet to come be readable by its owner alone (0600); it holds clients' names.

    SQLite gives what it writes beside it the same mode. What can not be made SQLite itself complains of.
    """
    if path and not path.startswith(":"):
        with suppress(OSError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    use_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def use_wal(connection: sqlite3.Connection) -> None:
    """Set a SQLite file to write-ahead logging. SQLite does not wait for others here, so that we must."""
    deadline = time.monotonic() + 30
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _sqlite_begin(connection: sa.Connection) -> None:
    reading = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def serialise(connection: sa.Connection, name: str) -> None:
    """Until this transaction's end no other one may hold `name`. With SQLite there is one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock_number(f"closeout {name}"))))


def insert_or_ignore(connection: sa.Connection, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that leaves a row that is there already as it is; rowcount 0 says so."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing()


def now() -> str:
    """The present moment as RFC 3339 in UTC with milliseconds; such texts sort by time."""
    return stamp(datetime.now(UTC))


def later(seconds: float) -> str:
    """The moment `seconds` from now, in the form of `now`."""
    return stamp(datetime.now(UTC) + timedelta(seconds=seconds))


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def lock_number(name: str) -> int:
    """A stable 63-bit number for PostgreSQL's advisory locks."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> 1
