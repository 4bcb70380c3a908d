"""The last word is not the client's. What is said twice in the same words is kept once, with the time of
the first (`freeze`: "held already"): an order to go on from between the two counts as later than both.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.play import play
from tests.releases.scene import FORGE_KINDS
from tests.releases.sweeping import installed, read

ASKED = {"acceptance": {"by": ["anna"], "within": "2 days", "on_silence": "hold"}}


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_an_acceptance_from_between_two_disputes_does_not_bill(tmp_path: Path, kind: str) -> None:
    with installed(tmp_path, kind, ASKED) as (stage, sweeper):
        anna = stage.person("anna", "read")
        number = stage.closed()
        stage.settle()
        for word, is_lost in (("dispute", False), ("accept", True), ("dispute", False)):
            stage.tick()
            stage.forge.comment(number, anna, f"/closeout {word}")
            if is_lost:
                stage.lose()
            stage.settle()
        assert stage.state() == "disputed"
        read(sweeper)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("disputed", 0), stage.story()


def test_a_resume_from_between_two_holds_does_not_pay(tmp_path: Path) -> None:
    with play(tmp_path, "github", {"approvers": ["lena"]}) as stage:
        lena, dana = stage.person("lena"), stage.person("dana")
        number = stage.closed()
        stage.settle()
        stage.tick()
        stage.forge.comment(number, dana, "/closeout hold")
        stage.settle()
        stage.tick()
        stage.forge.comment(number, lena, "/closeout resume")
        kept = stage.forge.sent()[-1]
        stage.lose()
        stage.tick()
        stage.forge.comment(number, dana, "/closeout hold")
        stage.settle()
        assert stage.state() == "held"
        stage.deliver(kept)
        stage.settle()
        assert stage.state() == "held", stage.story()
