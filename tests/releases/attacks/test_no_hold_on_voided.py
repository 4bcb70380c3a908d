"""What waits to be issued again can not be held: the operator and every commenter are refused ("nothing left
to hold"), and the next closing bills it, although "frozen before its next money step, whatever step that
is".
"""

from __future__ import annotations

from pathlib import Path

from tests.releases.play import play


def test_a_milestone_that_would_be_issued_again_can_be_held(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        dana = stage.person("dana")
        number = stage.closed()
        stage.settle()
        stage.tick()
        stage.forge.reopen(number, dana)
        stage.settle()
        assert stage.state() == "voided"
        stage.order("hold", "the client is bankrupt")
        stage.tick()
        stage.forge.close(number, dana)
        stage.settle()
        assert stage.bills() == 1, stage.story()
