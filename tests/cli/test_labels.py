"""`closeout labels sync` against each forge: what is made, mended, left alone, and said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.labelling import HOLD, Desk, labelling
from tests.fakes.world import World
from tests.releases.scene import FORGE_KINDS, LABEL, OTHER, pretend_forge

HERE = "forge:acme/storefront"


@pytest.fixture(params=FORGE_KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    yield from labelling(request.param, tmp_path)


@pytest.fixture
def github(tmp_path: Path) -> Iterator[Desk]:
    yield from labelling("github", tmp_path)


@pytest.fixture(params=["gitlab", "gitea"])
def with_group(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    yield from labelling(request.param, tmp_path)


def test_the_labels_are_made_and_a_second_run_changes_nothing(desk: Desk) -> None:
    first = desk.sync()
    assert first.exit_code == 0, first.stdout
    assert first.stdout.splitlines()[0].split() == ["repository", "label", "what", "why"]
    assert f"{HERE}  {LABEL}" in first.stdout
    assert first.stdout.endswith("3 created.\n")
    made = desk.labels()
    assert {name: label.description for name, label in made.items()} == {
        LABEL: "Milestone 1 of 2: Prototype (The play)",
        OTHER: "Milestone 2 of 2: Testing (The play)",
        HOLD: "Closeout: nothing of the milestone moves while one of its issues carries this",
    }
    before = desk.writes()
    second = desk.sync()
    assert second.exit_code == 0
    assert second.stdout.endswith("Nothing to do: 3 labels as they should be.\n")
    assert desk.writes() == before
    assert desk.labels() == made


def test_a_dry_run_tells_all_and_changes_nothing(desk: Desk) -> None:
    desk.forge.open_issue("Login", [LABEL], desk.forge.add_person("dana", "write"))
    before = desk.writes()
    looks = desk.labels()[LABEL]
    result = desk.sync("--dry-run")
    assert result.exit_code == 0
    assert "to mend" in result.stdout
    assert result.stdout.endswith("2 to create, 1 to mend.\n")
    assert desk.writes() == before
    assert set(desk.labels()) == {LABEL}
    assert desk.labels()[LABEL].color == looks.color


def test_a_label_that_looks_otherwise_is_mended_and_stays_on_its_issues(desk: Desk) -> None:
    number = desk.forge.open_issue("Login", [LABEL], desk.forge.add_person("dana", "write"))
    before = desk.labels()[LABEL]
    action, note, mend = desk.told()[LABEL]
    assert (action, mend) == ("mend", "")
    assert note.startswith(f"colour: {before.color} → ")
    assert "description: none → Milestone 1 of 2" in note
    after = desk.labels()[LABEL]
    assert (after.id, after.description) == (before.id, "Milestone 1 of 2: Prototype (The play)")
    assert after.color != before.color
    assert [label.id for label in desk.client.read_issue(desk.forge.repository, number).labels] == [before.id]


def test_amounts_are_shown_only_on_demand_and_hidden_again(github: Desk) -> None:
    assert "600.00" not in github.sync("--dry-run").stdout
    assert github.sync("--show-amounts").exit_code == 0
    assert github.labels()[LABEL].description == "Milestone 1 of 2: Prototype (The play), 600.00 usd"
    assert github.told()[LABEL][0] == "mend"
    assert github.labels()[LABEL].description == "Milestone 1 of 2: Prototype (The play)"


@pytest.mark.parametrize("double", ["Milestone:UI", "milestone:u\u0456", "milestone:\u202eui"])
def test_a_double_is_told_and_nothing_is_made_beside_it(desk: Desk, double: str) -> None:
    desk.forge.open_issue("Login", [double], desk.forge.add_person("dana", "write"))
    before = desk.labels()[double]
    result = desk.sync()
    assert result.exit_code == 1
    assert "left alone" in result.stdout
    assert f"Rename that to exactly {LABEL}: its issues keep it" in result.stdout
    assert "\u202e" not in result.stdout
    after = desk.labels()
    assert set(after) == {double, OTHER, HOLD}
    assert (after[double].id, after[double].color) == (before.id, before.color)


def test_a_repository_that_is_not_there_does_not_stop_the_others(desk: Desk) -> None:
    desk.write(repositories=["forge:acme/nowhere", HERE])
    result = desk.sync("--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["problems"], told["dry_run"]) == (1, False)
    missing, *made = told["labels"]
    assert (missing["repository"], missing["label"], missing["action"]) == ("forge:acme/nowhere", "", "fail")
    assert missing["note"].endswith("shows nothing there")
    assert "deleted or moved" in missing["mend"]
    assert [(one["repository"], one["action"]) for one in made] == [(HERE, "create")] * 3


def test_a_bot_without_the_right_is_told_once_what_it_needs(desk: Desk) -> None:
    desk.forge.set_role(desk.forge.bot, "read")
    told = desk.told(status=1)
    assert list(told) == [LABEL]
    action, note, mend = told[LABEL]
    assert (action, "does not allow this" in note) == ("fail", True)
    assert mend.startswith(("Give", "Make"))
    assert desk.labels() == {}


def test_a_limit_is_told_with_the_time_after_which_to_run_it_again(desk: Desk) -> None:
    desk.forge.fail_next("rate_limited", method="POST")
    action, note, mend = desk.told(status=1)[LABEL]
    assert (action, "limits how often" in note) == ("fail", True)
    assert re.fullmatch(r"Run closeout labels sync again in [1-9]\d+ s", mend)
    assert desk.sync().stdout.endswith("3 created.\n")


def test_a_failure_of_the_server_is_mended_by_running_it_again(desk: Desk) -> None:
    desk.forge.fail_next("500", method="POST")
    assert desk.told(status=1)[LABEL][2] == "Run closeout labels sync again"
    assert desk.sync().exit_code == 0
    assert set(desk.labels()) == {LABEL, OTHER, HOLD}


def test_one_label_that_the_forge_refuses_does_not_stop_the_next(tmp_path: Path) -> None:
    """GitLab takes out tags of HTML, here the whole name."""
    with pretend_forge("gitlab") as forge:
        desk = Desk("gitlab", forge, tmp_path)
        milestones = [{"label": name, "title": name, "share": "50%"} for name in ("<b>", OTHER)]
        desk.write(milestones=milestones)
        told = desk.told(status=1)
        action, note, mend = told["<b>"]
        assert (action, "title" in note, mend) == ("fail", True, "Read what GitLab says, and mend it there")
        assert [told[name][0] for name in (OTHER, HOLD)] == ["create", "create"]


def test_a_label_of_the_group_serves_and_is_left_as_it_looks(with_group: Desk) -> None:
    world = with_group.forge
    assert isinstance(world, World)
    world.tag(LABEL).is_shared = True
    told = with_group.told()
    assert told[LABEL] == (
        "keep",
        "it belongs to the group or organisation, where its looks are not ours",
        "",
    )
    assert (world.tags[LABEL].color, world.tags[LABEL].description) == ("0033cc", "")
    assert with_group.sync().stdout.endswith("Nothing to do: 3 labels as they should be.\n")


def test_what_gitlab_would_change_of_a_name_is_told(tmp_path: Path) -> None:
    with pretend_forge("gitlab") as forge:
        desk = Desk("gitlab", forge, tmp_path)
        desk.write(milestones=[{"label": "ui <b>", "title": "All <of> it", "share": "100%"}])
        action, note, mend = desk.told(status=1)["ui <b>"]
        assert (action, note) == ("fail", "the forge made a label ui of it")
        assert "choose a label without special signs" in mend


def test_two_labels_of_one_name_are_left_to_a_person(tmp_path: Path) -> None:
    """Gitea lets people make them."""
    with pretend_forge("gitea") as forge:
        assert isinstance(forge, World)
        desk = Desk("gitea", forge, tmp_path)
        desk.write()
        forge.tag(LABEL)
        forge.tag("twin").name = LABEL
        assert desk.told(status=1)[LABEL][1].startswith("there are 2 labels of this name (")


# Around it


def test_contracts_without_labels_need_nothing(github: Desk) -> None:
    by_hand = {"title": "All", "share": "100%", "rules": {"when": "manual"}}
    github.write(milestones=[by_hand])
    assert github.sync().stdout == "No contract needs a label.\n"
    assert json.loads(github.sync("--json").stdout)["labels"] == []


def test_without_a_token_it_says_which_variable_is_missing(github: Desk) -> None:
    result = github.sync(CLOSEOUT_FORGE_TOKEN="")
    assert result.exit_code == 1
    assert (
        "failed  CLOSEOUT_FORGE_TOKEN: the access token of connection forge is not set. Set" in result.stdout
    )
    assert github.labels() == {}
