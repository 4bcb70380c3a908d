"""Payees who are paid out of a prefunded balance as soon as the work is done, and a client who pays later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.milestones import document
from app.releases.people.manual import trigger_by_hand
from tests.releases.paying import arrive, balance, billed, legs, paid_out, pay, paying
from tests.releases.play import OPERATOR

SHARES = [("acc_one", 36_000), ("acc_two", 24_000)]


def test_the_payees_are_paid_while_the_invoice_is_open_and_the_client_pays_later(tmp_path: Path) -> None:
    with paying(tmp_path, disburse="on_close") as stage:
        stage.platform.books.prefunded_minor = 60_000
        billed(stage)
        arrive(stage)
        assert (stage.state(), paid_out(stage)) == ("disbursed", SHARES)
        assert "invoice SBX-0001 is open" in stage.reason()
        assert balance(stage.db, "cash:platform") == -60_000
        pay(stage, 20_000)
        assert stage.state() == "disbursed"
        pay(stage)
        assert (stage.state(), len(paid_out(stage))) == ("disbursed", 2)
        assert "invoice SBX-0001 is paid" in stage.reason()
        assert balance(stage.db, "cash:platform") == 0


def test_without_funds_they_wait_and_say_why(tmp_path: Path) -> None:
    with paying(tmp_path, disburse="on_close") as stage:
        billed(stage)
        assert paid_out(stage) == []
        assert "only 0 is there for SBX-0001; next try" in stage.reason()
        stage.platform.books.prefunded_minor = 60_000
        stage.pass_time()
        arrive(stage)
        assert (stage.state(), paid_out(stage)) == ("disbursed", SHARES)


def test_the_shares_wait_for_their_approval(tmp_path: Path) -> None:
    with paying(tmp_path, disburse="on_close", auto_clear=False) as stage:
        stage.platform.books.prefunded_minor = 60_000
        billed(stage)
        assert "payouts wait for: closeout releases approve con_play 1" in stage.reason()
        stage.order("approve")
        arrive(stage)
        assert (stage.state(), paid_out(stage)) == ("disbursed", SHARES)


def test_what_is_reopened_before_anybody_was_paid_is_voided_and_the_next_revision_pays_once(
    tmp_path: Path,
) -> None:
    with paying(tmp_path, disburse="on_close", auto_clear=False) as stage:
        stage.platform.books.prefunded_minor = 60_000
        billed(stage)
        stage.forge.reopen(1, stage.person("dana"))
        stage.settle()
        assert (stage.state(), len(stage.journal("invoice_voided"))) == ("voided", 1)
        assert {leg[3] for leg in legs(stage)} == {"cancelled"}
        stage.tick()
        stage.forge.close(1, stage.person("dana"))
        stage.settle()
        stage.order("approve")
        arrive(stage)
        assert (stage.state(), paid_out(stage)) == ("disbursed", SHARES)
        assert balance(stage.db, "payable:acc_one") == 0


def test_what_waits_for_funds_is_voided_too_since_nothing_went_out(tmp_path: Path) -> None:
    with paying(tmp_path, disburse="on_close") as stage:
        billed(stage)
        stage.forge.reopen(1, stage.person("dana"))
        stage.settle()
        assert stage.state() == "voided", stage.reason()
        stage.platform.books.prefunded_minor = 60_000
        stage.pass_time()
        assert paid_out(stage) == []


@pytest.mark.parametrize("is_paid", [False, True])
def test_what_is_reopened_after_the_payouts_is_disputed_and_a_refund_undoes_all(
    tmp_path: Path, is_paid: bool
) -> None:
    with paying(tmp_path, disburse="on_close") as stage:
        stage.platform.books.prefunded_minor = 60_000
        billed(stage)
        arrive(stage)
        if is_paid:
            pay(stage)
        stage.forge.reopen(1, stage.person("dana"))
        stage.settle()
        assert (stage.state(), stage.journal("invoice_voided")) == ("disputed", [])
        stage.order("refund", keep_payouts=False)
        assert stage.state() == "refunded"
        assert len(stage.journal("reversal")) == 2
        assert len(stage.journal("credit_note" if is_paid else "invoice_voided")) == 1
        for account in ("receivable:con_play", "revenue:con_play", "cash:platform", "payouts:con_play"):
            assert balance(stage.db, account) == 0
        stage.tick()
        stage.forge.close(1, stage.person("dana"))
        stage.settle()
        assert (stage.state(), stage.bills()) == ("refunded", 1)


def test_a_refund_whose_void_comes_too_late_gives_the_payment_back_instead(tmp_path: Path) -> None:
    with paying(tmp_path, disburse="on_close") as stage:
        stage.platform.books.prefunded_minor = 60_000
        invoice = billed(stage)
        arrive(stage)
        stage.order("dispute", "bad work")
        stage.platform.undoing.empty_payee("acc_two", 60)
        stage.order("refund", keep_payouts=False)
        assert stage.state() == "refunding"
        stage.platform.undoing.fill_payee("acc_two")
        stage.platform.books.receive(invoice)
        stage.till.hints.clear()  # the callback is lost
        stage.pass_time()
        assert stage.state() == "refunded"
        assert "now invoice SBX-0001 is paid" in " ".join(stage.audit())
        assert [one["amount_cents"] for one in stage.journal("credit_note")] == [60_000]


def test_a_kickoff_deposit_is_due_at_once_and_released_by_hand(tmp_path: Path) -> None:
    milestones: list[dict[str, Any]] = [
        {"title": "Kickoff", "share": "60%", "terms": "net-0", "rules": {"when": "manual"}},
        {"label": "milestone:uat", "title": "Testing", "share": "40%"},
    ]
    with paying(tmp_path, {}, milestones) as stage:
        contract = document.load(stage.config).contracts["con_play"]
        told = trigger_by_hand(stage.db, contract, contract.milestone(1), OPERATOR)
        assert told.startswith("con_play/1 ready")
        stage.settle()
        (opened,) = [one for one in stage.journal("request") if "triggered_for" in one["body"]]
        assert json.loads(opened["body"])["context"]["net_days"] == 0
        pay(stage)
        arrive(stage)
        assert (stage.state(), paid_out(stage)) == ("disbursed", SHARES)
