"""A payee lifts dana's hold: once her old login is free, whoever bears it says her words again, and the
hold is his (`freeze` writes `by` anew where the words are the same), and "whoever held it" may
resume.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.play import play
from tests.releases.scene import FORGE_KINDS


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_who_bears_the_name_now_does_not_lift_the_hold(tmp_path: Path, kind: str) -> None:
    with play(tmp_path, kind) as stage:
        erin, penny = stage.person("erin"), stage.person("penny")
        number = stage.closed()
        stage.settle()
        stage.tick()
        stage.forge.comment(number, erin, "/closeout hold")
        stage.settle()
        assert stage.state() == "held"
        stage.forge.rename_person(erin, "erin-married")
        penny = stage.forge.rename_person(penny, "erin")
        for word in ("hold", "resume"):
            stage.tick()
            stage.forge.comment(number, penny, f"/closeout {word}")
            stage.settle()
        assert stage.state() == "held", stage.story()
