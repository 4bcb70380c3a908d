"""A payee makes money move that waits for the operator. Where the platform's word holds a release its state
is `held`, but no row of `holds` says so: `/closeout hold` and `/closeout resume` by anybody who may close
"puts it back to where it stands", which is: paid, shares due.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.events import InvoiceFacts
from app.gateways.base import Done
from app.releases.money.answers import apply_answer
from tests.releases.play import Play, play


def says(stage: Play, facts: InvoiceFacts) -> None:
    with stage.db.transaction() as connection:
        apply_answer(connection, "con_play/1/r1/open_invoice", Done(invoice=facts))


@pytest.mark.parametrize("first", ["uncollectible", "void"])
def test_what_the_operator_has_to_look_at_is_not_let_go_by_a_payee(tmp_path: Path, first: str) -> None:
    with play(tmp_path, "github") as stage:
        penny = stage.person("penny")
        number = stage.closed()
        stage.settle()
        (invoice,) = stage.platform.books.invoices()
        facts = InvoiceFacts(invoice.id, invoice.number, "https://pay.example/1", first, 60_000, "usd")
        says(stage, facts)
        stage.platform.books.receive(invoice.id)
        stage.till.hints.clear()
        says(stage, replace(facts, status="paid"))
        assert stage.state() == "held"
        assert "closeout releases retry" in stage.reason()
        stage.forge.comment(number, penny, "/closeout hold one moment")
        stage.settle()
        stage.tick()
        stage.forge.comment(number, penny, "/closeout resume")
        stage.settle()
        assert stage.journal("transfer") == [], stage.story()
