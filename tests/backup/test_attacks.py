"""What goes wrong with a backup or a restore leaves everything as it was, and says what to do."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.backup.archive import BackupError
from app.backup.restore import check, restore
from app.backup.snapshot import back_up
from app.db import Database
from app.inbox.store import NewDelivery, add
from app.ledger.journal import post, transfer
from tests.backup.books import everything, fill, settings_of


def test_no_file_is_overwritten_unasked(sqlite_db: Database, tmp_path: Path) -> None:
    file = tmp_path / "closeout.backup"
    file.write_text("what was here before", encoding="utf-8")
    with pytest.raises(BackupError, match="a file already"):
        back_up(sqlite_db, file)
    assert file.read_text(encoding="utf-8") == "what was here before"
    back_up(sqlite_db, file, force=True)
    assert check(file).tables["releases"].rows == 0


def test_only_an_empty_database_is_restored_into(db: Database, tmp_path: Path, target: Database) -> None:
    fill(db, tmp_path)
    file = tmp_path / "closeout.backup"
    back_up(db, file)
    before = everything(db)
    with pytest.raises(BackupError, match=r"there are rows already, in .*releases"):
        restore(settings_of(db), db, file)
    assert everything(db) == before
    restore(settings_of(target), target, file)
    with pytest.raises(BackupError, match="there are rows already"):
        restore(settings_of(target), target, file)
    assert everything(target) == before


def test_a_migrated_database_without_rows_is_empty(file: Path, db: Database) -> None:
    restore(settings_of(db), db, file)
    assert everything(db)["releases"]


KILLED = """
import os, signal, sys
from pathlib import Path
from app.backup import restore as module
from app.db import Database
from app.settings import Settings
from tests.backup.books import tables
from tests.children import in_child

settings, file = Settings.load({"CLOSEOUT_DATABASE_URL": sys.argv[1]}), Path(sys.argv[2])

def killed(moment):
    setattr(module, moment, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    module.restore(settings, Database(settings.database_url), file)

for moment in sys.argv[3:]:
    died = in_child(lambda: killed(moment))
    in_child(lambda: print(-died, tables(Database(settings.database_url)), flush=True))
"""
MOMENTS = ("_load", "_count_on", "freeze_all", "set_aside")


def test_a_restore_that_is_killed_leaves_nothing_and_can_be_done_again(
    file: Path, source: Database, target: Database
) -> None:
    command = [sys.executable, "-c", KILLED, target.url, str(file), *MOMENTS]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    assert done.stdout.splitlines() == [f"{signal.SIGKILL:d} []"] * len(MOMENTS)
    restore(settings_of(target), target, file)
    assert everything(target) == everything(source)


def test_a_full_disk_leaves_no_half_backup(db: Database, tmp_path: Path) -> None:
    with db.transaction() as connection:
        add(connection, [NewDelivery("forge", "github", "big", {}, os.urandom(400_000))])
    target = tmp_path / "out" / "closeout.backup"
    target.parent.mkdir()
    full = subprocess.run(
        [sys.executable, "-m", "app", "backup", str(target)],
        env={**os.environ, "CLOSEOUT_DATABASE_URL": db.url},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert full.returncode == 1
    assert "the backup could not be written" in full.stderr
    assert "Traceback" not in full.stderr
    assert list(target.parent.iterdir()) == []


def test_a_backup_is_of_one_moment_while_writers_work(db: Database, tmp_path: Path, target: Database) -> None:
    """Each transaction writes an entry, two postings and a delivery: never one without the others."""
    fill(db, tmp_path)
    stop, written = threading.Event(), threading.Event()
    with db.reading() as connection:
        identity = str(connection.scalar(sa.text("SELECT id FROM releases LIMIT 1")))

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with db.transaction() as connection:
                post(connection, f"work-{number}", "work", identity, transfer("a", "b", 1, "usd"))
                add(connection, [NewDelivery("forge", "github", f"work-{number}", {}, b"x" * 2000)])
            written.set()

    writers = threading.Thread(target=write)
    writers.start()
    try:
        assert written.wait(30)
        files = [tmp_path / f"{number}.backup" for number in range(5)]
        for path in files:
            back_up(db, path)
    finally:
        stop.set()
        writers.join(30)
    restore(settings_of(target), target, files[-1])
    with target.reading() as connection:
        works = connection.scalar(sa.text("SELECT count(*) FROM entries WHERE kind = 'work'"))
        postings = sa.text("SELECT count(*) FROM postings WHERE account IN ('a', 'b')")
        deliveries = sa.text("SELECT count(*) FROM deliveries WHERE delivery_id LIKE 'work-%'")
        assert works
        assert (connection.scalar(postings), connection.scalar(deliveries)) == (2 * works, works)
