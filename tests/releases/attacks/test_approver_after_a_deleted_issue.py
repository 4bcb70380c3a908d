"""An approver is refused for ever, with no way on told: a billed issue was deleted (or moved) after the
payment, the approver resumed what that held, and `/closeout approve` answers "#1 is not there any more"
each time.
"""

from __future__ import annotations

from pathlib import Path

from tests.releases.play import play

PAYOUT = {
    "auto_clear": False,
    "to": [{"account": "acc_one", "share": "60%"}, {"account": "acc_two", "share": "40%"}],
}


def test_an_approver_can_let_go_what_the_approver_resumed(tmp_path: Path) -> None:
    with play(tmp_path, "github", {"approvers": ["lena"]}, payout=PAYOUT) as stage:
        lena = stage.person("lena")
        one, two = stage.issue(), stage.issue()
        for number in (one, two):
            stage.forge.close(number, stage.person("dana"))
        stage.settle()
        stage.pay()
        stage.forge.delete(one)
        stage.settle()
        assert stage.state() == "held", stage.reason()
        for word in ("resume", "approve", "approve"):
            stage.forge.sandbox.pass_time(300)  # type: ignore[attr-defined]
            stage.forge.comment(two, lena, f"/closeout {word}")
            stage.settle()
        assert len(stage.journal("transfer")) == 2, (stage.told[-3:], stage.state(), stage.reason())
