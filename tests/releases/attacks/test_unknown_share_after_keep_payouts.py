"""The books never learn of money that is out: a share of which it was uncertain what became is left so by
`refund --keep-payouts`, and from then on nobody asks about it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.gateways.base import Unknown
from app.releases.people import acceptance, orders
from tests.releases.play import OPERATOR, play


class Mute:
    def __init__(self, gateway: Any) -> None:
        self._gateway, self.is_mute = gateway, True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    def send(self, intent: Any) -> Any:
        done = self._gateway.send(intent)
        return Unknown("no answer") if self.is_mute and intent.key.endswith("pay_out/acc_two") else done

    def ask(self, intent: Any) -> Any:
        is_mute = self.is_mute and intent.key.endswith("pay_out/acc_two")
        return Unknown("no answer") if is_mute else self._gateway.ask(intent)


def test_what_became_of_it_is_found_out_after_the_refund(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        gateways: Any = stage.caller._gateways
        mute = gateways["platform"] = Mute(gateways["platform"])
        stage.closed()
        stage.settle()
        for invoice in stage.platform.books.invoices():
            stage.platform.books.receive(invoice.id)
        for _ in range(4):
            stage._work()
        with_acc_two = [one for one in stage.journal("transfer") if one["account"] == "acc_two"]
        assert with_acc_two
        stage.till.hints.clear()  # the callbacks are lost
        stage.platform.undoing.seller_credit_minor = 100_000
        with stage.db.transaction() as connection:
            acceptance.dispute(connection, "con_play/1", OPERATOR, "wrong")
        with stage.db.transaction() as connection:
            orders.refund(connection, orders.locked(connection, "con_play", 1), OPERATOR, keep_payouts=True)
        stage.run_workflows()
        stage.till.hints.clear()
        assert stage.state() == "refunded", stage.reason()
        mute.is_mute = False
        for _ in range(3):
            stage.pass_time()
        legs = {one["account"]: one["status"] for one in stage.release()["payouts"]}
        assert legs["acc_two"] == "paid", (legs, len(with_acc_two))
