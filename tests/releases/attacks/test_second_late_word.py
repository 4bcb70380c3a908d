"""The platform says two things, and one is forgotten. A hold by the gateway is one row, whose reason the next
one replaces (`freeze`: "what is read says something else now"): that invoice 1 was paid after all is gone
once it says that invoice 2 lives too. The operator mends the second, resumes, and the client pays twice.
And one that was paid back, as the sentence asks, holds it anew (`late_word` knows "void" alone).
"""

from __future__ import annotations

from pathlib import Path

from app.events import InvoiceFacts
from app.gateways.base import Done
from app.releases.holds import active
from app.releases.money.answers import apply_answer
from tests.releases.play import Play, play


def at_revision(stage: Play, revision: int) -> None:
    dana, number = stage.person("dana"), stage.closed()
    stage.settle()
    for _ in range(revision - 1):
        stage.tick()
        stage.forge.reopen(number, dana)
        stage.settle()
        stage.tick()
        stage.forge.close(number, dana)
        stage.settle()
    assert (stage.state(), stage.release()["revision"]) == ("invoiced", revision)


def says(stage: Play, revision: int, status: str) -> None:
    invoice = stage.platform.books.invoices()[revision - 1]
    facts = InvoiceFacts(invoice.id, invoice.number, "https://pay.example/1", status, 60_000, "usd")
    with stage.db.transaction() as connection:
        apply_answer(connection, f"con_play/1/r{revision}/open_invoice", Done(invoice=facts))


def test_what_the_platform_said_first_stays_told(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        at_revision(stage, 3)
        says(stage, 1, "paid")
        says(stage, 2, "open")
        with stage.db.reading() as connection:
            told = " ".join(hold["reason"] for hold in active(connection, "con_play/1"))
        assert "revision 1 is paid" in told, told


def test_what_was_paid_back_as_asked_does_not_hold_again(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        at_revision(stage, 2)
        says(stage, 1, "paid")
        assert stage.state() == "held"
        stage.order("resume")
        says(stage, 1, "credited")
        assert stage.state() == "invoiced", stage.reason()
