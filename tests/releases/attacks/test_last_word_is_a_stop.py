"""The last word is the client's, and it stops. Said twice in the same words a stop was kept once, with the
place in time of whichever came first, or was found last: an order to go on from between the two counted.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.releases.play import play
from tests.releases.scene import FORGE_KINDS
from tests.releases.sweeping import installed, read, set_clock

ASKED = {"acceptance": {"by": ["anna"], "within": "2 days", "on_silence": "hold"}}
LOST_FIRST = pytest.mark.parametrize("is_first_lost", [False, True])


@LOST_FIRST
@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_an_acceptance_from_between_two_disputes_does_not_bill(
    tmp_path: Path, kind: str, is_first_lost: bool
) -> None:
    with installed(tmp_path, kind, ASKED) as (stage, sweeper):
        set_clock(stage, timedelta(0))
        anna = stage.person("anna", "read")
        number = stage.closed()
        stage.settle()
        for word, is_lost in (("dispute", is_first_lost), ("accept", True), ("dispute", False)):
            stage.tick()
            stage.forge.comment(number, anna, f"/closeout {word}")
            if is_lost:
                stage.lose()
            stage.settle()
        assert stage.state() == "disputed"
        read(sweeper)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("disputed", 0), stage.story()


@LOST_FIRST
def test_a_resume_from_between_two_holds_does_not_bill(tmp_path: Path, is_first_lost: bool) -> None:
    with play(tmp_path, "github", {"approvers": ["lena"]}) as stage:
        lena, dana = stage.person("lena"), stage.person("dana")
        number = stage.closed()
        stage.settle()
        late = []
        for person, word, is_late in ((dana, "hold", is_first_lost), (lena, "resume", True)):
            stage.tick()
            stage.forge.comment(number, person, f"/closeout {word}")
            if is_late:
                late.append(stage.forge.sent()[-1])
                stage.lose()
            stage.settle()
        stage.tick()
        stage.forge.comment(number, dana, "/closeout hold")
        stage.settle()
        assert stage.state() == "held"
        for one in late:
            stage.deliver(one)
        stage.settle()
        assert stage.state() == "held", stage.story()
