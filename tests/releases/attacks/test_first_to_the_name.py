"""Ids of people are looked up at the first decision only, not when the contract is taken up (as labels and
repositories are, by the sweep). The client renames her account in between, a payee takes the free login,
closes, and is pinned as the client: accepts his own work.
"""

from __future__ import annotations

from pathlib import Path

from tests.releases.play import play


def test_a_login_that_was_taken_over_before_the_first_decision_accepts_nothing(tmp_path: Path) -> None:
    rules = {"acceptance": {"by": ["anna"], "within": "5 business days", "on_silence": "hold"}}
    with play(tmp_path, "github", rules) as stage:
        anna = stage.person("anna", "read")
        stage.sweeper.sweep()
        stage.forge.rename_person(anna, "anna-married")
        stage.people["impostor"] = stage.forge.add_person("anna", "read")
        number = stage.closed()
        stage.settle()
        stage.forge.comment(number, stage.people["impostor"], "/closeout accept")
        stage.settle()
        assert stage.bills() == 0, stage.story()
