"""Two honest words that count no more: within a minute of an operator's hold, though it was lifted, the
client's acceptance and the approver's approval are refused ("held … about then").
"""

from __future__ import annotations

from pathlib import Path

from tests.releases.play import play

ASKED = {"acceptance": {"by": ["anna"], "within": "2 days", "on_silence": "hold"}}


def test_an_acceptance_after_the_operator_let_go_counts(tmp_path: Path) -> None:
    with play(tmp_path, "github", ASKED) as stage:
        anna = stage.person("anna", "read")
        number = stage.closed()
        stage.settle()
        stage.order("hold", "a look")
        stage.order("resume")
        stage.tick()
        stage.forge.comment(number, anna, "/closeout accept")
        stage.settle()
        assert stage.state() == "invoiced", stage.told[-2:]


def test_an_approval_after_the_operator_let_go_counts(tmp_path: Path) -> None:
    with play(tmp_path, "github", {"approvers": ["lena"], "approve_above": "100.00"}) as stage:
        lena = stage.person("lena")
        number = stage.closed()
        stage.settle()
        stage.order("hold", "a look")
        stage.order("resume")
        stage.tick()
        stage.tick()
        stage.forge.comment(number, lena, "/closeout approve")
        stage.settle()
        assert stage.state() == "invoiced", stage.told[-2:]
