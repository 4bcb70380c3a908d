"""A file that is no whole backup, by accident or by hand, is refused before anything is written."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.backup.archive import MANIFEST, BackupError
from app.backup.restore import check, restore
from app.db import Database
from app.settings import Settings


def settings_of(db: Database, **more: str) -> Settings:
    return Settings.load({"CLOSEOUT_DATABASE_URL": db.url, **more})


def tables(db: Database) -> list[str]:
    with db.reading() as connection:
        return sa.inspect(connection).get_table_names()


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


def test_a_line_without_an_end_is_refused_before_it_fills_the_memory(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A zip of three megabytes may hold one of three gigabytes."""

    def endless(members: dict[str, bytes]) -> None:
        name = "tables/deliveries.jsonl"
        members[name] += b'["' + b"x" * 3_000_000 + b'"]\n'
        manifest = json.loads(members[MANIFEST])
        manifest["tables"]["deliveries"]["sha256"] = hashlib.sha256(members[name]).hexdigest()
        members[MANIFEST] = json.dumps(manifest).encode()

    rewrite(file, endless)
    monkeypatch.setattr("app.backup.archive.ROW_MAX_BYTES", 1_000_000)
    with pytest.raises(BackupError, match="a row of it has more than 1000000 bytes"):
        check(file)


def strange_member(members: dict[str, bytes]) -> None:
    members["tables/\x1b]0;pwned\x07.jsonl"] = b"[]\n"


@pytest.mark.parametrize("change", [in_manifest(product="1.0\x1b]0;pwned\x07"), strange_member])
@pytest.mark.parametrize("command", [("restore", "--dry-run"), ("backup", "--verify")])
def test_what_a_file_says_of_itself_commands_no_terminal(
    file: Path, change: Callable[[dict[str, bytes]], None], command: tuple[str, str]
) -> None:
    rewrite(file, change)
    said = subprocess.run(
        [sys.executable, "-m", "app", *command, str(file)], capture_output=True, timeout=60, check=False
    )
    printed = said.stdout + said.stderr
    assert b"pwned" in printed
    assert not {0x1B, 0x07} & set(printed)


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
