"""One pair of eyes. An approver (who closed nothing) takes the label off the last open issue, and approves
the doubts about exactly that.
"""

from __future__ import annotations

from pathlib import Path

from tests.releases.play import play
from tests.releases.scene import LABEL


def test_who_meddled_does_not_approve_the_meddling(tmp_path: Path) -> None:
    with play(
        tmp_path,
        "github",
        {"approvers": ["lena", "marc"], "closers": {"users": ["dana"]}, "labelers": {"users": ["dana"]}},
    ) as stage:
        lena, dana = stage.person("lena", "triage"), stage.person("dana")
        stage.person("marc")
        done, unfinished = stage.issue(), stage.issue()
        stage.settle()
        stage.forge.close(done, dana)
        stage.settle()
        stage.forge.unlabel(unfinished, LABEL, lena)
        stage.settle()
        assert stage.state() == "held"
        stage.forge.comment(done, lena, "/closeout approve")
        stage.settle()
        assert (stage.state(), stage.bills()) == ("held", 0), stage.story()
