"""Which servers are on a PostgreSQL database: each is there as long as a session of its own holds its locks.

All servers share one lock, so that it can be known when none is there. Those that work share another one, so
that they can be counted, and each of them has its worker's id for itself. Locks go with their session, not
with time: a dead process leaves no row behind. But what the workers do goes by time, so that a worker whose
clock is not the database's is none: it would accept for the client who has two weeks left.
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.db import Database, lock_number
from app.errors import AlreadyRunning, StorageUnavailable, WrongClock

log = structlog.get_logger()

_SERVERS, _WORKERS = lock_number("closeout serving"), lock_number("closeout working")
FARTHEST = timedelta(seconds=60)
_NOTICE_DEATH = ("tcp_keepalives_idle = 10", "tcp_keepalives_interval = 5", "tcp_keepalives_count = 3")
"""The database lets go of a server whose machine died after 25 s, not after the usual two hours.
https://www.postgresql.org/docs/current/runtime-config-connection.html#RUNTIME-CONFIG-TCP-SETTINGS"""

_COUNT = sa.text(
    "SELECT count(DISTINCT pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND ((classid::bigint << 32) | objid::bigint) = :number"
)


def _end_this_process() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


class Presence:
    """The session of one server; with a `worker_id` it is one that works, under that id alone."""

    def __init__(self, db: Database, worker_id: str = "") -> None:
        self._db, self._worker_id = db, worker_id
        self._session: sa.Connection | None = None

    def take(self) -> None:
        """Be there. Raises AlreadyRunning or WrongClock when that can not be, StorageUnavailable without a
        database.
        """
        try:
            session = self._db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            session.detach()  # never handed to anybody else
            refusal = self._clock(session) or self._lock(session)
        except DBAPIError as error:
            raise StorageUnavailable(
                f"the database refused: {error.orig}", mend="Check connection and permissions"
            ) from error
        if refusal is not None:
            session.close()  # and with it what it holds
            raise refusal
        self._session = session

    def keep(self, on_lost: Callable[[], None] = _end_this_process) -> None:
        """A loop's turn: see that the session still lives; it dies when the database is restarted.

        Then the locks are taken again. `on_lost` is called when somebody else was quicker: two processes
        under one id would both run the same steps, so that this one has to end. So has one whose clock was
        set wrong meanwhile.
        """
        try:
            if not self._lives():
                self.take()
        except (AlreadyRunning, WrongClock) as error:
            log.warning("this server ends", problem=str(error))
            on_lost()

    def leave(self) -> None:
        if self._session is not None:
            with suppress(SQLAlchemyError):  # at the database a session outlives its end here by a moment
                self._session.execute(sa.select(sa.func.pg_advisory_unlock_all()))
            self._session.close()
            self._session = None

    def _lives(self) -> bool:
        """Raises WrongClock."""
        if self._session is None:
            return False
        try:
            refusal = self._clock(self._session)
        except DBAPIError:
            log.warning("the session that holds this server's locks was lost")
            self.leave()
            return False
        if refusal is not None:
            raise refusal
        return True

    def _clock(self, session: sa.Connection) -> WrongClock | None:
        """Only workers go by the clock; the door is open whatever the time."""
        before = datetime.now(UTC)
        there: datetime = session.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
        ahead, behind = before - there, there - datetime.now(UTC)  # at the least, however slow the answer
        if not self._worker_id or max(ahead, behind) <= FARTHEST:
            return None
        off_s, which = round(max(ahead, behind).total_seconds()), "ahead of" if ahead > behind else "behind"
        return WrongClock(
            f"this machine's clock is {off_s} s {which} the database's, and deadlines go by it",
            mend="Switch on time synchronisation (NTP) on both, then start this worker again",
        )

    def _lock(self, session: sa.Connection) -> AlreadyRunning | None:
        for setting in _NOTICE_DEATH:
            session.execute(sa.text(f"SET {setting}"))
        own = lock_number(f"closeout worker {self._worker_id}")
        if self._worker_id and not session.scalar(sa.select(sa.func.pg_try_advisory_lock(own))):
            return AlreadyRunning(
                f"a process with the worker id {self._worker_id!r} is running on this database",
                mend="Stop it, or give this one another CLOSEOUT_WORKER_ID",
            )
        if not session.scalar(sa.select(sa.func.pg_try_advisory_lock_shared(_SERVERS))):
            return AlreadyRunning(
                "a backup is being restored into this database", mend="Wait until that is done"
            )
        if self._worker_id:
            session.execute(sa.select(sa.func.pg_advisory_lock_shared(_WORKERS)))
        return None


@contextmanager
def nobody_present(db: Database) -> Iterator[None]:
    """Inside the block no server is on this database, and none can start. Raises AlreadyRunning."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as session:
        if not session.scalar(sa.select(sa.func.pg_try_advisory_lock(_SERVERS))):
            raise AlreadyRunning("a server runs on this database", mend="Stop every one of them first")
        try:
            yield
        finally:
            session.execute(sa.select(sa.func.pg_advisory_unlock(_SERVERS)))


def count_workers(db: Database) -> int:
    """How many workers are on this PostgreSQL database now. Raises StorageUnavailable."""
    with db.reading() as connection:
        return int(connection.scalar(_COUNT, {"number": _WORKERS}) or 0)
