"""Nothing is restored under a running server, and nothing into runs of the books that were lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.backup.restore import restore
from app.db import Database
from app.engine import Engine
from app.errors import AlreadyRunning
from tests.backup.books import everything, settings_of
from tests.releases.engines import ending_at_once


def test_nothing_is_restored_under_a_running_server(file: Path, db: Database) -> None:
    engine = Engine(settings_of(db), db)
    engine.launch()
    try:
        with pytest.raises(AlreadyRunning):
            restore(settings_of(db, CLOSEOUT_WORKER_ID="other"), db, file)
        assert everything(db)["releases"] == []
    finally:
        engine.stop()
    restore(settings_of(db), db, file)


def test_a_server_that_starts_meanwhile_waits_or_is_refused(file: Path, target: Database) -> None:
    """While a restore has the database, no engine gets its lock."""
    from app.engine import nobody_serves

    with nobody_serves(settings_of(target), target), pytest.raises(AlreadyRunning):
        Engine(settings_of(target), target).launch()


def test_an_engine_that_knew_the_lost_books_is_put_aside(file: Path, db: Database, tmp_path: Path) -> None:
    """Its runs are over under names that come again; the restored releases would never run under them."""

    def run(name: str) -> tuple[str, list[str]]:
        """Whether a run of that name is known, and what a new one commits."""
        written: list[str] = []
        engine = Engine(settings_of(db), db)
        engine.register(
            "release",
            lambda _: engine.transaction("write", lambda _connection: written.append("done")),
            lambda error, *_: written.append(str(error)),
        )
        with ending_at_once():
            engine.launch()
            known = engine.progress(name)
            engine.start("release", name, 0)
            engine.stop()
        return known, written

    name = "release/con_7732_alpha/3/r1/run-0"
    assert run(name) == ("never started", ["done"])
    assert run(name) == ("over", [])
    _, aside = restore(settings_of(db), db, file)
    assert "dbos_until" in aside
    assert run(name) == ("never started", ["done"])
