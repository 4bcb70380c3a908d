"""A payee accepts in the client's name. Who may write may edit everybody's comments; done within the second
(by a program) it leaves no mark. The webhook said what the client wrote ("Thanks"), and `obey` compares with
it; the sweep does not, and reads the payee's words as the client's. At Forgejo an admin of the repository
may set the time of the edit (`updated_at`), so that it need not even be quick.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.forges.github_driver import GitHubDriver
from tests.releases.sweeping import installed, read

RULES = {"acceptance": {"by": ["anna"], "within": "2 days", "on_silence": "hold"}}


@pytest.mark.parametrize("kind", ["github", "gitea"])
def test_a_comment_that_was_no_order_when_it_came_is_none_for_the_sweep(tmp_path: Path, kind: str) -> None:
    with installed(tmp_path, kind, RULES) as (stage, sweeper):
        anna, penny = stage.person("anna", "read"), stage.person("penny")
        number = stage.closed()
        stage.settle()
        stage.tick()
        stage.forge.comment(number, anna, "Thanks, we will look at it")
        if isinstance(stage.forge, GitHubDriver):
            comment = stage.forge._comments(number)[-1]
            path = f"/issues/comments/{comment['id']}"
            stage.forge.ask("PATCH", path, penny, body="/closeout accept")
        else:
            stage.forge.tickets[number].comments[-1].text = "/closeout accept"  # type: ignore[attr-defined]
        stage.settle()
        read(sweeper)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("awaiting_acceptance", 0), stage.story()
