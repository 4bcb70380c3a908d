"""A backup that somebody changed, checksums and all: what it says of money is not believed."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.backup.archive import MANIFEST
from app.backup.restore import restore
from app.backup.snapshot import back_up
from app.configuration.fetching import Fetcher
from app.configuration.kept import KeptSource
from app.db import Database
from app.milestones.book import Book
from app.milestones.contract import snapshot_hash
from app.settings import Settings
from tests.backup.travel import Step, closed, go_on, lose_and_restore, opened, paid, reconcile
from tests.configuration.scene import PLACE, scene
from tests.releases.play import play

Row = dict[str, Any]


def tamper(path: Path, table: str, change: Callable[[Row], None]) -> None:
    """Change each row of a table, and make the checksum anew."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = f"tables/{table}.jsonl"
    columns, *rows = map(json.loads, members[name].splitlines())
    changed = [dict(zip(columns, row, strict=True)) for row in rows]
    for row in changed:
        change(row)
    lines = [columns, *([row[column] for column in columns] for row in changed)]
    members[name] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    manifest = json.loads(members[MANIFEST])
    manifest["tables"][table]["sha256"] = hashlib.sha256(members[name]).hexdigest()
    members[MANIFEST] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)


def in_snapshot(change: Callable[[list[Row]], None]) -> Callable[[Row], None]:
    def changed(row: Row) -> None:
        snapshot = json.loads(row["snapshot"])
        change(snapshot["payees"])
        row["snapshot"], row["snapshot_hash"] = json.dumps(snapshot), snapshot_hash(snapshot)

    return changed


def thief(payees: list[Row]) -> None:
    payees[1]["account"] = "acc_thief"


def shares(payees: list[Row]) -> None:
    payees[0]["share"], payees[1]["share"] = "1/100", "99/100"


def thief_is_owed(row: Row) -> None:
    row["account"] = row["account"].replace("acc_two", "acc_thief")


@pytest.mark.parametrize(
    ("before", "table", "change"),
    [
        ([opened, closed], "releases", in_snapshot(thief)),
        ([opened, closed], "releases", in_snapshot(shares)),
        ([opened, closed, paid], "payouts", thief_is_owed),
    ],
)
def test_payees_and_shares_of_what_was_billed_are_compared(
    tmp_path: Path, before: list[Step], table: str, change: Callable[[Row], None]
) -> None:
    by_hand = {
        "auto_clear": False,
        "to": [{"account": "acc_one", "share": "60%"}, {"account": "acc_two", "share": "40%"}],
    }
    with play(tmp_path, "github", payout=by_hand) as stage:
        for step in before:
            step(stage)
        file = tmp_path / "closeout.backup"
        back_up(stage.db, file)
        tamper(file, table, change)
        lose_and_restore(stage, file, f"sqlite:///{tmp_path / 'restored.db'}")
        found = reconcile(stage)
        assert found.is_frozen
        assert "for acc_one 360.00 usd, acc_two 240.00 usd, in the books it is for" in "\n".join(
            one.what for one in found.differences
        )
        reconcile(stage, accept=True)
        paid(stage)
        go_on(stage)
        assert (stage.state(), stage.journal("transfer")) == ("held", [])


def test_the_contract_file_of_a_repository_is_read_anew(sqlite_db: Database, tmp_path: Path) -> None:
    def other_payee(row: Row) -> None:
        content = base64.b64decode(row["content"]["base64"]).replace(b"acc_dev_team_44", b"acc_thief")
        row["content"] = {"base64": base64.b64encode(content).decode()}

    with scene(sqlite_db) as stage:
        stage.look()
        file = tmp_path / "closeout.backup"
        back_up(sqlite_db, file)
        tamper(file, "configurations", other_payee)
        restored = Database(f"sqlite:///{tmp_path / 'restored.db'}")
        restore(Settings.load({"CLOSEOUT_DATABASE_URL": restored.url}), restored, file)
        book = Book(KeptSource(restored, PLACE), may_come=True)
        assert (book.current.contracts, book.problem) == ({}, f"nothing was read from {PLACE} yet")
        Fetcher(restored, PLACE, lambda: stage.contents, lambda: None).fetch()
        book.refresh()
        (contract,) = book.current.contracts.values()
        assert [payee.account for payee in contract.payees] == ["acc_dev_team_44"]
        restored.close()
