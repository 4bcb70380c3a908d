"""A share that the gateway can not pay: the operator pays it another way and says so, and it is paid once."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import CloseoutError
from app.ledger.journal import verify
from app.releases.money.settling import settle_share
from app.releases.people.orders import retry
from app.releases.queries import list_releases
from app.web.status import contracts_to_show
from tests.releases.paying import arrive, billed, legs, paid_out, pay, paying
from tests.releases.play import OPERATOR, Play
from tests.releases.scene import CONTRACT
from tests.releases.test_told_payments import explained


def settle(stage: Play, account: str = "acc_two", *, is_not_there: bool = False) -> str:
    with stage.db.transaction() as connection:
        said = settle_share(
            connection, f"{CONTRACT}/1", OPERATOR, account, "SEPA transfer 4711", is_not_there=is_not_there
        )
    stage.settle()
    return said


def failed(stage: Play) -> None:
    """The share of acc_two, 240.00 usd, was refused for good."""
    billed(stage)
    stage.platform.set_ready("acc_two", False, 0)
    pay(stage)
    arrive(stage)
    assert stage.state() == "partially_disbursed"


def test_a_share_that_was_paid_by_hand_ends_the_release_and_is_never_ordered_again(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        failed(stage)
        order = "closeout releases settle con_play 1 acc_two REFERENCE"
        assert order in stage.reason()
        assert order in [one["how"] for one in explained(stage)["next"]]
        told = "240.00 usd to acc_two was paid by hand, says olaf (command line): SEPA transfer 4711"
        assert settle(stage) == f"con_play/1: {told}"
        assert ("acc_two", 1, 24_000, "settled") in legs(stage)
        [shown] = contracts_to_show(list_releases(stage.db))["shown"]
        chips = [one["status"] for one in shown["milestones"][0]["payouts"]]
        assert ("paid by hand", "good") in [(one["text"], one["tone"]) for one in chips]
        assert stage.state() == "disbursed"
        stage.platform.set_ready("acc_two", True)
        with pytest.raises(CloseoutError, match="nothing to try again"):
            retry(stage.db, CONTRACT, 1, OPERATOR)
        assert [account for account, _ in paid_out(stage)] == ["acc_one"]
        balances = verify(stage.db).balances
        assert balances.get(("payable:acc_two", "usd"), 0) == 0
        assert balances[("cash:outside", "usd")] == -24_000


def test_the_same_again_changes_nothing(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        failed(stage)
        settle(stage)
        with pytest.raises(CloseoutError, match="settled"):
            settle(stage)
        assert verify(stage.db).balances[("cash:outside", "usd")] == -24_000


def test_a_share_that_waits_for_its_account_may_be_settled_and_the_order_is_dropped(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        stage.platform.set_ready("acc_two", False, 60)
        pay(stage)
        settle(stage)
        stage.platform.set_ready("acc_two", True)
        arrive(stage)
        assert (stage.state(), paid_out(stage)) == ("disbursed", [("acc_one", 36_000)])


def test_what_may_have_arrived_is_settled_only_by_one_who_looked_at_the_gateway(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        stage.platform.set_ready("acc_one", False, 60)
        stage.platform.faults.switch_on("payout", "500", 2)
        stage.platform.faults.switch_on("ask", "500", 2)
        pay(stage)
        assert ("acc_two", 1, 24_000, "unknown") in legs(stage)
        with pytest.raises(CloseoutError, match="not certain") as caught:
            settle(stage)
        assert "--not-at-gateway" in caught.value.mend
        settle(stage, is_not_there=True)
        assert ("acc_two", 1, 24_000, "settled") in legs(stage)
        stage.platform.set_ready("acc_one", True)
        stage.pass_time()
        arrive(stage)
        assert (stage.state(), paid_out(stage)) == ("disbursed", [("acc_one", 36_000)])


def test_what_the_gateway_paid_or_nobody_is_owed_is_not_settled(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        failed(stage)
        with pytest.raises(CloseoutError, match="paid"):
            settle(stage, "acc_one")
        with pytest.raises(CloseoutError, match="acc_three"):
            settle(stage, "acc_three")


def test_a_payout_that_arrives_after_all_stops_the_release_and_is_in_the_books(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        stage.platform.faults.switch_on("payout", "wrong_amount", 2)
        pay(stage)
        settle(stage, is_not_there=True)
        arrive(stage)
        assert stage.state() == "held"
        assert "paid by hand" in stage.reason()
        assert verify(stage.db).balances[("payable:acc_two", "usd")] == 24_000


def test_a_refund_leaves_the_payee_what_it_got_by_hand(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        failed(stage)
        settle(stage)
        stage.order("dispute", "not what was asked for")
        assert "acc_two keeps what it got by hand" in stage.order("refund", keep_payouts=False)
        arrive(stage)
        assert stage.state() == "refunded"
        assert ("acc_two", 1, 24_000, "settled") in legs(stage)
        assert ("acc_one", 1, 36_000, "reversed") in legs(stage)
