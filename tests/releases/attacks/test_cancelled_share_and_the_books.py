"""A cancelled share that arrived: held for the operator, who resumes; told again for the same word, and
refund.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.errors import CloseoutError
from app.events import PayoutFacts
from app.gateways.base import Done
from app.releases.money.answers import apply_answer
from tests.releases.play import Play, play


def arrived(tmp_path: Path, stage: Play) -> PayoutFacts:
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
    stage.order("refund", keep_payouts=False)
    assert stage.state() == "refunded", stage.reason()
    return replace(says, status="paid", reason="")


def word(stage: Play, facts: PayoutFacts) -> None:
    with stage.db.transaction() as connection:
        apply_answer(connection, "con_play/1/pay_out/acc_one", Done(payouts=(facts,)))


def test_what_the_operator_looked_at_does_not_hold_again(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        facts = arrived(tmp_path, stage)
        word(stage, facts)
        assert stage.state() == "held"
        stage.order("resume")
        assert stage.state() == "refunded", stage.reason()
        word(stage, facts)
        assert stage.state() == "refunded", stage.reason()


def test_a_refund_of_it_does_not_wipe_out_what_the_platform_said(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        word(stage, arrived(tmp_path, stage))
        try:
            told = stage.order("refund", keep_payouts=False)
        except CloseoutError as error:
            told = str(error)
        assert stage.state() in ("held", "refunded"), (told, stage.state(), stage.reason())
        assert stage.state() != "held" or "arrived" in stage.reason(), (told, stage.state(), stage.reason())


def test_the_books_know_of_the_money_that_is_out(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        word(stage, arrived(tmp_path, stage))
        leg = next(one for one in stage.release()["payouts"] if one["account"] == "acc_one")
        assert leg["status"] != "cancelled", leg
