"""A comment whose webhook never came counts all the same, while a milestone waits for the client's word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.releases.sweep.sweeper import Sweeper
from tests.releases.play import Play
from tests.releases.scene import FORGE_KINDS
from tests.releases.sweeping import installed, new, set_clock

Stage = tuple[Play, Sweeper]
RULES = {"acceptance": {"by": ["anna"], "within": "2 days", "on_silence": "hold"}}


@pytest.fixture(params=FORGE_KINDS)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A milestone that waits for anna; nothing more is news."""
    with installed(tmp_path, request.param, RULES) as (play, sweeper):
        play.person("anna", "read")
        set_clock(play, timedelta())
        play.closed()
        play.settle()
        assert (play.state(), new(sweeper)) == ("awaiting_acceptance", 0)
        yield play, sweeper


def say_unheard(play: Play, text: str, by: str = "anna") -> None:
    play.tick()
    play.forge.comment(1, play.person(by, "read"), text)
    play.lose()


@pytest.mark.parametrize(
    ("text", "state"), [("/closeout accept", "invoiced"), ("/closeout dispute Where is it?", "disputed")]
)
def test_the_clients_word_is_found_once(stage: Stage, text: str, state: str) -> None:
    play, sweeper = stage
    say_unheard(play, text)
    assert new(sweeper) == 1
    play.settle()
    assert play.state() == state
    assert play.bills() == int(state == "invoiced")
    assert new(sweeper) == 0
    for sent in play.forge.sent():
        play.deliver(sent)
    play.settle()
    assert (play.state(), play.bills()) == (state, int(state == "invoiced"))


def test_somebody_elses_word_is_refused_once_and_changes_nothing(stage: Stage) -> None:
    play, sweeper = stage
    say_unheard(play, "/closeout accept", "mallory")
    assert new(sweeper) == 1
    play.settle()
    assert (play.state(), play.bills()) == ("awaiting_acceptance", 0)
    assert new(sweeper) == 0


def test_talk_is_no_news(stage: Stage) -> None:
    play, sweeper = stage
    say_unheard(play, "Looks good, we will look at it tomorrow.")
    assert new(sweeper) == 0


def test_what_was_said_before_it_was_completed_is_no_news(stage: Stage) -> None:
    play, sweeper = stage
    play.forge.reopen(1, play.person("dana"))
    play.settle()
    say_unheard(play, "/closeout accept")
    play.tick()
    play.forge.close(1, play.person("dana"))
    play.settle()
    assert play.state() == "awaiting_acceptance"
    assert new(sweeper) == 0
    assert play.state() == "awaiting_acceptance"
