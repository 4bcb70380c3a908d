"""Durable workflows. The only file that knows the workflow library (DBOS), and keeps clear of its traps:

* an executor id is explicit and stable, and a lock refuses a second process that would hold the same one;
* the application version is fixed, so that a deploy does not orphan work in flight;
* arguments and results are JSON, never pickles: who can write the database can not run code;
* with SQLite the library gets a file of its own, in WAL mode, beside the application's.

A workflow id is a permanent key: a second start under the same id changes nothing.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TextIO

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, SetWorkflowID, SQLAlchemyDatasource
from dbos._error import DBOSException
from dbos._serialization import DBOSPortableJSON

from app.db import Database, make_private, use_wal
from app.errors import AlreadyRunning
from app.presence import Presence, nobody_present
from app.settings import Settings

APPLICATION_VERSION = "1"
"""Grows only when old histories can no longer be replayed by the workflows' code."""

FINISH_WITHIN_S = 32
"""A little longer than one call to a gateway may take: the one in hand is finished and written down."""

OPTIONS: DBOSConfig = {
    "application_version": APPLICATION_VERSION,
    "serializer": DBOSPortableJSON,
    "log_level": "WARNING",
    "max_executor_threads": 16,
    "sys_db_pool_size": 8,
}
"""What the library is told whatever the settings say, https://docs.dbos.dev/python/reference/configuration"""

Json = Any


class Engine:
    """Runs registered workflows; one per process. Register before `launch`."""

    def __init__(self, settings: Settings, db: Database) -> None:
        self._settings, self._db = settings, db
        self._presence = None if settings.is_sqlite else Presence(db, settings.worker_id)
        self._lock: TextIO | None = None
        self._datasource: SQLAlchemyDatasource | None = None
        self._registered: dict[str, Callable[..., Any]] = {}
        self.is_running = False

    @property
    def state(self) -> str:
        """ "ok" or what is wrong."""
        return "ok" if self.is_running else "not running"

    def register(self, name: str, body: Callable[..., Json], on_error: Callable[..., None]) -> None:
        """Name a workflow. `body` takes and returns JSON, and acts only through `step` and `transaction`.

        An error out of a body would end its workflow for ever: `on_error(error, *arguments)` is called
        instead, to write it down and to see that the work is taken up again.
        """

        def guarded(*arguments: Json) -> Json:
            try:
                return body(*arguments)
            except DBOSException:
                raise  # the library's own signals, such as another process having taken the work over
            except Exception as error:  # noqa: BLE001 - the edge of every workflow
                on_error(error, *arguments)
                return f"failed: {error}"

        self._registered[name] = DBOS.workflow(name=name)(guarded)

    def launch(self) -> None:
        """Take the lock, create the tables, resume what a killed process left. Raises AlreadyRunning."""
        self._take_lock()
        url = self._settings.engine_url
        if self._settings.is_sqlite:
            path = sa.make_url(url).database or ""
            make_private(path)
            with sqlite3.connect(path) as connection:
                use_wal(connection)
        config: DBOSConfig = {
            "name": "closeout",
            "system_database_url": url,
            "executor_id": self._settings.worker_id,
            **OPTIONS,
        }
        DBOS(config=config)
        with self._db.turn_of("engine tables"):  # the library's CREATE TABLEs do not bear company
            self._datasource = SQLAlchemyDatasource.create(
                self._db.url, engine=self._db.engine, serializer=DBOSPortableJSON
            )
            DBOS.launch()
        self.is_running = True

    def start(self, name: str, workflow_id: str, *arguments: Json) -> None:
        """Start a workflow, or do nothing if that id was ever started. Returns once it is durable."""
        with SetWorkflowID(workflow_id):
            DBOS.start_workflow(self._registered[name], *arguments)

    def progress(self, workflow_id: str) -> Literal["never started", "running", "over"]:
        """Where the workflow of that id is, whichever process runs it."""
        status = DBOS.get_workflow_status(workflow_id)
        if status is None:
            return "never started"
        return "running" if status.status in ("PENDING", "ENQUEUED", "DELAYED") else "over"

    def step(self, name: str, function: Callable[..., Json], *arguments: Json) -> Json:
        """Inside a workflow: one call outside. Its result is kept; after a crash it may run again."""
        return DBOS.run_step({"name": name}, function, *arguments)

    def transaction(self, name: str, function: Callable[[sa.Connection], Json]) -> Json:
        """Inside a workflow: what `function` writes and its result (JSON) commit together, once."""
        datasource = self._datasource
        if datasource is None:
            raise RuntimeError("the engine was not launched")
        return datasource.run_tx_step({"name": name}, lambda: function(datasource.sql_session().connection()))

    def stop(self, *, finish_within_s: int = FINISH_WITHIN_S) -> None:
        """Let running workflows finish, then let go of the lock; the rest resumes at the next start."""
        if self.is_running:
            self.is_running = False
            DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=finish_within_s)
        if self._presence is not None:
            self._presence.leave()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def keep_lock(self) -> None:
        """A loop's turn: see that the worker id is still ours, or tell this process to end."""
        if self._presence is not None:
            self._presence.keep()

    def _take_lock(self) -> None:
        if self._presence is not None:
            self._presence.take()
        else:
            self._lock = _lock_file(self._settings)


@contextmanager
def nobody_serves(settings: Settings, db: Database) -> Iterator[None]:
    """Inside the block no server runs on this database, and none can start. Raises AlreadyRunning."""
    if settings.is_sqlite:
        lock = _lock_file(settings)
        try:
            yield
        finally:
            lock.close()
        return
    with nobody_present(db):
        yield


def set_aside(settings: Settings, connection: sa.Connection) -> str:
    """Put away what an engine left of other books: its runs are not of these. Answers where it is now, or "".

    What it knows as over would not be begun again, and what it has in hand would go on with answers of its
    own. Called where nobody serves. With PostgreSQL it is part of the caller's transaction.
    """
    name = f"dbos_until_{datetime.now(UTC):%Y%m%d%H%M%S}"
    if not settings.is_sqlite:
        if "dbos" not in sa.inspect(connection).get_schema_names():
            return ""
        connection.exec_driver_sql(f"ALTER SCHEMA dbos RENAME TO {name}")
        return f"schema {name}"
    for table in ("datasource_outputs", "dbos_datasource_migrations"):  # the library's, in our own file
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")
    file = Path(sa.make_url(settings.engine_url).database or "")
    if not file.exists():
        return ""
    for suffix in ("-wal", "-shm", ""):  # the file itself last: it is what says that there is something
        part = file.with_name(f"{file.name}{suffix}")
        if part.exists():
            part.rename(part.with_name(f"{file.stem}.{name}{file.suffix}{suffix}"))
    return f"{file.stem}.{name}{file.suffix}"


def _lock_file(settings: Settings) -> TextIO:
    lock = settings.lock_path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise AlreadyRunning(
            f"process {holder} uses this database already",
            where=str(settings.lock_path),
            mend="Stop it first: with SQLite exactly one process serves; use PostgreSQL for more",
        ) from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
