"""Two names of one account at a gateway, and two accounts behind one address."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from app.gateways.http.client import HttpGateway
from app.sandbox.platform import SANDBOX_SECRET
from tests.backup.test_moved import the_file
from tests.backup.travel import closed, go_on, opened, paid, reconcile, reopened, settle, travel
from tests.releases.play import Play, play

ANOTHER_SECRET = f"whsec_{'A' * 43}="


def named_too(stage: Play, secret: str = SANDBOX_SECRET) -> None:
    """The platform's address has a second name, `another`, with that secret."""
    address = stage.gateways["platform"].address
    stage.gateways["another"] = HttpGateway("another", address, secret, total_s=3, timeout_s=1)


def renamed(stage: Play) -> None:
    """The contract is billed under the second name from now on."""
    file = the_file(stage)
    file["gateways"].insert(0, {**file["gateways"][0], "name": "another"})
    file["contracts"][0]["gateway"] = "another"
    stage.config.write_text(yaml.safe_dump(file, sort_keys=False), encoding="utf-8")
    stage.restart()
    named_too(stage)


def next_closed(stage: Play) -> None:
    """The second milestone is done, too."""
    number = stage.issue(the_file(stage)["contracts"][0]["milestones"][1]["label"])
    settle(stage)
    stage.tick()
    stage.forge.close(number, stage.person("dana"))
    settle(stage)


def test_what_was_billed_under_both_names_of_an_account_is_not_missing_from_either(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        travel(stage, [opened, closed, renamed, next_closed], [], tmp_path)
        named_too(stage)
        found = reconcile(stage)
        assert (found.differences, found.adopted, found.is_frozen) == ([], [], False)
        assert (stage.state(1), stage.state(2), stage.bills()) == ("invoiced", "invoiced", 2)


def test_what_the_books_forgot_of_either_name_is_taken_in(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        travel(stage, [opened, closed], [renamed, paid, next_closed], tmp_path)
        named_too(stage)
        found = reconcile(stage)
        assert (found.differences, len(found.adopted), found.is_frozen) == ([], 2, False)
        go_on(stage)
        assert (stage.state(1), stage.state(2), stage.bills()) == ("disbursed", "invoiced", 2)
        assert reconcile(stage).differences == []


def test_what_was_voided_under_the_other_name_is_remembered(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        travel(stage, [opened, closed], [reopened, renamed], tmp_path)
        named_too(stage)
        found = reconcile(stage)
        assert (found.differences, len(found.adopted), found.is_frozen) == ([], 1, False)
        closed(stage)
        assert (stage.state(), stage.release()["revision"], stage.bills()) == ("invoiced", 2, 2)
        assert reconcile(stage).differences == []


@pytest.mark.parametrize("secret", [SANDBOX_SECRET, f"{ANOTHER_SECRET} {SANDBOX_SECRET}"])
def test_a_second_name_that_nothing_was_billed_under_changes_nothing(tmp_path: Path, secret: str) -> None:
    """Also while its secret is being rotated, and that of the first name is not yet."""
    with play(tmp_path, "github") as stage:
        travel(stage, [opened, closed], [paid], tmp_path)
        renamed(stage)
        named_too(stage, secret)
        found = reconcile(stage)
        assert (found.differences, found.is_frozen, stage.state()) == ([], False, "disbursed")


def test_another_account_behind_the_same_address_is_asked_for_itself(tmp_path: Path) -> None:
    """This platform knows no such account, and what can not be asked must not be taken for asked."""
    with play(tmp_path, "github") as stage:
        travel(stage, [opened, closed], [], tmp_path)
        named_too(stage, ANOTHER_SECRET)
        found = reconcile(stage)
        assert [one.where for one in found.differences] == ["con_play at another"]
        assert found.is_frozen
