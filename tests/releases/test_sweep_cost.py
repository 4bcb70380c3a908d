"""What a sweep costs grows with what changed, at every forge, and not with what there is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from app.releases.sweep.sweeper import Sweeper
from tests.releases.play import Play
from tests.releases.scene import FORGE_KINDS, LABEL
from tests.releases.sweeping import installed, new, own_deliveries

PER_PAGE = {"github": 100, "gitlab": 100, "gitea": 50}
"""What the servers give at once; Gitea's as they are delivered (MAX_RESPONSE_ITEMS)."""
CONSTANT = 7
"""The labels and the people that are not there yet, and finding the repository: no more, whatever changed."""
MANY = 130


@pytest.fixture(params=FORGE_KINDS)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Play, Sweeper]]:
    with installed(tmp_path, request.param) as one:
        yield one


def cost(play: Play, sweeper: Sweeper) -> int:
    """How many requests one sweep makes."""
    before = len(play.forge.requests())
    new(sweeper)
    return len(play.forge.requests()) - before


def change(play: Play, count: int, label: str = LABEL) -> list[int]:
    people = [play.person(f"dev-{i}") for i in range(12)]  # forges limit what one person may do at once
    return [play.forge.open_issue("Work", [label], people[i % 12]) for i in range(count)]


def test_a_request_per_page_of_changes_and_a_constant(stage: tuple[Play, Sweeper]) -> None:
    play, sweeper = stage
    change(play, MANY)
    play.lose()
    pages = -(-MANY // PER_PAGE[play.kind])
    assert cost(play, sweeper) <= pages + CONSTANT
    assert len(own_deliveries(play)) == MANY


def test_what_did_not_change_costs_nothing(stage: tuple[Play, Sweeper]) -> None:
    play, sweeper = stage
    change(play, MANY, "question")
    play.lose()
    new(sweeper)
    for minutes in (5, 10):  # what changed within the last minutes is read once more
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=minutes)):
            quiet = cost(play, sweeper)
    assert quiet <= 1 + CONSTANT
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=15)):
        change(play, 1)
        play.lose()
        assert cost(play, sweeper) <= 1 + CONSTANT
    assert len(own_deliveries(play)) == 1


def test_a_milestone_that_waits_for_the_forges_own_costs_a_few_requests_and_one_that_is_at_work_none(
    tmp_path: Path,
) -> None:
    native = [{"milestone": "v1.0", "title": "Version one", "share": "100%"}]
    with installed(tmp_path, "gitea", milestones=native) as (play, sweeper):
        number = play.issue(label="")
        play.forge.add_to_milestone(number, "v1.0", play.person("dana"))
        play.settle()
        at_work = cost(play, sweeper)
        play.forge.close(number, play.person("dana"))
        play.settle()
        assert at_work < cost(play, sweeper) <= at_work + 3
