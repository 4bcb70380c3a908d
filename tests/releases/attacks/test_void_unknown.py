"""Stuck. The void of an invoice is uncertain once (`unknown`), then refused for good (`failed`): from there
the table knows no `voided`, `paid`, … when it is mended and tried again.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from app.releases.people.orders import retry
from tests.releases.play import OPERATOR, play
from tests.releases.scene import CONTRACT


@pytest.mark.parametrize("paid", [False, True])
def test_a_void_that_was_uncertain_then_refused_ends_well_after_a_retry(tmp_path: Path, paid: bool) -> None:
    with play(tmp_path, "github") as stage:
        number = stage.closed()
        stage.settle()
        stage.platform.faults.switch_on("void_invoice", "500", 1)
        stage.platform.faults.switch_on("void_invoice", "refuse_4xx", 1)
        stage.tick()
        stage.forge.reopen(number, stage.person("dana"))
        stage.settle()
        stage.pass_time()
        print(stage.state(), stage.reason())
        if paid:
            (invoice,) = stage.platform.books.invoices()
            stage.platform.books.receive(invoice.id)
            stage.settle()
        else:
            retry(stage.db, CONTRACT, 1, OPERATOR)
            stage.settle()
        print(stage.state(), stage.reason())
        stage.check()
        assert stage.state() in ("voided", "disputed"), stage.reason()


def test_a_refund_that_was_uncertain_then_refused_ends_refunded_after_a_retry(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        number = stage.closed()
        stage.settle()
        stage.pay()
        stage.tick()
        stage.forge.reopen(number, stage.person("dana"))
        stage.settle()
        stage.platform.faults.switch_on("reverse_payout", "500", 1)
        stage.platform.faults.switch_on("reverse_payout", "refuse_4xx", 1)
        stage.order("refund", keep_payouts=False)
        stage.pass_time()
        print(stage.state(), stage.reason())
        retry(stage.db, CONTRACT, 1, OPERATOR)
        stage.settle()
        print(stage.state(), stage.reason())
        stage.check()
        assert stage.state() == "refunded", stage.reason()
