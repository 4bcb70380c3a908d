"""An honest release is stuck without a word. Held, then reopened (its invoice is voided), then resumed: the
order to go on wipes out that it was reopened, and the next closing is "released before: nothing is billed
again".
"""

from __future__ import annotations

from pathlib import Path

from tests.releases.play import play


def test_a_voided_milestone_whose_hold_is_lifted_is_billed_when_it_is_closed_again(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        dana = stage.person("dana")
        number = stage.closed()
        stage.settle()
        stage.forge.comment(number, dana, "/closeout hold something is wrong")
        stage.settle()
        stage.tick()
        stage.forge.reopen(number, dana)
        stage.settle()
        assert len(stage.journal("invoice_voided")) == 1
        stage.forge.comment(number, dana, "/closeout resume")
        stage.settle()
        assert stage.state() == "voided"
        stage.tick()
        stage.forge.close(number, dana)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("invoiced", 2), stage.story()


def test_a_resume_does_not_call_off_the_void_that_a_reopening_ordered(tmp_path: Path) -> None:
    """The payee who may hold resumes while the void waits for the platform; the invoice lives on."""
    rules = {"acceptance": {"by": ["anna"], "within": "5 business days", "on_silence": "hold"}}
    with play(tmp_path, "github", rules) as stage:
        anna, penny = stage.person("anna", "triage"), stage.person("penny", "write")
        number = stage.closed()
        stage.settle()
        stage.forge.comment(number, anna, "/closeout accept")
        stage.settle()
        assert stage.state() == "invoiced"
        stage.forge.comment(number, penny, "/closeout hold one moment")
        stage.settle()
        stage.platform.faults.switch_on("void_invoice", "500", 3)
        stage.forge.reopen(number, anna)
        stage.settle()
        assert stage.journal("invoice_voided") == []
        stage.forge.comment(number, penny, "/closeout resume")
        stage.settle()
        stage.pass_time()
        stage.pass_time()
        assert len(stage.journal("invoice_voided")) == 1, (
            f"the issue is open, and it goes on: {stage.story()}"
        )
