"""A filled database, and the backup of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.backup.snapshot import back_up
from app.db import Database
from tests.backup.books import fill


@pytest.fixture
def source(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    """A filled database."""
    folder = tmp_path / "source"
    folder.mkdir()
    shutil.copyfile(sqlite_template, folder / "source.db")
    one = Database(f"sqlite:///{folder / 'source.db'}")
    fill(one, folder)
    yield one
    one.close()


@pytest.fixture
def file(source: Database, tmp_path: Path) -> Path:
    """The backup of it."""
    path = tmp_path / "closeout.backup"
    back_up(source, path)
    return path
