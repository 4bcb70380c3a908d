"""With `when: any_closed` the hold label on another issue of the milestone is passed over: it is billed."""

from __future__ import annotations

from pathlib import Path

from tests.releases.play import play


def test_the_hold_label_on_one_of_its_issues_freezes_an_any_closed_milestone(tmp_path: Path) -> None:
    with play(tmp_path, "github", {"when": "any_closed"}) as stage:
        dana = stage.person("dana")
        one, other = stage.issue(), stage.issue()
        stage.forge.label(other, "closeout:hold", dana)
        stage.settle()
        stage.forge.close(one, dana)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("held", 0), stage.story()


def test_the_hold_label_stops_the_payout_of_an_any_closed_milestone(tmp_path: Path) -> None:
    with play(tmp_path, "github", {"when": "any_closed"}) as stage:
        dana = stage.person("dana")
        one, other = stage.issue(), stage.issue()
        stage.forge.close(one, dana)
        stage.settle()
        stage.forge.label(other, "closeout:hold", dana)
        stage.settle()
        stage.pay()
        assert stage.journal("transfer") == [], stage.story()
