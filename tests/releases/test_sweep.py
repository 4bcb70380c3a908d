"""What no webhook told: a sweep finds it at every forge, once, and it goes the way of every delivery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.releases.sweep import Sweeper
from tests.releases.play import FORGE_KINDS, LABEL, Play, play


def sweeper(one: Play) -> Sweeper:
    return Sweeper(one.db, one.book, {"forge": one.client}, one.decider.identities, {})


@pytest.fixture(params=FORGE_KINDS)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Play]:
    with play(tmp_path, request.param) as one:
        print(sweeper(one).sweep())
        yield one
        one.check()


def test_a_missed_closing_is_billed_once(stage: Play) -> None:
    number = stage.closed()
    stage.lose()
    swept = sweeper(stage).sweep()
    assert swept.readings[0].new == 1, swept
    stage.settle()
    assert stage.state() == "invoiced", stage.reason()
    print(sweeper(stage).sweep())
    for sent in stage.forge.sent():
        stage.deliver(sent)
    stage.settle()
    assert stage.bills() == 1
    print(sweeper(stage).sweep())
    assert number
