"""An order to hold is lost without a word: `/closeout hold` on an issue of a milestone of which no webhook
was seen yet (the labelling was lost, the contract is new) is answered nowhere and kept nowhere; the
closing bills. The command line keeps it (`take_up`).
"""

from __future__ import annotations

from pathlib import Path

from tests.releases.play import play


def test_a_hold_on_a_milestone_to_which_nothing_happened_yet_is_kept_or_answered(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        dana = stage.person("dana")
        number = stage.issue()
        stage.lose()
        stage.forge.comment(number, dana, "/closeout hold the client has not signed")
        stage.settle()
        stage.tick()
        stage.forge.close(number, dana)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("held", 0), stage.story()
