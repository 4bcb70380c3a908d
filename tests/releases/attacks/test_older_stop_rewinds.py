"""The last word is not the client's. An older stop in the same words that is found later gives the
younger one its own, older place in time: an order to go on from between the two counts again.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.releases.play import play
from tests.releases.scene import FORGE_KINDS
from tests.releases.sweeping import installed, read, set_clock

ASKED = {"acceptance": {"by": ["anna"], "within": "2 days", "on_silence": "hold"}}


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_an_acceptance_from_before_the_last_dispute_does_not_bill(tmp_path: Path, kind: str) -> None:
    with installed(tmp_path, kind, ASKED) as (stage, sweeper):
        set_clock(stage, timedelta(0))
        anna = stage.person("anna", "read")
        number = stage.closed()
        stage.settle()
        for word, is_lost in (("dispute", True), ("accept", True), ("dispute", False)):
            stage.tick()
            stage.forge.comment(number, anna, f"/closeout {word}")
            if is_lost:
                stage.lose()
            stage.settle()
        assert stage.state() == "disputed"
        read(sweeper)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("disputed", 0), stage.story()


def test_a_resume_from_before_the_last_hold_does_not_bill(tmp_path: Path) -> None:
    with play(tmp_path, "github", {"approvers": ["lena"]}) as stage:
        lena, dana = stage.person("lena"), stage.person("dana")
        number = stage.closed()
        stage.settle()
        late = []
        for person, word in ((dana, "hold"), (lena, "resume")):
            stage.tick()
            stage.forge.comment(number, person, f"/closeout {word}")
            late.append(stage.forge.sent()[-1])
            stage.lose()
        stage.tick()
        stage.forge.comment(number, dana, "/closeout hold")
        stage.settle()
        assert stage.state() == "held"
        for one in late:
            stage.deliver(one)
        stage.settle()
        assert stage.state() == "held", stage.story()
