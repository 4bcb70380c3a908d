"""`closeout backup`, `restore` and `reconcile` as an operator meets them when things go wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.backup.restore import check
from tests.e2e.stack import Stack, stack

PROTOTYPE = "milestone:ui-prototype"


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Stack]:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}") as running:
        yield running


def test_what_the_commands_say_and_how_they_end(one: Stack, tmp_path: Path) -> None:
    file = tmp_path / "closeout.backup"
    server = one.serve()
    backed_up = one.cli("backup", str(file))
    assert "The key that opens them" in backed_up.stdout
    assert check(file).gateways == ("platform",)
    again = one.cli("backup", str(file))
    assert (again.returncode, "there is a file already" in again.stderr) == (1, True)
    assert f"{file} is whole" in one.cli("backup", str(file), "--verify").stdout
    under_a_server = one.cli("restore", str(file))
    assert (under_a_server.returncode, "uses this database already" in under_a_server.stderr) == (1, True)
    one.close(one.open_issue(PROTOTYPE))
    one.until_state(2, "disbursed")
    server.stop()
    full = one.cli("restore", str(file))
    assert (full.returncode, "there are rows already" in full.stderr) == (1, True)
    one.db.close()
    del one.db

    one.environment["CLOSEOUT_DATABASE_URL"] = f"sqlite:///{tmp_path / 'new.db'}"
    assert "is whole" in one.cli("restore", str(file), "--dry-run").stdout
    assert not (tmp_path / "new.db").exists()
    restored = one.cli("restore", str(file))
    assert (restored.returncode, "Frozen" in restored.stdout) == (0, True)

    one.world.platform.faults.switch_on("list", "500", 1)
    failed = one.cli("reconcile")
    assert failed.returncode == 1
    assert (
        "DIFFERS con_7732_alpha at platform: asked what it booked, the platform answered 500" in failed.stderr
    )
    assert "Still frozen" in failed.stderr
    found = json.loads(one.cli("reconcile", "--json").stdout)
    assert (found["is_frozen"], found["differences"], len(found["adopted"])) == (False, [], 1)
    clean = one.cli("reconcile")
    assert (clean.returncode, "Orders may leave." in clean.stdout) == (0, True)
    one.assert_paid_once(2)


def test_a_person_may_freeze_what_was_restored_by_other_means(one: Stack) -> None:
    one.serve()
    one.world.platform.counter.lists = False
    frozen = one.cli("reconcile", "--freeze", "--as", "olga")
    assert frozen.returncode == 1
    assert "olga (command line) asked for it" in one.cli("releases").stdout
    accepted = one.cli("reconcile", "--accept")
    assert (accepted.returncode, "Orders may leave." in accepted.stdout) == (0, True)
    assert "FROZEN" not in one.cli("releases").stdout
