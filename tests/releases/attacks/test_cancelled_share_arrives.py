"""A payee keeps what the client got back. A share had failed, the milestone was refunded, the share
cancelled; then the platform says that it arrived after all. `apply_leg` takes that for "an answer from
before".
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.events import PayoutFacts
from app.gateways.base import Done
from app.releases.money.answers import apply_answer
from tests.releases.play import play


def test_a_cancelled_share_that_arrives_is_told(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        number = stage.closed()
        stage.settle()
        stage.pay()
        one = next(leg for leg in stage.journal("transfer") if leg["account"] == "acc_one")
        says = PayoutFacts(one["payout_id"], "acc_one", "failed", 36_000, "usd", "account closed")
        stage.platform.books.finish(one["payout_id"], "failed", "account closed")
        stage.settle()
        stage.tick()
        stage.forge.reopen(number, stage.person("dana"))
        stage.settle()
        stage.order("dispute", "work is open again") if stage.state() != "disputed" else None
        stage.order("refund", keep_payouts=False)
        assert stage.state() == "refunded", stage.reason()
        with stage.db.transaction() as connection:
            arrived = replace(says, status="paid", reason="")
            apply_answer(connection, "con_play/1/pay_out/acc_one", Done(payouts=(arrived,)))
        assert stage.state() == "held", (stage.state(), stage.release()["payouts"])
