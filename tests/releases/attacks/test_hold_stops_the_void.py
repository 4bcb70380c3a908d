"""A payee keeps an invoice alive that was to be voided. The void waits (the platform stumbled once); a
`/closeout hold` by whoever may close clears `due_at`, and the void is never tried again; the client pays
it.
"""

from __future__ import annotations

from pathlib import Path

from tests.releases.play import play


def test_a_hold_does_not_call_off_the_void_that_was_ordered(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        penny = stage.person("penny", "write")
        number = stage.closed()
        stage.settle()
        stage.platform.faults.switch_on("void_invoice", "500", 1)
        stage.tick()
        stage.forge.reopen(number, stage.person("dana"))
        stage.settle()
        assert stage.journal("invoice_voided") == []
        stage.forge.comment(number, penny, "/closeout hold one moment")
        stage.settle()
        stage.pass_time()
        stage.pass_time()
        assert len(stage.journal("invoice_voided")) == 1, stage.story()
