"""The client's bank asks a payment back: nothing moves until it has decided, and then a person does."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from app.db import later, now
from app.errors import CloseoutError
from app.invoices.tables import invoices
from app.releases.money.answers import apply_answer
from app.releases.tables import releases
from tests.releases.paying import arrive, balance, billed, decide, dispute, legs, paid_out, pay, paying
from tests.releases.play import Play

OPEN = "con_play/1/r1/open_invoice"


def due_at(stage: Play) -> str | None:
    """When the release is looked at next, whatever happens."""
    with stage.db.reading() as connection:
        return connection.scalar(sa.select(releases.c.due_at))


def test_a_dispute_before_the_payouts_stops_them_until_it_is_won(tmp_path: Path) -> None:
    with paying(tmp_path, auto_clear=False) as stage:
        billed(stage)
        pay(stage)
        dispute(stage, 50_000)
        assert stage.state() == "disputed"
        assert "the client's bank asks 500.00 usd of invoice SBX-0001 back" in stage.reason()
        assert balance(stage.db, "disputed:con_play") == 50_000
        with pytest.raises(CloseoutError, match="asks 500"):
            stage.order("approve")
        decide(stage, "won")
        assert stage.state() == "paid"
        assert "payouts wait for: closeout releases approve con_play 1" in stage.reason()
        stage.order("approve")
        arrive(stage)
        assert (stage.state(), len(paid_out(stage))) == ("disbursed", 2)


def test_a_dispute_between_two_payouts_stops_the_second(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        stage.platform.set_ready("acc_two", False, 60)
        pay(stage)
        assert [account for account, _ in paid_out(stage)] == ["acc_one"]
        dispute(stage)
        stage.platform.set_ready("acc_two", True)
        stage.pass_time()
        assert len(paid_out(stage)) == 1
        arrive(stage)
        assert stage.state() == "disputed"
        decide(stage, "won")
        arrive(stage)
        assert (stage.state(), len(paid_out(stage))) == ("disbursed", 2)


def test_a_dispute_after_all_was_paid_out_is_shown_and_won_again(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        pay(stage)
        arrive(stage)
        dispute(stage)
        assert stage.state() == "disputed"
        assert balance(stage.db, "cash:platform") == -60_000
        decide(stage, "won")
        assert stage.state() == "disbursed"
        assert balance(stage.db, "disputed:con_play") == 0


@pytest.mark.parametrize("how", ["opened", "won", "lost"])
def test_what_no_callback_told_of_a_dispute_is_asked_for(tmp_path: Path, how: str) -> None:
    with paying(tmp_path, auto_clear=False) as stage:
        invoice = billed(stage)
        pay(stage, 50_000)
        stage.platform.disputes.open(invoice)
        if how != "opened":
            stage.settle()
            stage.platform.disputes.close(invoice, how)
        stage.till.hints.clear()
        stage.pass_time()
        assert stage.state() == ("invoiced" if how == "won" else "disputed")


def test_what_is_lost_is_refunded_the_shares_come_back_and_nothing_is_given_twice(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        pay(stage)
        arrive(stage)
        dispute(stage)
        with pytest.raises(CloseoutError, match="has not decided"):
            stage.order("refund", keep_payouts=False)
        decide(stage, "lost")
        assert stage.state() == "disputed"
        assert "closeout releases refund con_play 1" in stage.reason()
        stage.order("refund", keep_payouts=False)
        assert stage.state() == "refunded"
        assert len(stage.journal("reversal")) == 2
        assert [one["amount_cents"] for one in stage.journal("credit_note")] == [0]
        for account in ("receivable:con_play", "cash:platform", "disputed:con_play", "revenue:con_play"):
            assert balance(stage.db, account) == 0


def test_what_is_lost_and_resumed_stands_where_it_stood(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        pay(stage)
        arrive(stage)
        dispute(stage)
        decide(stage, "lost")
        stage.order("resume")
        assert stage.state() == "disbursed"
        assert balance(stage.db, "receivable:con_play") == 60_000, "the client owes it again"
        pay(stage, 60_000)
        assert balance(stage.db, "receivable:con_play") == 0
        assert (stage.state(), len(paid_out(stage))) == ("disbursed", 2)


def test_a_dispute_of_a_finished_release_of_which_nobody_told_is_found_within_a_day(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        pay(stage)
        arrive(stage)
        assert stage.state() == "disbursed"
        stage.platform.disputes.open(stage.platform.books.invoices()[-1].id)
        stage.till.hints.clear()
        stage.settle()
        assert stage.state() == "disbursed", "its callback was lost"
        assert due_at(stage) is not None
        assert str(due_at(stage)) <= later(86_400)
        stage.pass_time()
        assert stage.state() == "disputed"


def test_a_payment_that_no_bank_can_ask_back_any_more_is_asked_about_no_longer(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        pay(stage)
        arrive(stage)
        with stage.db.transaction() as writing:
            writing.execute(sa.update(invoices).values(paid_at=later(-121 * 86400)))
        stage.pass_time()
        assert (stage.state(), due_at(stage)) == ("disbursed", None)


@pytest.mark.parametrize("away", ["not configured", "out of order"])
def test_a_finished_release_stands_as_it_is_while_its_gateway_can_not_be_asked(
    tmp_path: Path, away: str
) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        pay(stage)
        arrive(stage)
        before = stage.audit()
        if away == "not configured":
            stage.gateways.clear()
        else:
            stage.platform.faults.switch_on("ask", "500", 1)
        stage.pass_time()
        assert stage.audit() == before
        assert later(80_000) < str(due_at(stage)) <= later(86_400)
        with stage.db.transaction() as writing:
            writing.execute(sa.update(invoices).values(paid_at=later(-121 * 86400)))
        stage.pass_time()
        assert (stage.audit(), due_at(stage)) == (before, None)


def test_a_second_dispute_that_is_won_lets_go_though_the_first_was_lost(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        pay(stage)
        arrive(stage)
        dispute(stage, 10_000)
        decide(stage, "lost")
        stage.order("resume")
        dispute(stage, 20_000)
        assert stage.state() == "disputed"
        decide(stage, "won")
        assert stage.state() == "disbursed"


def test_a_dispute_that_comes_while_it_is_refunded_is_waited_for_and_paid_back_once(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        pay(stage)
        arrive(stage)
        stage.order("dispute", "bad work")
        stage.platform.undoing.empty_payee("acc_two", 60)
        stage.order("refund", keep_payouts=False)
        dispute(stage)
        stage.platform.undoing.fill_payee("acc_two")
        stage.pass_time()
        assert stage.state() == "held"
        assert "the client's bank decides about SBX-0001 first" in stage.reason()
        decide(stage, "lost")
        assert stage.state() == "refunded"
        assert [one["amount_cents"] for one in stage.journal("credit_note")] == [0]
        assert balance(stage.db, "receivable:con_play") == 0


def test_an_operators_hold_outlives_the_dispute(tmp_path: Path) -> None:
    with paying(tmp_path, auto_clear=False) as stage:
        billed(stage)
        pay(stage)
        dispute(stage)
        stage.order("hold", "ask the client first")
        decide(stage, "won")
        assert stage.state() in ("held", "disputed")
        stage.order("resume")
        assert stage.state() == "paid"
        assert {leg[3] for leg in legs(stage)} == {"awaiting_approval"}


def test_a_refund_that_somebody_made_by_hand_meanwhile_calls_a_person_and_ends(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        pay(stage)
        stage.order("hold", "x")
        stage.platform.undoing.empty_payee("acc_two", 60)
        arrive(stage)
        stage.order("refund", keep_payouts=False)
        assert stage.state() == "refunding"
        stage.platform.undoing.seller_credit_minor = 100_000
        stage.platform.undoing.credit("inv_000001")
        stage.settle()
        assert "SBX-0001 is credited" in stage.reason()
        assert stage.state() in ("held", "disputed")
        stage.order("resume")
        assert stage.state() == "refunded"
        # What was given back by hand is in no book: the seller did it, and settles it.
        stage.check = lambda: None  # type: ignore[method-assign]


def test_an_answer_from_before_the_dispute_that_comes_after_it_pays_nobody(tmp_path: Path) -> None:
    """A server was killed between asking and writing down, and goes on after it learned of the dispute."""
    with paying(tmp_path, auto_clear=False) as stage:
        billed(stage)
        pay(stage)
        asked_at, before = now(), stage.caller.ask(OPEN)
        dispute(stage)
        with stage.db.transaction() as connection:
            apply_answer(connection, OPEN, before, asked_at)
        stage.settle()
        assert stage.state() == "disputed"
        assert balance(stage.db, "disputed:con_play") == 60_000
        decide(stage, "won")
        assert stage.state() == "paid"
