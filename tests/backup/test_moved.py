"""The contract file went on after the backup: what was billed elsewhere, or under another name, is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.gateways.http.client import HttpGateway
from app.sandbox.platform import SANDBOX_SECRET, SandboxPlatform
from tests.backup.travel import closed, go_on, opened, paid, reconcile, reopened, travel
from tests.releases.play import Play, play

SECOND = {"name": "second", "kind": "http", "url": "https://second.example/events"}


@pytest.fixture
def second() -> Iterator[SandboxPlatform]:
    with SandboxPlatform() as platform:
        yield platform


def go_on_with(stage: Play, second: SandboxPlatform, file: dict[str, Any]) -> None:
    """The server starts on another contract file, whose gateway `second` is that platform."""
    stage.config.write_text(yaml.safe_dump(file, sort_keys=False), encoding="utf-8")
    stage.restart()
    names = {one["name"] for one in file["gateways"]}
    stage.gateways["second"] = HttpGateway(
        "second", second.events_url, SANDBOX_SECRET, total_s=3, timeout_s=1
    )
    for name in set(stage.gateways) - names:
        del stage.gateways[name]


def the_file(stage: Play) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(stage.config.read_text(encoding="utf-8"))
    return found


def moved(stage: Play, second: SandboxPlatform) -> None:
    """The contract is billed at the second gateway from now on; the first is still there."""
    file = the_file(stage)
    file["gateways"].append(SECOND)
    file["contracts"][0]["gateway"] = "second"
    go_on_with(stage, second, file)


def test_a_contract_that_moved_to_another_gateway_is_not_billed_there_again(
    tmp_path: Path, second: SandboxPlatform
) -> None:
    with play(tmp_path, "github") as stage:
        travel(stage, [opened], [closed, paid], tmp_path)
        moved(stage, second)
        found = reconcile(stage)
        assert (found.differences, len(found.adopted), found.is_frozen) == ([], 1, False)
        go_on(stage)
        assert stage.state() == "disbursed"
        assert (stage.bills(), second.journal.entries("request")) == (1, [])


def test_what_was_voided_before_the_contract_moved_is_remembered_where_it_was(
    tmp_path: Path, second: SandboxPlatform
) -> None:
    with play(tmp_path, "github") as stage:
        travel(stage, [opened], [closed, reopened], tmp_path)
        moved(stage, second)
        assert not reconcile(stage).is_frozen
        closed(stage)
        assert (stage.state(), stage.release()["revision"]) == ("invoiced", 2)
        (bill,) = second.journal.entries("invoice_opened")
        assert (bill["revision"], stage.bills()) == (2, 1)
        again = reconcile(stage)
        assert (again.adopted, again.differences) == ([], [])


def test_a_contract_that_was_renamed_stays_frozen_until_it_has_its_name_again(
    tmp_path: Path, second: SandboxPlatform
) -> None:
    with play(tmp_path, "github") as stage:
        travel(stage, [opened], [closed, paid], tmp_path)
        before = the_file(stage)
        renamed = the_file(stage)
        renamed["contracts"][0]["id"] = "con_renamed"
        go_on_with(stage, second, renamed)
        found = reconcile(stage)
        assert found.is_frozen
        (told,) = [one for one in found.differences if "no contract of the file" in one.what]
        assert "under the id con_play" in told.mend
        go_on_with(stage, second, before)
        assert not reconcile(stage).is_frozen
        stage.order("resume")
        go_on(stage)
        assert (stage.bills(), stage.state()) == (1, "disbursed")


def test_a_gateway_that_was_there_at_the_backup_has_to_be_asked(
    tmp_path: Path, second: SandboxPlatform
) -> None:
    """Nothing had been billed there yet, so that the books do not name it."""
    with play(tmp_path, "github") as stage:
        travel(stage, [opened], [closed, paid], tmp_path)
        before, after = the_file(stage), the_file(stage)
        after["gateways"], after["contracts"][0]["gateway"] = [SECOND], "second"
        go_on_with(stage, second, after)
        found = reconcile(stage)
        assert [(one.where, one.what) for one in found.differences] == [
            ("platform", "the gateway is not configured")
        ]
        go_on(stage)
        assert (found.is_frozen, second.journal.entries("request")) == (True, [])
        before["gateways"].append(SECOND)
        before["contracts"][0]["gateway"] = "second"
        go_on_with(stage, second, before)
        assert (stage.state(), reconcile(stage).is_frozen) == ("ready", False)
        go_on(stage)
        assert (stage.bills(), second.journal.entries("request")) == (1, [])


def test_a_gateway_of_the_file_without_its_secret_has_to_be_asked(
    tmp_path: Path, second: SandboxPlatform
) -> None:
    """It was connected after the backup, so that the restored vault has no secret of it."""
    with play(tmp_path, "github") as stage:
        travel(stage, [opened], [lambda there: moved(there, second), closed], tmp_path)
        assert sorted(stage.gateways) == ["platform"]
        found = reconcile(stage)
        (told,) = found.differences
        assert (told.where, told.what) == ("second", "the gateway is not configured")
        assert "closeout doctor" in told.mend
        go_on_with(stage, second, the_file(stage))
        go_on(stage)
        assert (found.is_frozen, len(second.journal.entries("request"))) == (True, 1)
        again = reconcile(stage)
        assert (again.differences, len(again.adopted), again.is_frozen) == ([], 1, False)
        go_on(stage)
        assert (stage.state(), len(second.journal.entries("invoice_opened"))) == ("invoiced", 1)
