"""The client accepts, sees what is missing and reopens; a payee closes at once. Where no webhook tells
(GitLab, Gitea and GitHub by token may have nothing but the sweep) the sweep finds a closed issue, which
is no news, and the client's word, which is younger than the *first* closing: billed. With webhooks it has
to be said again. `completed_at` is read from the stored evidence; the issue was closed again since.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.scene import FORGE_KINDS
from tests.releases.sweeping import installed, read

RULES = {"acceptance": {"by": ["anna"], "within": "2 days", "on_silence": "hold"}}


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_what_was_accepted_before_it_was_reopened_is_asked_again(tmp_path: Path, kind: str) -> None:
    with installed(tmp_path, kind, RULES) as (stage, sweeper):
        anna, penny = stage.person("anna", "write"), stage.person("penny")
        number = stage.closed()
        stage.settle()
        read(sweeper)
        stage.settle()
        assert stage.state() == "awaiting_acceptance"
        stage.tick()
        stage.forge.comment(number, anna, "/closeout accept")
        stage.tick()
        stage.forge.reopen(number, anna)
        stage.tick()
        stage.forge.close(number, penny)
        stage.lose()
        read(sweeper)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("awaiting_acceptance", 0), stage.story()
