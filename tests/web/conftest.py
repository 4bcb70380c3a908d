"""Sites for the tests of this folder: one shared on SQLite, and a fresh one per kind of database."""

from __future__ import annotations

import io
import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from app import logs
from app.db import Database
from tests.web import seeds
from tests.web.site import STATUS_TOKEN, Site, a_site


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for a whole file of tests; each uses delivery ids of its own."""
    path = tmp_path_factory.mktemp("site") / "closeout.db"
    shutil.copyfile(sqlite_template, path)
    db = Database(f"sqlite:///{path}")
    with a_site(db) as one:
        yield one
    db.close()


@pytest.fixture
def fresh_site(db: Database) -> Iterator[Site]:
    """A site of its own, once on SQLite and once on PostgreSQL."""
    with a_site(db) as one:
        yield one


_numbers = itertools.count(1)


@pytest.fixture
def new_id() -> str:
    """A delivery id that no other test uses."""
    return f"delivery-{next(_numbers)}"


LogLines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def log_lines() -> Iterator[LogLines]:
    """What was logged since the test began, line by line; each must be one JSON object."""
    stream = io.StringIO()
    logs.configure("info", stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logs.configure("warning")


@pytest.fixture
def seeded(db: Database) -> Iterator[Site]:
    """A site whose database holds the worked example."""
    seeds.worked_example(db)
    with a_site(db) as site:
        yield site


@pytest.fixture
def owner(seeded: Site) -> Iterator[requests.Session]:
    """A browser that is signed in."""
    with requests.Session() as session:
        session.get(seeded.url, params={"token": STATUS_TOKEN}, timeout=20)
        yield session
