"""The database: what the promises of the inbox and the ledger rest on."""

from __future__ import annotations

import stat
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.db import Database, later, lock_number, now, stamp
from app.errors import SettingsError, StorageUnavailable
from app.inbox.tables import deliveries


def a_delivery(name: str) -> dict[str, object]:
    return {
        "source": "forge",
        "connection": "github",
        "delivery_id": name,
        "headers": "{}",
        "body": b"",
        "received_at": now(),
        "status": "received",
    }


def count(db: Database) -> int:
    with db.reading() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(deliveries)) or 0)


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)]
)
def test_sqlite_survives_a_power_cut_and_keeps_its_foreign_keys(
    sqlite_db: Database, pragma: str, value: object
) -> None:
    for door in (sqlite_db.transaction, sqlite_db.reading):
        with door() as connection:
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_what_a_transaction_wrote_is_there_after_it_and_for_others(db: Database) -> None:
    with db.transaction() as connection:
        connection.execute(deliveries.insert(), a_delivery("1"))
        assert count(db) == 0, "a reader must not see what was not committed"
    assert count(db) == 1


def test_an_error_inside_a_transaction_leaves_nothing_behind(db: Database) -> None:
    def fail_midway() -> None:
        with db.transaction() as connection:
            connection.execute(deliveries.insert(), a_delivery("1"))
            raise RuntimeError("midway")

    with pytest.raises(RuntimeError, match="midway"):
        fail_midway()
    assert count(db) == 0


def test_a_broken_constraint_is_told_apart_from_a_database_that_is_ill(db: Database) -> None:
    twice = [a_delivery("1"), a_delivery("1")]
    with pytest.raises(IntegrityError), db.transaction() as connection:
        connection.execute(deliveries.insert(), twice)
    with pytest.raises(StorageUnavailable, match="the database refused"), db.transaction() as connection:
        connection.execute(sa.text("SELECT * FROM no_such_table"))


def test_a_reader_sees_one_moment_while_others_write(sqlite_db: Database) -> None:
    with sqlite_db.reading() as connection:
        size = sa.select(sa.func.count()).select_from(deliveries)
        before = connection.scalar(size)
        with sqlite_db.transaction() as writer:
            writer.execute(deliveries.insert(), a_delivery("1"))
        assert connection.scalar(size) == before == 0
    assert count(sqlite_db) == 1


def test_writers_queue_instead_of_failing_half_way(db: Database) -> None:
    def add(number: int) -> None:
        with db.transaction() as connection:
            connection.scalar(sa.select(sa.func.count()).select_from(deliveries))
            connection.execute(deliveries.insert(), a_delivery(str(number)))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(db) == 12


def test_a_file_that_can_not_be_opened_is_a_storage_problem(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    db = Database(f"sqlite:///{tmp_path / 'folder.db'}")
    with pytest.raises(StorageUnavailable, match="unable to open") as caught, db.transaction():
        pass
    assert not caught.value.permanent
    db.close()


def test_a_new_sqlite_file_is_its_owners_alone(tmp_path: Path) -> None:
    """It holds names and addresses of clients; what was there before keeps the mode that it was given."""
    files = [tmp_path / "new.db", tmp_path / "old.db"]
    files[1].touch(mode=0o640)
    for file in files:
        db = Database(f"sqlite:///{file}")
        with db.transaction() as connection:
            connection.execute(sa.text("CREATE TABLE one (id INTEGER)"))
            beside = [stat.S_IMODE(part.stat().st_mode) for part in tmp_path.glob(f"{file.name}-*")]
        db.close()
        mode = 0o600 if file == files[0] else 0o640
        assert (stat.S_IMODE(file.stat().st_mode), set(beside)) == (mode, {mode})


def test_a_misspelt_folder_is_refused_and_no_empty_book_is_begun_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no folder"):
        Database(f"sqlite:///{tmp_path / 'deep' / 'closeout.db'}")
    assert not (tmp_path / "deep").exists()


def test_times_are_texts_in_utc_that_sort_by_time() -> None:
    east = timezone(timedelta(hours=9))
    assert stamp(datetime(2026, 5, 28, 18, 10, 20, 5000, tzinfo=east)) == "2026-05-28T09:10:20.005Z"
    assert stamp(datetime(2026, 5, 28, tzinfo=UTC)) == "2026-05-28T00:00:00.000Z"
    assert later(-60) < now() < later(60)


def test_the_number_of_a_lock_is_stable_and_fits_postgresql() -> None:
    assert lock_number("closeout migrations") == lock_number("closeout migrations")
    assert lock_number("a") != lock_number("b")
    assert all(0 <= lock_number(str(name)) < 2**63 for name in range(100))


def test_a_snapshot_does_not_see_what_is_committed_after_it_began(db: Database) -> None:
    first, second = sa.text("SELECT count(*) FROM identities"), sa.text("SELECT count(*) FROM freezes")
    with db.snapshot() as connection:
        assert connection.scalar(first) == 0
        with db.transaction() as writing:
            writing.execute(sa.text("INSERT INTO freezes (reason, at, gateways) VALUES ('why', 'now', '[]')"))
        assert connection.scalar(second) == 0
    with db.snapshot() as connection:
        assert connection.scalar(second) == 1
    with db.transaction() as connection:  # the connection that only read can write again
        connection.execute(sa.text("DELETE FROM freezes"))
