"""What the platform says is lost: while the refund was held the issue was reopened, so that it is
`refunded` with a dispute on it; a cancelled share that arrives then can not be written down ("from
refunded to disputed").
"""

from __future__ import annotations

from pathlib import Path

from app.events import PayoutFacts
from app.gateways.base import Done
from app.releases.holds import freeze
from app.releases.money.answers import apply_answer
from app.releases.people import orders
from tests.releases.play import OPERATOR, play


def test_a_cancelled_share_that_arrives_is_written_down(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        number = stage.closed()
        stage.settle()
        stage.pay()
        ids = {leg["account"]: leg["payout_id"] for leg in stage.journal("transfer")}
        stage.platform.books.finish(ids["acc_one"], "failed", "account closed")
        stage.settle()
        stage.order("dispute", "wrong")
        with stage.db.transaction() as connection:
            row = orders.locked(connection, "con_play", 1)
            orders.refund(connection, row, OPERATOR, keep_payouts=False)
            freeze(connection, orders.locked(connection, "con_play", 1), "gateway", OPERATOR, "a word")
        stage.tick()
        stage.forge.reopen(number, stage.person("dana"))
        stage.settle()
        stage.pass_time()
        assert stage.state() == "refunded", (stage.state(), stage.reason())
        with stage.db.transaction() as connection:
            facts = PayoutFacts(ids["acc_one"], "acc_one", "paid", 36_000, "usd", "")
            apply_answer(connection, "con_play/1/pay_out/acc_one", Done(payouts=(facts,)))
        legs = {one["account"]: one["status"] for one in stage.release()["payouts"]}
        assert legs["acc_one"] == "paid", legs
