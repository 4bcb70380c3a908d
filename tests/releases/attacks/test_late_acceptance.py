"""The client accepts, changes its mind and disputes. The webhook of the first comment is late (lost and found
by the sweep, sent again, or its handling waited for a forge that stumbled): the *older* word is obeyed last,
lifts the dispute and bills. Nothing compares when a word was said with what was said since.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.play import Play, play
from tests.releases.scene import FORGE_KINDS
from tests.releases.sweeping import installed, read

RULES = {"acceptance": {"by": ["anna"], "within": "2 days", "on_silence": "hold"}}


def accept_is_late(stage: Play, number: int) -> None:
    anna = stage.person("anna", "read")
    stage.tick()
    stage.forge.comment(number, anna, "/closeout accept")
    stage.lose()
    stage.tick()
    stage.forge.comment(number, anna, "/closeout dispute I was wrong, half of it is missing")
    stage.settle()
    assert stage.state() == "disputed"


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_an_acceptance_that_the_sweep_finds_does_not_end_a_later_dispute(tmp_path: Path, kind: str) -> None:
    with installed(tmp_path, kind, RULES) as (stage, sweeper):
        stage.person("anna", "read")
        number = stage.closed()
        stage.settle()
        accept_is_late(stage, number)
        read(sweeper)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("disputed", 0), stage.story()


def test_an_acceptance_that_is_delivered_late_does_not_end_a_later_dispute(tmp_path: Path) -> None:
    with play(tmp_path, "github", RULES) as stage:
        anna = stage.person("anna", "read")
        number = stage.closed()
        stage.settle()
        stage.tick()
        stage.forge.comment(number, anna, "/closeout accept")
        kept = stage.forge.sent()[-1]
        stage.lose()
        stage.tick()
        stage.forge.comment(number, anna, "/closeout dispute I was wrong, half of it is missing")
        stage.settle()
        stage.deliver(kept)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("disputed", 0), stage.story()


def test_nor_does_one_that_was_delivered_late_end_the_dispute_of_the_operator(tmp_path: Path) -> None:
    with installed(tmp_path, "github", RULES) as (stage, sweeper):
        anna = stage.person("anna", "read")
        number = stage.closed()
        stage.settle()
        stage.tick()
        stage.forge.comment(number, anna, "/closeout accept")
        stage.lose()
        stage.order("dispute", "the client phoned: it does not work")
        assert stage.state() == "disputed"
        read(sweeper)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("disputed", 0), stage.story()


def test_two_lost_words_on_two_issues_are_obeyed_in_the_order_in_which_they_were_said(
    tmp_path: Path,
) -> None:
    with installed(tmp_path, "github", RULES) as (stage, sweeper):
        anna = stage.person("anna", "read")
        one, two = stage.issue(), stage.issue()
        for number in (one, two):
            stage.forge.close(number, stage.person("dana"))
        stage.settle()
        assert stage.state() == "awaiting_acceptance"
        stage.tick()
        stage.forge.comment(two, anna, "/closeout accept")
        stage.tick()
        stage.forge.comment(one, anna, "/closeout dispute I was wrong, half of it is missing")
        stage.lose()
        read(sweeper)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("disputed", 0), stage.story()
