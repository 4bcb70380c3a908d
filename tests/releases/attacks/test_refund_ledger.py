"""The books. A share that was under way fails while the refund is at work: after the refund it is still owed
to the payee in the ledger and in the list.
"""

from __future__ import annotations

from pathlib import Path

from app.ledger.journal import verify
from tests.releases.play import play


def test_after_a_refund_nothing_is_owed_to_a_payee(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        dana = stage.person("dana")
        number = stage.closed()
        stage.settle()
        stage.pay()
        stage.tick()
        stage.forge.reopen(number, dana)
        stage.settle()
        assert stage.state() == "disputed"
        sent = stage.journal("transfer")
        stage.platform.faults.switch_on("reverse_payout", "500", 1)
        stage.order("refund", keep_payouts=False)
        print(stage.state(), stage.reason())
        for one in sent:
            try:
                stage.platform.books.finish(one["payout_id"], "failed", "account closed")
            except Exception as error:  # noqa: BLE001
                print(one["payout_id"], error)
        stage.settle()
        for _ in range(4):
            stage.pass_time()
        if stage.state() == "held":
            from app.releases.people.orders import retry
            from tests.releases.play import OPERATOR
            from tests.releases.scene import CONTRACT

            retry(stage.db, CONTRACT, 1, OPERATOR)
            stage.settle()
        print(stage.state(), stage.reason(), stage.release()["payouts"])
        with stage.db.reading():
            balances = verify(stage.db).balances
        print(balances)
        assert stage.state() == "refunded"
        owed = {
            name: amount for (name, _), amount in balances.items() if name.startswith("payable:") and amount
        }
        assert owed == {}, balances
