"""A payee takes the client's dispute back in time: who may write edits anna's older "Thanks" into the
words of her dispute. Heard again, the dispute gets the place in time of that comment, and an
acceptance from between (its webhook was lost, the dispute's was not) bills.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.forges.github_driver import GitHubDriver
from tests.releases.sweeping import installed, read, set_clock

ASKED = {"acceptance": {"by": ["anna"], "within": "5 business days", "on_silence": "accept"}}


def test_what_a_payee_made_of_talk_does_not_take_a_dispute_back(tmp_path: Path) -> None:
    with installed(tmp_path, "github", ASKED) as (stage, sweeper):
        set_clock(stage, timedelta(0))
        anna, penny = stage.person("anna", "read"), stage.person("penny")
        number = stage.closed()
        stage.settle()
        stage.tick()
        stage.forge.comment(number, anna, "Thanks")
        assert isinstance(stage.forge, GitHubDriver)
        talk = stage.forge._comments(number)[-1]
        stage.settle()
        stage.tick()
        stage.forge.comment(number, anna, "/closeout accept")
        stage.lose()
        stage.tick()
        stage.forge.comment(number, anna, "/closeout dispute it does not work")
        stage.settle()
        assert stage.state() == "disputed"
        stage.tick()
        words = "/closeout dispute it does not work"
        stage.forge.ask("PATCH", f"/issues/comments/{talk['id']}", penny, body=words)
        stage.settle()
        read(sweeper)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("disputed", 0), stage.story()
