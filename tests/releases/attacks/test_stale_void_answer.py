"""Suspicion: an old void's answer "open" that comes late holds the sound next revision for the operator."""

from __future__ import annotations

from pathlib import Path

from app.events import InvoiceFacts
from app.gateways.base import Done
from app.releases.money.answers import apply_answer
from tests.releases.attacks.test_second_late_word import at_revision
from tests.releases.play import play


def test_an_answer_from_before_the_void_holds_nothing(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        at_revision(stage, 2)
        invoice = stage.platform.books.invoices()[0]
        facts = InvoiceFacts(invoice.id, invoice.number, "https://pay.example/1", "open", 60_000, "usd")
        with stage.db.transaction() as connection:
            apply_answer(connection, "con_play/1/r1/void_invoice", Done(invoice=facts))
        assert stage.state() == "invoiced", stage.reason()
