"""A client that pays in parts, or too much: what came in is counted once, and passed on as was agreed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.paying import arrive, balance, billed, decide, dispute, legs, paid_out, pay, paying

ODD = [
    {"account": "acc_one", "share": "33.3333%"},
    {"account": "acc_two", "share": "33.3333%"},
    {"account": "acc_three", "share": "33.3334%"},
]


def test_a_part_waits_for_the_rest_where_the_contract_says_nothing_else(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        pay(stage, 20_000)
        assert (stage.state(), paid_out(stage)) == ("invoiced", [])
        assert "200.00 usd of 600.00 usd of invoice SBX-0001 has come in" in stage.reason()
        assert balance(stage.db, "receivable:con_play") == 40_000
        pay(stage, 40_000)
        arrive(stage)
        assert (stage.state(), paid_out(stage)) == ("disbursed", [("acc_one", 36_000), ("acc_two", 24_000)])
        assert balance(stage.db, "receivable:con_play") == 0


def test_each_payment_is_passed_on_and_the_last_one_completes_every_share_to_the_cent(
    tmp_path: Path,
) -> None:
    with paying(tmp_path, partial="pro_rata", to=ODD) as stage:
        billed(stage)
        for amount_minor in (10_001, 7, 25_555):
            pay(stage, amount_minor)
            arrive(stage)
            assert stage.state() == "invoiced"
            stage.check()
        assert "355.63 usd of 600.00 usd has come in, and every payout of it has arrived" in stage.reason()
        pay(stage)
        arrive(stage)
        assert stage.state() == "disbursed"
        sums = dict.fromkeys(("acc_one", "acc_two", "acc_three"), 0)
        for account, amount_minor in paid_out(stage):
            sums[account] += amount_minor
        assert sums == {"acc_one": 20_000, "acc_two": 20_000, "acc_three": 20_000}
        assert [leg for leg in legs(stage) if leg[3] != "paid"] == []
        assert balance(stage.db, "payable:acc_one") == 0


def test_a_restart_between_the_parts_pays_nothing_twice(tmp_path: Path) -> None:
    with paying(tmp_path, partial="pro_rata") as stage:
        billed(stage)
        for amount_minor in (10_000, 20_000, 30_000):
            pay(stage, amount_minor)
            stage.restart()
            stage.pass_time()
        arrive(stage)
        assert (stage.state(), len(paid_out(stage))) == ("disbursed", 6)


def test_two_payments_before_anything_is_passed_on_are_one_part(tmp_path: Path) -> None:
    with paying(tmp_path, partial="pro_rata") as stage:
        invoice = billed(stage)
        for amount_minor in (10_000, 20_000):
            stage.platform.books.receive(invoice, amount_minor)
        stage.settle()
        assert legs(stage) == [("acc_one", 1, 18_000, "sent"), ("acc_two", 1, 12_000, "sent")]
        pay(stage, 30_000)
        arrive(stage)
        assert stage.state() == "disbursed"


@pytest.mark.parametrize("fault", ["500", "409", "429", "accept_then_timeout", "reset", "saved_500"])
def test_a_platform_that_fails_at_a_part_pays_it_once_all_the_same(tmp_path: Path, fault: str) -> None:
    with paying(tmp_path, partial="pro_rata") as stage:
        billed(stage)
        pay(stage, 20_000)
        arrive(stage)
        stage.platform.faults.switch_on("payout", fault, 1)
        stage.platform.faults.switch_on("ask", "500", 1)
        pay(stage)
        stage.platform.faults.clear()
        for _ in range(3):
            stage.pass_time()
        arrive(stage)
        if fault == "saved_500":  # that key is used up for good
            assert stage.state() == "partially_disbursed"
            assert "closeout releases retry con_play 1" in stage.reason()
        else:
            assert stage.state() == "disbursed"
            assert len(paid_out(stage)) == 4


def test_a_part_waits_for_its_approval_each_time(tmp_path: Path) -> None:
    with paying(tmp_path, partial="pro_rata", auto_clear=False) as stage:
        billed(stage)
        pay(stage, 20_000)
        approve = "payouts wait for: closeout releases approve con_play 1"
        assert (stage.state(), paid_out(stage)) == ("invoiced", [])
        assert approve in stage.reason()
        stage.order("approve")
        assert len(paid_out(stage)) == 2
        pay(stage)  # while the first part is on its way
        arrive(stage)
        assert len(paid_out(stage)) == 2
        assert approve in stage.reason()
        assert stage.state() == "paid"
        stage.order("approve")
        arrive(stage)
        assert (stage.state(), len(paid_out(stage))) == ("disbursed", 4)


def test_a_part_that_came_back_keeps_its_way_out_while_more_comes_in(tmp_path: Path) -> None:
    with paying(tmp_path, partial="pro_rata") as stage:
        billed(stage)
        pay(stage, 20_000)
        first = stage.journal("transfer")[0]["payout_id"]
        stage.platform.books.finish(first, "failed", "account closed")
        stage.settle()
        arrive(stage)
        assert stage.state() == "partially_disbursed"
        pay(stage, 1)  # too little to pass anything on
        assert "closeout releases retry con_play 1" in stage.reason()


def test_too_much_is_the_clients_credit_and_said_to_be(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        pay(stage, 70_000)
        arrive(stage)
        assert stage.state() == "disbursed"
        assert balance(stage.db, "client_credit:con_play") == -10_000
        assert [amount for _, amount in paid_out(stage)] == [36_000, 24_000]
        history = " ".join(str(one) for one in stage.audit())
        assert "and 100.00 usd more, which is the client's credit" in history
        pay(stage, 500)
        assert balance(stage.db, "client_credit:con_play") == -10_500
        assert stage.state() == "disbursed"


def test_more_than_was_asked_while_an_approval_is_waited_for_keeps_the_command(tmp_path: Path) -> None:
    with paying(tmp_path, auto_clear=False) as stage:
        billed(stage)
        pay(stage)
        pay(stage, 500)
        assert stage.state() == "paid"
        assert "payouts wait for: closeout releases approve con_play 1" in stage.reason()
        assert "5.00 usd more" in stage.reason()
        stage.order("approve")
        arrive(stage)
        assert stage.state() == "disbursed"


def test_a_partly_paid_milestone_that_is_reopened_is_disputed_and_a_refund_gives_back_what_came(
    tmp_path: Path,
) -> None:
    with paying(tmp_path, partial="pro_rata") as stage:
        billed(stage)
        pay(stage, 20_000)
        arrive(stage)
        stage.forge.reopen(1, stage.person("dana"))
        stage.settle()
        assert (stage.state(), stage.journal("invoice_voided")) == ("disputed", [])
        assert "closeout releases refund or resume" in stage.reason()
        stage.order("refund", keep_payouts=False)
        assert stage.state() == "refunded"
        assert [one["amount_cents"] for one in stage.journal("credit_note")] == [20_000]
        assert len(stage.journal("reversal")) == 2
        for account in ("receivable", "client_credit", "revenue", "disputed"):
            assert balance(stage.db, f"{account}:con_play") == 0
        assert balance(stage.db, "cash:platform") == 0


def test_a_partly_paid_milestone_that_is_reopened_and_resumed_goes_on(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        pay(stage, 20_000)
        stage.forge.reopen(1, stage.person("dana"))
        stage.settle()
        assert stage.state() == "disputed"
        pay(stage, 100)
        assert stage.state() == "disputed"
        stage.order("resume")
        assert stage.state() == "invoiced"
        pay(stage)
        arrive(stage)
        assert stage.state() == "disbursed"


def test_a_refund_of_too_much_gives_the_excess_back_as_well(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        pay(stage, 70_000)
        arrive(stage)
        stage.order("dispute", "bad work")
        stage.order("refund", keep_payouts=False)
        assert stage.state() == "refunded"
        assert [one["amount_cents"] for one in stage.journal("credit_note")] == [70_000]
        for account in ("client_credit:con_play", "receivable:con_play", "cash:platform"):
            assert balance(stage.db, account) == 0


def test_what_comes_in_while_it_is_refunded_pays_nobody(tmp_path: Path) -> None:
    with paying(tmp_path, partial="pro_rata") as stage:
        billed(stage)
        pay(stage, 20_000)
        arrive(stage)
        stage.order("dispute", "bad work")
        stage.platform.undoing.empty_payee("acc_two", 60)
        stage.order("refund", keep_payouts=False)
        assert stage.state() == "refunding"
        pay(stage, 10_000)
        assert len(paid_out(stage)) == 2
        stage.platform.undoing.fill_payee("acc_two")
        stage.pass_time()
        assert stage.state() == "refunded"
        assert [one["amount_cents"] for one in stage.journal("credit_note")] == [30_000]


def test_money_that_came_past_the_gateway_is_counted_as_such(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        stage.platform.books.prefunded_minor = 60_000
        billed(stage)
        pay(stage, 20_000, out_of_band=True)
        pay(stage, 40_000)
        arrive(stage)
        assert stage.state() == "disbursed"
        assert balance(stage.db, "cash:outside") == 20_000
        assert balance(stage.db, "cash:platform") == -20_000
        stage.order("dispute", "bad work")
        stage.order("refund", keep_payouts=False)
        assert stage.state() == "refunded"
        assert [one["amount_cents"] for one in stage.journal("credit_note")] == [40_000]
        assert (balance(stage.db, "cash:outside"), balance(stage.db, "cash:platform")) == (0, 0)


def test_a_part_that_was_lost_to_the_bank_is_owed_again_and_passed_on_once(tmp_path: Path) -> None:
    with paying(tmp_path, partial="pro_rata") as stage:
        billed(stage)
        pay(stage, 20_000)
        arrive(stage)
        dispute(stage)
        decide(stage, "lost")
        stage.order("resume")
        assert balance(stage.db, "receivable:con_play") == 60_000
        pay(stage, 20_000)
        arrive(stage)
        assert len(paid_out(stage)) == 2, "its share of the first payment was passed on before"
        assert balance(stage.db, "receivable:con_play") == 40_000
