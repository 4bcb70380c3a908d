"""The client's visible dispute is passed over. Anna comments "Thanks" (its webhook comes: noted as talk)
and edits that comment into `/closeout dispute`. An edited comment "still stops what it stops"; a talk is
"taken".
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.play import play
from tests.releases.scene import FORGE_KINDS

ASKED = {"acceptance": {"by": ["anna"], "within": "5 business days", "on_silence": "accept"}}


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_silence_does_not_accept_over_talk_that_its_author_made_a_dispute(tmp_path: Path, kind: str) -> None:
    with play(tmp_path, kind, ASKED) as stage:
        anna = stage.person("anna", "read")
        number = stage.closed()
        stage.settle()
        stage.tick()
        stage.forge.comment(number, anna, "Thanks, we will look at it")
        stage.settle()
        stage.tick()
        stage.forge.edit_comment(number, anna, "/closeout dispute it does not work")
        stage.settle()
        stage.pass_time()
        assert stage.bills() == 0, stage.story()
