"""A payee takes the client's dispute away before it is handled: who may write may edit (or delete)
everybody's comments. The signed webhook still says `dispute`; "the comment is not there as it was first
written".
"""

from __future__ import annotations

from pathlib import Path

from tests.forges.github_driver import GitHubDriver
from tests.releases.play import play

ASKED = {"acceptance": {"by": ["anna"], "within": "5 business days", "on_silence": "accept"}}


def test_a_signed_dispute_counts_though_a_payee_edited_it_away(tmp_path: Path) -> None:
    with play(tmp_path, "github", ASKED) as stage:
        anna, penny = stage.person("anna", "read"), stage.person("penny")
        number = stage.closed()
        stage.settle()
        stage.tick()
        stage.forge.comment(number, anna, "/closeout dispute it does not work")
        assert isinstance(stage.forge, GitHubDriver)
        comment = stage.forge._comments(number)[-1]
        stage.forge.ask("PATCH", f"/issues/comments/{comment['id']}", penny, body="Thanks")
        stage.settle()
        stage.pass_time()
        assert stage.bills() == 0, (stage.told, stage.story())
