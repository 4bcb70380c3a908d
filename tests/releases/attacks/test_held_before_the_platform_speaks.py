"""A payee is paid for what waits for the operator. A platform's void that is paid all the same "is to be
retried by the operator"; `/closeout hold` *before* it comes to that (a voided release can be held) leaves
no row of the gateway (`_paid`: `elif holding`), and the payee's own `/closeout resume` pays out.
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


@pytest.mark.parametrize("when", ["before both", "between"])
@pytest.mark.parametrize("first", ["uncollectible", "void"])
def test_a_hold_beforehand_does_not_let_a_payee_resume(tmp_path: Path, first: str, when: str) -> None:
    with play(tmp_path, "github") as stage:
        penny = stage.person("penny")
        number = stage.closed()
        stage.settle()
        (invoice,) = stage.platform.books.invoices()
        facts = InvoiceFacts(invoice.id, invoice.number, "https://pay.example/1", first, 60_000, "usd")
        if when == "between":
            says(stage, facts)
        stage.tick()
        stage.forge.comment(number, penny, "/closeout hold one moment")
        stage.settle()
        if when == "before both":
            says(stage, facts)
        stage.platform.books.receive(invoice.id)
        stage.till.hints.clear()
        says(stage, replace(facts, status="paid"))
        stage.tick()
        stage.forge.comment(number, penny, "/closeout resume")
        stage.settle()
        assert stage.journal("transfer") == [], (stage.told, stage.story())
