"""Stuck for ever. A share of which the platform names another amount is `held`; `retry` makes it
`unknown`, and where a refund is at work nobody ever asks about it: each run ends in "not certain yet: run
retry, then again".
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.errors import CloseoutError
from app.events import PayoutFacts
from app.gateways.base import Done
from app.releases.money.answers import apply_answer
from app.releases.people import orders
from tests.releases.play import OPERATOR, Play, play


def says(stage: Play, status: str, amount: int) -> None:
    one = next(leg for leg in stage.journal("transfer") if leg["account"] == "acc_one")
    facts = PayoutFacts(one["payout_id"], "acc_one", status, amount, "usd", "")
    with stage.db.transaction() as connection:
        apply_answer(connection, "con_play/1/pay_out/acc_one", Done(payouts=(facts,)))


def test_a_share_that_is_held_while_a_refund_is_at_work_can_be_gone_on_with(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        number = stage.closed()
        stage.settle()
        stage.pay()
        stage.order("dispute", "wrong") if stage.state() != "disputed" else None
        with stage.db.transaction() as connection:
            row = orders.locked(connection, "con_play", 1)
            orders.refund(connection, row, OPERATOR, keep_payouts=False)
        says(stage, "reversed", 35_900)  # part of it came back while the refund waits for its run
        stage.settle()
        for _ in range(3):
            for order in (stage_retry, stage_resume, stage_refund):
                try:
                    order(stage)
                except CloseoutError:
                    continue
            stage.pass_time()
        assert stage.state() == "refunded", (number, stage.reason())


def stage_retry(stage: Play) -> str:
    told = orders.retry(stage.db, "con_play", 1, OPERATOR)
    stage.settle()
    return told


def stage_resume(stage: Play) -> str:
    return stage.order("resume")


def stage_refund(stage: Play) -> str:
    return stage.order("refund", keep_payouts=False)


def test_a_share_whose_amount_differs_for_good_can_be_refunded(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        stage.closed()
        stage.settle()
        stage.platform.books.receive(stage.platform.books.invoices()[0].id)
        gateways: Any = stage.caller._gateways
        real = gateways["platform"].ask
        stage.settle()
        says(stage, "failed", 36_000)

        def asked(intent: Any) -> Any:
            found = real(intent)
            if isinstance(found, Done) and found.payouts and intent.key.endswith("pay_out/acc_one"):
                odd = tuple(replace(one, amount_minor=35_900) for one in found.payouts)
                return replace(found, payouts=odd)
            return found

        gateways["platform"].ask = asked
        stage_retry(stage)
        assert stage.state() == "held"
        for order in (stage_retry, stage_resume):
            try:
                order(stage)
            except CloseoutError:
                continue
        with pytest.raises(CloseoutError, match="--keep-payouts"):
            stage.order("refund", keep_payouts=False)
        stage.platform.undoing.seller_credit_minor = 100_000
        told = stage.order("refund", keep_payouts=True)
        assert stage.state() == "refunded", (told, stage.reason())
