"""Books that were filled once, their backup, and an empty database to restore it into."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.backup.snapshot import back_up
from app.db import Database
from tests.backup.books import fill


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Database]:
    """A filled database, which nobody writes to any more."""
    folder = tmp_path_factory.mktemp("source")
    shutil.copyfile(sqlite_template, folder / "source.db")
    one = Database(f"sqlite:///{folder / 'source.db'}")
    fill(one, folder)
    yield one
    one.close()


@pytest.fixture(scope="session")
def backup(source: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The backup of it."""
    path = tmp_path_factory.mktemp("backup") / "closeout.backup"
    back_up(source, path)
    return path


@pytest.fixture
def file(backup: Path, tmp_path: Path) -> Path:
    """A copy of it, which a test may change."""
    return Path(shutil.copy(backup, tmp_path))


@pytest.fixture
def target(empty_database_url: str) -> Iterator[Database]:
    """An empty database of the same kind as `db`."""
    one = Database(empty_database_url)
    yield one
    one.close()
