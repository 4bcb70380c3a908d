"""Advice that can not be followed: a refund at work stumbles over a share of another amount and says
"leave the payees their shares: --keep-payouts", but what is `refunding` is neither held nor refunded
anew.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from app.errors import CloseoutError
from app.events import PayoutFacts
from app.gateways.base import Done
from app.releases.money.answers import apply_answer
from app.releases.people import orders
from tests.releases.play import OPERATOR, play


def test_the_advice_can_be_followed(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        stage.closed()
        stage.settle()
        stage.pay()
        stage.order("dispute", "wrong")
        gateways: Any = stage.caller._gateways
        real = gateways["platform"].ask

        def asked(intent: Any) -> Any:
            found = real(intent)
            if isinstance(found, Done) and found.payouts and intent.key.endswith("pay_out/acc_one"):
                odd = tuple(replace(one, amount_minor=35_900, status="reversed") for one in found.payouts)
                return replace(found, payouts=odd)
            return found

        gateways["platform"].ask = asked
        one = next(leg for leg in stage.journal("transfer") if leg["account"] == "acc_one")
        with stage.db.transaction() as connection:
            orders.refund(connection, orders.locked(connection, "con_play", 1), OPERATOR, keep_payouts=False)
        with stage.db.transaction() as connection:
            facts = PayoutFacts(one["payout_id"], "acc_one", "reversed", 35_900, "usd", "")
            apply_answer(connection, "con_play/1/pay_out/acc_one", Done(payouts=(facts,)))
        stage.settle()
        stage.platform.undoing.seller_credit_minor = 100_000
        told = [stage.reason()]
        for order in ("retry", "hold", "refund"):
            try:
                if order == "retry":
                    orders.retry(stage.db, "con_play", 1, OPERATOR)
                    stage.settle()
                elif order == "hold":
                    stage.order("hold", "look")
                else:
                    stage.order("refund", keep_payouts=True)
            except CloseoutError as error:
                told.append(str(error))
        assert stage.state() == "refunded", told
