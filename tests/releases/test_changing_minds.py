"""People change their minds: reopening at each point of the way, and what the operator may choose then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.releases.play import Play, play
from tests.releases.scene import LABEL


@pytest.fixture
def graceful(tmp_path: Path) -> Iterator[Play]:
    with play(tmp_path, "github", {"grace": "15m"}) as one:
        yield one
        one.check()


def test_the_main_job(stage: Play) -> None:
    stage.closed()
    stage.settle()
    assert stage.state() == "invoiced"
    stage.pay()
    assert stage.state() == "disbursed"
    assert stage.bills() == 1
    assert len(stage.journal("transfer")) == 2


def test_within_the_grace_a_reopening_withdraws_in_silence(graceful: Play) -> None:
    number = graceful.closed()
    graceful.settle()
    assert graceful.state() == "ready"
    graceful.forge.reopen(number, graceful.person("dana"))
    graceful.settle()
    assert graceful.state() == "withdrawn"
    assert "#1 was reopened by dana" in graceful.reason()
    assert graceful.forge.comments(number) == []
    graceful.pass_time()
    assert (graceful.state(), graceful.bills()) == ("withdrawn", 0)
    graceful.forge.close(number, graceful.person("dana"))
    graceful.settle()
    graceful.pass_time()
    assert (graceful.state(), graceful.bills()) == ("invoiced", 1)


def test_a_reopening_whose_webhook_never_came_is_seen_at_the_end_of_the_grace(graceful: Play) -> None:
    number = graceful.closed()
    graceful.settle()
    graceful.forge.reopen(number, graceful.person("dana"))
    graceful.lose()
    graceful.pass_time()
    assert (graceful.state(), graceful.bills()) == ("withdrawn", 0)


def test_what_is_paid_and_reopened_is_disputed_and_nothing_moves(tmp_path: Path) -> None:
    payout = {"auto_clear": False, "to": [{"account": "acc_one", "share": "100%"}]}
    with play(tmp_path, "github", payout=payout) as stage:
        number = stage.closed()
        stage.settle()
        stage.pay()
        assert stage.state() == "paid"
        stage.forge.reopen(number, stage.person("dana"))
        stage.settle()
        assert stage.state() == "disputed"
        stage.forge.close(number, stage.person("dana"))
        stage.settle()
        assert (stage.state(), stage.bills(), stage.journal("transfer")) == ("disputed", 1, [])
        stage.order("resume")
        assert stage.state() == "paid"
        stage.order("approve")
        assert (stage.state(), len(stage.journal("transfer"))) == ("disbursed", 1)
        stage.check()


def test_a_stranger_who_reopens_stops_the_invoice_but_does_not_void_it(stage: Play) -> None:
    tess = stage.person("tess", "triage")
    number = stage.closed()
    stage.settle()
    stage.forge.reopen(number, tess)
    stage.settle()
    assert (stage.state(), stage.journal("invoice_voided")) == ("disputed", [])
    stage.forge.close(number, stage.person("dana"))
    stage.settle()
    assert stage.state() == "invoiced"
    stage.pay()
    assert stage.state() == "disbursed"


def test_an_operators_hold_stops_the_next_money_step_and_a_payment_meanwhile_is_kept(stage: Play) -> None:
    stage.closed()
    stage.settle()
    stage.order("hold", "the client called")
    assert stage.state() == "held"
    stage.pay()
    assert (stage.state(), stage.journal("transfer")) == ("held", [])
    assert "held by the operator: the client called" in stage.story()
    assert "olaf" not in stage.story()
    stage.order("resume")
    assert (stage.state(), len(stage.journal("transfer"))) == ("disbursed", 2)


def test_what_goes_on_says_again_why_it_stands_where_it_stands(tmp_path: Path) -> None:
    with play(tmp_path, "github", {"grace": "15m"}) as stage:
        stage.closed()
        stage.settle()
        for _ in range(2):
            stage.order("hold", "the client called")
            assert "#1 closed by dana" not in stage.reason()
            stage.order("resume")
        assert stage.state() == "ready"
        assert stage.reason() == "completed: #1 closed by dana (write); resumed by olaf (command line)"


def test_an_issue_that_lost_its_label_after_the_invoice_holds_until_it_is_back(stage: Play) -> None:
    number = stage.closed()
    stage.settle()
    stage.forge.unlabel(number, LABEL, stage.person("dana"))
    stage.settle()
    assert stage.state() == "held"
    assert "lost milestone:ui" in stage.reason()
    stage.pay()
    assert stage.journal("transfer") == []
    stage.forge.label(number, LABEL, stage.person("dana"))
    stage.forge.reopen(number, stage.person("dana"))
    stage.settle()
    assert stage.state() == "disputed"
    stage.order("resume")
    assert stage.state() == "disbursed"


def test_a_milestone_that_was_never_released_is_held_and_goes_on_by_itself(stage: Play) -> None:
    number = stage.issue()
    stage.settle()
    stage.order("hold", "not yet")
    stage.forge.close(number, stage.person("dana"))
    stage.settle()
    assert (stage.state(), stage.bills()) == ("held", 0)
    assert "not yet" in stage.reason()
    stage.order("resume")
    assert (stage.state(), stage.bills()) == ("invoiced", 1)


def test_looking_again_by_itself_does_not_answer_for_whoever_meddled(stage: Play) -> None:
    number = stage.issue()
    stage.forge.label(number, "closeout:hold", stage.person("dana"))
    stage.forge.close(number, stage.person("dana"))
    stage.settle()
    stage.forge.unlabel(number, "closeout:hold", stage.person("tess", "triage"))
    stage.settle()
    assert stage.state() == "held"
    stage.decider.look_at("con_play", 1)
    stage.settle()
    assert (stage.state(), stage.bills()) == ("held", 0)
    stage.order("approve")
    assert (stage.state(), stage.bills()) == ("invoiced", 1)


def test_reopening_the_forges_own_milestone_stops_what_it_released(tmp_path: Path) -> None:
    native = [
        {"milestone": "v1.0", "title": "Version one", "share": "60%"},
        {"label": "milestone:uat", "title": "Testing", "share": "40%"},
    ]
    for grace, before, after in (("0", "invoiced", "disputed"), ("15m", "ready", "withdrawn")):
        (tmp_path / grace).mkdir()
        with play(tmp_path / grace, "github", {"grace": grace}, milestones=native) as stage:
            number, lena = stage.issue(""), stage.person("lena", "admin")
            stage.forge.add_to_milestone(number, "v1.0", lena)
            stage.forge.close(number, stage.person("dana"))
            stage.forge.close_milestone("v1.0", lena)
            stage.settle()
            assert stage.state() == before
            stage.forge.ask("PATCH", "/milestones/1", lena, state="open")  # type: ignore[attr-defined]
            stage.settle()
            assert stage.state() == after
            assert "milestone v1.0 was reopened at the forge" in stage.reason()
            stage.check()


def test_the_operators_account_is_named_to_nobody_who_reads_the_issue(tmp_path: Path) -> None:
    with play(tmp_path, "github", {"grace": "15m", "approve_above": "100.00"}) as stage:
        number = stage.closed()
        stage.settle()
        told = [stage.story()]
        stage.order("hold", "the client called")
        told.append(stage.story())
        stage.order("resume")
        told.append(stage.story())
        stage.order("approve")
        told.append(stage.story())
        stage.order("hold", "the client called again")
        stage.order("resume")
        stage.pass_time()
        assert stage.state() == "invoiced"
        told.append(stage.story())
        stage.order("hold", "and again")
        told.append(stage.story())
        stage.order("refund", keep_payouts=False)
        told.append(stage.story())
        stage.forge.reopen(number, stage.person("dana"))
        stage.settle()
        told.append(stage.story())
        assert [story for story in told if "olaf" in story] == []
        assert "resumed by the operator" in told[4]
