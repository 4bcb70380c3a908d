"""A backup restored is the same books, on either database, and frozen."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.backup.restore import restore
from app.backup.snapshot import back_up
from app.db import Database
from app.ledger.journal import post, transfer, verify
from app.releases.frozen import is_frozen
from app.settings import Settings
from app.setup.codes import Codes
from app.setup.sessions import Sessions
from app.vault.store import Vault
from tests.backup.books import everything, fill, settings_of
from tests.conftest import KINDS, Kind, PostgresServer


@pytest.fixture(params=KINDS)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database to restore into, of either kind."""
    kind: Kind = request.param
    if kind == "sqlite":
        db = Database(f"sqlite:///{tmp_path / 'target.db'}")
        yield db
        db.close()
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"target_{abs(hash(str(tmp_path)))}"
    db = Database(server.create(name))
    yield db
    db.close()
    server.drop(name)


def test_what_is_restored_is_what_was_backed_up_on_any_pair_of_databases(
    db: Database, target: Database, tmp_path: Path
) -> None:
    fill(db, tmp_path)
    file = tmp_path / "closeout.backup"
    manifest = back_up(db, file)
    restore(settings_of(target), target, file)
    assert everything(target) == everything(db)
    assert manifest.tables["deliveries"].rows >= 3
    assert verify(target).problems == ()
    with target.reading() as connection:
        assert is_frozen(connection)
    with target.transaction() as connection:  # the counters of keys go on after the last row
        identity = connection.scalar(sa.text("SELECT id FROM releases LIMIT 1"))
        assert post(connection, "one more", "invoice_issued", str(identity), transfer("a", "b", 1, "usd"))


def test_only_its_owner_can_read_the_file(db: Database, tmp_path: Path) -> None:
    file = tmp_path / "closeout.backup"
    back_up(db, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_who_was_let_in_when_the_backup_was_made_is_not_let_in_again(
    sqlite_db: Database, tmp_path: Path
) -> None:
    """A session that was ended since, and a code that was used, would come back to life with its row."""

    def desk(db: Database) -> tuple[Sessions, Codes]:
        vault = Vault(db, Settings(keys=("a-key-of-this-installation-0123456789",), is_key_given=True))
        return Sessions(db, vault), Codes(db, vault)

    sessions, codes = desk(sqlite_db)
    code, cookie = codes.make(), sessions.begin()
    assert sessions.read(cookie)
    file = tmp_path / "closeout.backup"
    back_up(sqlite_db, file)
    target = Database(f"sqlite:///{tmp_path / 'target.db'}")
    restore(settings_of(target), target, file)
    sessions, codes = desk(target)
    assert (sessions.read(cookie), codes.take(code)) == (None, False)
    assert codes.take(codes.make()), "whoever has the server's shell goes on"
    target.close()
