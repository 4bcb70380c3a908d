"""A dispute is made to vanish before silence counts as acceptance. A dispute whose webhook did not arrive is
read at the deadline, unless it was touched: at GitLab a thumbs-up of anybody is enough, at all forges who
may write may edit it. Nobody is told, and silence "accepts" over the visible words of the client.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.play import play
from tests.releases.scene import FORGE_KINDS


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_silence_does_not_accept_over_a_dispute_that_was_touched(tmp_path: Path, kind: str) -> None:
    rules = {"acceptance": {"by": ["anna"], "within": "5 business days", "on_silence": "accept"}}
    with play(tmp_path, kind, rules) as stage:
        anna = stage.person("anna", "read")
        number = stage.closed()
        stage.settle()
        stage.tick()
        stage.forge.comment(number, anna, "/closeout dispute it does not work")
        stage.lose()
        stage.tick()
        stage.forge.edit_comment(number, anna, "/closeout dispute it does not work at all")
        stage.lose()
        stage.pass_time()
        assert stage.bills() == 0, stage.story()
