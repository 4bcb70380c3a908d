"""A backup that is not whole, not ours or of another version is refused before anything is written."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.backup.archive import MANIFEST, BackupError
from app.backup.restore import check, restore
from app.backup.snapshot import back_up
from app.db import Database
from tests.backup.books import everything, fill, settings_of, tables


def rewrite(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Change the members of a backup, as somebody with a zip program would."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def dearer(members: dict[str, bytes]) -> None:
    members["tables/payouts.jsonl"] = members["tables/payouts.jsonl"].replace(
        b"acc_dev_team_44", b"acc_thief"
    )


def without_invoices(members: dict[str, bytes]) -> None:
    del members["tables/invoices.jsonl"]


def one_more(members: dict[str, bytes]) -> None:
    members["tables/../../evil.jsonl"] = b"[]\n"


def without_manifest(members: dict[str, bytes]) -> None:
    del members[MANIFEST]


def in_manifest(**values: object) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        members[MANIFEST] = json.dumps(json.loads(members[MANIFEST]) | values).encode()

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (dearer, "payouts does not have the checksum"),
        (without_invoices, "tables/invoices.jsonl"),
        (one_more, "evil.jsonl"),
        (without_manifest, "manifest"),
        (in_manifest(tables=[]), "manifest can not be read"),
        (in_manifest(format=2), "format 2"),
        (in_manifest(revision="9999"), "'9999' of the tables this program does not know"),
    ],
)
def test_a_tampered_file_is_refused_before_anything_is_written(
    file: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], None], told: str
) -> None:
    rewrite(file, change)
    with pytest.raises(BackupError, match=told):
        check(file)
    empty = Database(f"sqlite:///{tmp_path / 'target.db'}")
    with pytest.raises(BackupError, match=told):
        restore(settings_of(empty), empty, file)
    assert tables(empty) == []
    empty.close()


@pytest.mark.parametrize("left", [0, 100, 0.5, -1, -30])
def test_a_truncated_file_is_refused(file: Path, tmp_path: Path, left: float) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * left) if left == 0.5 else int(left)])
    empty = Database(f"sqlite:///{tmp_path / 'target.db'}")
    with pytest.raises(BackupError, match="no whole backup"):
        restore(settings_of(empty), empty, file)
    assert tables(empty) == []
    empty.close()


def test_a_flipped_bit_is_noticed_or_changes_nothing(file: Path) -> None:
    """Some bits of a zip say nothing, such as the hour at which a member was written."""
    whole, manifest, noticed = file.read_bytes(), check(file), 0
    places = range(0, len(whole), max(1, len(whole) // 100))
    for place in places:
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        try:
            assert check(file) == manifest
        except BackupError:
            noticed += 1
    assert noticed > len(places) / 2


def test_a_backup_of_a_newer_database_is_refused(sqlite_db: Database, tmp_path: Path) -> None:
    with sqlite_db.transaction() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BackupError, match="newer program"):
        back_up(sqlite_db, tmp_path / "closeout.backup")


def test_a_backup_from_before_the_freezes_is_brought_up_to_date(tmp_path: Path, target: Database) -> None:
    from alembic import command

    from app import migrations

    old = Database(f"sqlite:///{tmp_path / 'old.db'}")
    migrations.upgrade(old)
    fill(old, tmp_path)
    with old.transaction() as connection:
        command.downgrade(migrations.alembic_config(connection), "0002")
    file = tmp_path / "old.backup"
    assert back_up(old, file).revision == "0002"
    restore(settings_of(target), target, file)
    with target.reading() as connection:
        assert migrations.present_revision(connection) != "0002"
        assert connection.scalar(sa.text("SELECT count(*) FROM freezes")) == 1
    migrations.upgrade(old)
    assert everything(target)["releases"] == everything(old)["releases"]
    old.close()
