"""Which workers live on a PostgreSQL database: each is there as long as a session of its own holds two locks.

One lock bears the worker's id, so that no second process works under it. The other one is shared by all
workers, so that they can be counted. Both go with the session: no clock, no row that a dead process leaves.
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError

from app.db import Database, lock_number
from app.errors import AlreadyRunning, StorageUnavailable

log = structlog.get_logger()

_ALL = lock_number("closeout workers")
_NOTICE_DEATH = ("tcp_keepalives_idle = 10", "tcp_keepalives_interval = 5", "tcp_keepalives_count = 3")
"""The server lets go of a worker whose machine died after 25 s, not after the usual two hours.
https://www.postgresql.org/docs/current/runtime-config-connection.html#RUNTIME-CONFIG-TCP-SETTINGS"""

_COUNT = sa.text(
    "SELECT count(DISTINCT pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND ((classid::bigint << 32) | objid::bigint) = :number"
)


class Presence:
    """The session in which one worker holds its id."""

    def __init__(self, db: Database, worker_id: str) -> None:
        self._db, self._worker_id = db, worker_id
        self._session: sa.Connection | None = None

    def take(self) -> None:
        """Take the id. Raises AlreadyRunning when somebody has it, StorageUnavailable without a database."""
        try:
            session = self._db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            session.detach()  # never handed to anybody else
            is_ours = self._is_taken_by(session)
        except DBAPIError as error:
            raise StorageUnavailable(
                f"the database refused: {error.orig}", mend="Check connection and permissions"
            ) from error
        if not is_ours:
            session.close()
            raise AlreadyRunning(
                f"a process with the worker id {self._worker_id!r} is running on this database",
                mend="Stop it, or give this one another CLOSEOUT_WORKER_ID",
            )
        self._session = session

    def keep(self, on_lost: Callable[[], None]) -> None:
        """See that the session still lives; it died with its locks when the database was restarted.

        Then the id is taken again. `on_lost` is called when somebody else was quicker: two processes under
        one id would both run the same steps, so that this one has to end.
        """
        try:
            if self._session is not None:
                self._session.execute(sa.text("SELECT 1"))
                return
        except DBAPIError:
            log.warning("the session that holds the worker id was lost", worker=self._worker_id)
            self.leave()
        try:
            self.take()
        except AlreadyRunning as error:
            log.warning("the worker id was lost: this process ends", problem=str(error))
            on_lost()

    def leave(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _is_taken_by(self, session: sa.Connection) -> bool:
        for setting in _NOTICE_DEATH:
            session.execute(sa.text(f"SET {setting}"))
        number = lock_number(f"closeout worker {self._worker_id}")
        if not session.scalar(sa.select(sa.func.pg_try_advisory_lock(number))):
            return False
        session.execute(sa.select(sa.func.pg_advisory_lock_shared(_ALL)))
        return True


def count_workers(db: Database) -> int:
    """How many workers are on this PostgreSQL database now. Raises StorageUnavailable."""
    with db.reading() as connection:
        return int(connection.scalar(_COUNT, {"number": _ALL}) or 0)
