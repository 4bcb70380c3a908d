"""A hold label whose webhook was lost: on work that was billed, or on work that joined it later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.releases.scene import FORGE_KINDS, LABEL
from tests.releases.sweeping import installed, new
from tests.releases.test_sweep import Stage


@pytest.fixture(params=FORGE_KINDS)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    with installed(tmp_path, request.param) as one:
        yield one


def test_a_hold_label_on_work_that_joined_a_billed_milestone_holds_until_it_comes_off(stage: Stage) -> None:
    play, sweeper = stage
    play.closed()
    play.settle()
    dana = play.person("dana")
    joined = play.forge.open_issue("More work", [LABEL], dana)
    play.forge.label(joined, "closeout:hold", dana)
    play.lose()
    new(sweeper)
    play.settle()
    assert play.state() == "held"
    assert f"#{joined} carries the label closeout:hold" in play.reason()
    play.tick()
    play.forge.unlabel(joined, "closeout:hold", dana)
    play.lose()
    new(sweeper)
    play.settle()
    assert (play.state(), play.bills()) == ("invoiced", 1)
