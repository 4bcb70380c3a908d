"""Two live invoices, and nobody is told. That the voided first invoice is paid after all may come as the
present facts of the order that voided it (a callback that names that order, or a question that was under
way): `record_void` passes over whatever an earlier revision's order came to. `late_word` would hold.
"""

from __future__ import annotations

from pathlib import Path

from app.events import InvoiceFacts
from app.gateways.base import Done
from app.releases.money.answers import apply_answer
from tests.releases.play import play


def test_that_the_old_invoice_lives_is_heard_by_its_void_too(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        dana, number = stage.person("dana"), stage.closed()
        stage.settle()
        (first,) = stage.platform.books.invoices()
        stage.tick()
        stage.forge.reopen(number, dana)
        stage.settle()
        assert stage.state() == "voided"
        stage.tick()
        stage.forge.close(number, dana)
        stage.settle()
        assert (stage.state(), stage.release()["revision"]) == ("invoiced", 2)
        lives = Done(
            invoice=InvoiceFacts(first.id, first.number, "https://pay.example/1", "paid", 60_000, "usd")
        )
        with stage.db.transaction() as connection:
            apply_answer(connection, "con_play/1/r1/void_invoice", lives)
        stage.settle()
        assert stage.state() == "held", stage.story()
