"""Money back that the books never learn of, and a release that is stuck for ever. One uncertain answer (a
500) anywhere in a refund makes its state `unknown`, from which the table knows no way to `refunded`: the
platform has issued the credit note, every run ends in "a release can not go from unknown to refunded",
the ledger keeps the cash.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.play import play


@pytest.mark.parametrize("step", ["reverse_payout", "credit_note"])
def test_a_refund_that_stumbled_once_ends_refunded(tmp_path: Path, step: str) -> None:
    with play(tmp_path, "github") as stage:
        number = stage.closed()
        stage.settle()
        stage.pay()
        stage.tick()
        stage.forge.reopen(number, stage.person("dana"))
        stage.settle()
        stage.platform.faults.switch_on(step, "500", 1)
        stage.order("refund", keep_payouts=False)
        stage.pass_time()
        stage.pass_time()
        print(stage.state(), stage.reason(), len(stage.journal("credit_note")))
        stage.check()  # the books and the platform's journal agree
        assert (stage.state(), len(stage.journal("credit_note"))) == ("refunded", 1), stage.reason()
