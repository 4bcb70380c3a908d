"""An honest release is disputed anew: the webhook of a dispute was lost, its author accepted since (and
was billed); reopened and closed again, the next revision hears the old dispute, "from the beginning".
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.releases.scene import FORGE_KINDS
from tests.releases.sweeping import installed, read, set_clock

ASKED = {"acceptance": {"by": ["anna"], "within": "2 days", "on_silence": "accept"}}


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_a_dispute_that_its_author_answered_does_not_stop_what_is_next(tmp_path: Path, kind: str) -> None:
    with installed(tmp_path, kind, ASKED) as (stage, sweeper):
        set_clock(stage, timedelta(0))
        anna, dana = stage.person("anna", "read"), stage.person("dana")
        number = stage.closed()
        stage.settle()
        stage.tick()
        stage.forge.comment(number, anna, "/closeout dispute the wrong sum?")
        stage.lose()
        stage.tick()
        stage.forge.comment(number, anna, "/closeout accept")
        stage.settle()
        assert stage.state() == "invoiced", stage.story()
        for act in (stage.forge.reopen, stage.forge.close):
            stage.tick()
            act(number, dana)
            stage.settle()
        assert stage.state() == "awaiting_acceptance", stage.story()
        read(sweeper)
        stage.settle()
        assert stage.state() == "awaiting_acceptance", stage.story()
