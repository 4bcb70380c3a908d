"""A release that is lost. The invoice was voided at the gateway; the comment says "Closed again, it is
billed as the next revision". Where only the sweep sees issues, reopening and closing are no news of a
release that is `voided` without a recall (`known._take`: OVER, so that none of its issues is known):
nothing follows, ever.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from app.events import InvoiceFacts
from app.gateways.base import Done
from app.releases.money.answers import apply_answer
from tests.releases.scene import FORGE_KINDS
from tests.releases.sweeping import installed, read


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_what_was_voided_at_the_gateway_is_billed_when_it_is_closed_again(tmp_path: Path, kind: str) -> None:
    with installed(tmp_path, kind) as (stage, sweeper):
        dana, number = stage.person("dana"), stage.closed()
        stage.settle()
        (one,) = stage.platform.books.invoices()
        one.status = "void"
        stage.platform.journal.add("invoice_voided", invoice_id=one.id)
        says = Done(invoice=InvoiceFacts(one.id, one.number, "https://p.example/1", "void", 60_000, "usd"))
        with stage.db.transaction() as connection:
            apply_answer(connection, "con_play/1/r1/open_invoice", says)
        assert stage.state() == "voided"
        assert "Closed again" in stage.story()
        for act in (stage.forge.reopen, stage.forge.close):
            stage.tick()
            act(number, dana)
            stage.lose()
            read(sweeper)
            stage.settle()
        assert stage.state() == "invoiced", (stage.state(), stage.reason())
