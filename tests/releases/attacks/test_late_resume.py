"""A hold is lifted by a word that is older than it. An approver's `/closeout resume` about an earlier hold
was lost; the client holds; the sweep finds the old word (or somebody sends it again), and the client's hold,
which the approver never saw, is gone.
"""

from __future__ import annotations

from pathlib import Path

from tests.releases.play import Play, play
from tests.releases.sweeping import installed, read

RULES = {
    "acceptance": {"by": ["anna"], "within": "2 days", "on_silence": "accept"},
    "approvers": ["lena"],
}


def hold_after_a_lost_resume(stage: Play, number: int) -> None:
    stage.tick()
    stage.forge.comment(number, stage.person("dana"), "/closeout hold one moment")
    stage.settle()
    assert stage.state() == "held"
    stage.tick()
    stage.forge.comment(number, stage.person("lena"), "/closeout resume")
    stage.kept = stage.forge.sent()[-1]  # type: ignore[attr-defined]
    stage.lose()
    stage.tick()
    stage.forge.comment(number, stage.person("anna", "read"), "/closeout hold we do not pay for this")
    stage.settle()
    assert stage.state() == "held"


def test_a_resume_that_the_sweep_finds_lifts_no_later_hold(tmp_path: Path) -> None:
    with installed(tmp_path, "github", RULES) as (stage, sweeper):
        stage.person("anna", "read"), stage.person("lena")
        number = stage.closed()
        stage.settle()
        hold_after_a_lost_resume(stage, number)
        read(sweeper)
        stage.settle()
        assert stage.state() == "held", stage.story()


def test_a_resume_that_is_delivered_late_lifts_no_later_hold(tmp_path: Path) -> None:
    with play(tmp_path, "github", {"approvers": ["lena", "anna"]}) as stage:
        stage.person("anna", "read"), stage.person("lena")
        number = stage.closed()
        stage.settle()
        hold_after_a_lost_resume(stage, number)
        stage.deliver(stage.kept)  # type: ignore[attr-defined]
        stage.settle()
        assert stage.state() == "held", stage.story()
