"""An honest release is held for a hold that was lifted long ago: it was said, and lifted, while the issue
belonged to another milestone (or before the work was done); the hold is heard "from the beginning", the
resume is not.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.play import play
from tests.releases.scene import FORGE_KINDS, LABEL, OTHER

ASKED = {"acceptance": {"by": ["anna"], "within": "2 days", "on_silence": "accept"}}


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_a_hold_that_was_lifted_at_another_milestone_holds_nothing(tmp_path: Path, kind: str) -> None:
    with play(tmp_path, kind, ASKED) as stage:
        dana = stage.person("dana")
        number = stage.issue(OTHER)
        for word in ("hold not agreed yet", "resume"):
            stage.tick()
            stage.forge.comment(number, dana, f"/closeout {word}")
            stage.settle()
        stage.tick()
        stage.forge.unlabel(number, OTHER, dana)
        stage.forge.label(number, LABEL, dana)
        stage.settle()
        stage.tick()
        stage.forge.close(number, dana)
        stage.settle()
        assert stage.state() == "awaiting_acceptance", stage.story()
        stage.pass_time()
        assert stage.state() == "invoiced", stage.story()


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_a_hold_and_its_resume_that_were_both_lost_hold_nothing(tmp_path: Path, kind: str) -> None:
    with play(tmp_path, kind, ASKED) as stage:
        dana = stage.person("dana")
        number = stage.issue()
        stage.settle()
        for word in ("hold not agreed yet", "resume"):
            stage.tick()
            stage.forge.comment(number, dana, f"/closeout {word}")
            stage.lose()
        stage.tick()
        stage.forge.close(number, dana)
        stage.settle()
        stage.pass_time()
        assert stage.state() == "invoiced", stage.story()
