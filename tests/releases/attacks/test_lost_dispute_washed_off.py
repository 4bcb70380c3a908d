"""A payee washes off a dispute that no webhook told (GitLab, Gitea and GitHub by token may have nothing
but the sweep): reopening and closing before the next sweep makes it older than the closing, and
`catch_up` passes it over. Silence accepts over the client's visible words; one that was delivered holds
across the reopening.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.scene import FORGE_KINDS
from tests.releases.sweeping import installed, read

ASKED = {"acceptance": {"by": ["anna"], "within": "5 business days", "on_silence": "accept"}}


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_reopening_and_closing_does_not_wash_off_an_unheard_dispute(tmp_path: Path, kind: str) -> None:
    with installed(tmp_path, kind, ASKED) as (stage, sweeper):
        anna, penny = stage.person("anna", "read"), stage.person("penny")
        number = stage.closed()
        stage.lose()
        read(sweeper)
        stage.settle()
        assert stage.state() == "awaiting_acceptance"
        stage.tick()
        stage.forge.comment(number, anna, "/closeout dispute it does not work")
        stage.lose()
        stage.tick()
        stage.forge.reopen(number, penny)
        stage.settle()
        stage.tick()
        stage.forge.close(number, penny)
        stage.settle()
        read(sweeper)
        stage.settle()
        read(sweeper)
        stage.settle()
        assert stage.state() == "awaiting_acceptance" or stage.bills() == 0
        stage.pass_time()
        assert stage.bills() == 0, stage.story()
