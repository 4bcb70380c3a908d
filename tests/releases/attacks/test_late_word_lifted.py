"""Two live invoices. The platform says that the voided first invoice was paid after all: everything stops
for a person (`late_word`). But that hold has the source "changed", which any harmless webhook about the
sound issue lifts: the second invoice goes on, is paid too, and the payees are paid.
"""

from __future__ import annotations

from pathlib import Path

from app.events import InvoiceFacts
from app.gateways.base import Done
from app.releases.money.answers import apply_answer
from tests.releases.play import play


def test_the_word_that_the_old_invoice_lives_is_not_forgotten_by_the_next_webhook(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        dana = stage.person("dana")
        number = stage.closed()
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
            apply_answer(connection, "con_play/1/r1/open_invoice", lives)
        stage.settle()
        assert stage.state() == "held"
        stage.forge.label(number, "bug", dana)
        stage.settle()
        assert stage.state() == "held", stage.story()
        stage.pay()
        assert stage.journal("transfer") == []


def test_an_approver_does_not_let_two_live_invoices_go_on_by_a_comment(tmp_path: Path) -> None:
    """What the platform said of money is public nowhere: only the operator has seen why it stands still."""
    with play(tmp_path, "github", {"approvers": ["lena"]}) as stage:
        lena = stage.person("lena", "admin")
        number = stage.closed()
        stage.settle()
        (first,) = stage.platform.books.invoices()
        stage.forge.reopen(number, stage.person("dana"))
        stage.settle()
        stage.tick()
        stage.forge.close(number, stage.person("dana"))
        stage.settle()
        lives = Done(
            invoice=InvoiceFacts(first.id, first.number, "https://pay.example/1", "paid", 60_000, "usd")
        )
        with stage.db.transaction() as connection:
            apply_answer(connection, "con_play/1/r1/open_invoice", lives)
        stage.forge.comment(number, lena, "/closeout resume")
        stage.settle()
        assert stage.state() == "held", stage.story()
        stage.order("resume")
        assert stage.state() == "invoiced"
