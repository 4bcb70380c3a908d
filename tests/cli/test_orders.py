"""The operator's orders: releasing by hand and approving, what is refused and how, and doing it twice."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from app.db import Database
from app.releases.tables import approvals
from tests.cli.ordering import EXPLAIN, FOUR_EYES, MANUAL, ME, SLOW, changes, order, refusal
from tests.cli.prepared import CONTRACT, Desk
from tests.releases.examples import seen


@pytest.fixture
def desk(sqlite_db: Database, tmp_path: Path) -> Desk:
    return Desk(sqlite_db, tmp_path)


WITH_REASON = ("hold", "dispute")
VERBS = ("trigger", "approve", "retry", "hold", "resume", "refund", "accept", "dispute")


def typed(verb: str) -> list[str]:
    return ["because"] if verb in WITH_REASON else ["--yes"] if verb in ("trigger", "refund") else []


@pytest.mark.parametrize("verb", VERBS)
def test_an_unknown_contract_or_milestone_is_refused_with_what_was_probably_meant(
    desk: Desk, verb: str
) -> None:
    assert (
        desk.refused("releases", verb, "con_7732_alpa", "2", *typed(verb))
        == f"there is no contract 'con_7732_alpa'. Did you mean '{CONTRACT}'?"
    )
    for number in ("5", "0"):
        words = desk.refused("releases", verb, CONTRACT, number, *typed(verb))
        assert words.startswith(
            f"{CONTRACT} has no milestone {number}. Its milestones are: 1 Kickoff Deposit, 2"
        )
    assert desk.call("releases", verb, CONTRACT, "two", *typed(verb)).exit_code == 2
    assert changes(desk) == 0


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in ("trigger", "hold")])
def test_a_milestone_to_which_nothing_has_happened_is_refused_by_its_orders(desk: Desk, verb: str) -> None:
    words = refusal(desk, verb, *typed(verb))
    assert words == f"nothing has happened yet to milestone 2 of {CONTRACT}. See what it waits for: {EXPLAIN}"


@pytest.mark.parametrize("verb", VERBS)
def test_orders_before_any_server_ran_say_that_there_is_no_database_yet(tmp_path: Path, verb: str) -> None:
    path = tmp_path / "closeout.db"
    desk = Desk(Database(f"sqlite:///{path}"), tmp_path, MANUAL)
    assert "there is no database yet" in desk.refused("releases", verb, CONTRACT, "1", *typed(verb))
    assert not path.exists()


def test_what_is_typed_can_not_steer_the_terminal(desk: Desk) -> None:
    desk.invoiced()
    said = order(desk, "hold", "a\x1b[2Jb\u202e", "--as", "o\x07lga")
    assert not {"\x1b", "\u202e", "\x07"} & set(said)


def test_trigger_releases_what_is_released_by_hand_after_a_question(db: Database, tmp_path: Path) -> None:
    desk = Desk(db, tmp_path, MANUAL)
    said = order(desk, "trigger", "--as", "olga", index=1, answer="y\n")
    assert "Bill Acme Corp 9,000.00 usd for Kickoff Deposit? [y/N]: y" in said
    assert f"{CONTRACT}/1 ready: released by hand by olga (command line)\n" in said
    assert desk.state(1) == "ready"


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_trigger_does_nothing_without_a_yes(sqlite_db: Database, tmp_path: Path, answer: str) -> None:
    desk = Desk(sqlite_db, tmp_path, MANUAL)
    assert desk.call("releases", "trigger", CONTRACT, "1", answer=answer).exit_code == 1
    assert changes(desk) == 0


def test_trigger_twice_releases_once_and_does_not_ask_again(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path, MANUAL)
    order(desk, "trigger", "--yes", index=1)
    said = order(desk, "trigger", index=1)
    assert "Bill" not in said
    assert f"{CONTRACT}/1 was released before and is ready: nothing is billed again" in said
    assert changes(desk) == 1


def test_trigger_refuses_what_is_released_by_closing_issues(desk: Desk) -> None:
    words = refusal(desk, "trigger", "--yes")
    assert "milestone 2 of con_7732_alpha is released by closing its issues (milestone:ui-prototype)" in words
    assert words.endswith(f"See what it waits for: {EXPLAIN}")


def test_trigger_above_a_limit_waits_for_an_approver(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path, FOUR_EYES)
    said = order(desk, "trigger", "--yes", index=1)
    assert "held: 9,000.00 usd is above 7,000.00 usd: an approver (lena, marc) who did not" in said
    assert f"How it goes on: closeout explain {CONTRACT} 1" in said
    assert desk.state(1) == "held"


@pytest.fixture
def held(sqlite_db: Database, tmp_path: Path) -> Desk:
    """Milestone 2 was closed by dana, and waits for an approval."""
    desk = Desk(sqlite_db, tmp_path, FOUR_EYES)
    desk.decide(2)
    assert desk.state() == "held"
    return desk


def test_approve_in_the_name_of_an_approver_lets_it_be_released(held: Desk) -> None:
    said = order(held, "approve", "--as", "Lena")
    assert said.startswith(
        f"{CONTRACT}/2: approved by Lena (command line): 7,500.00 usd is above 7,000.00 usd"
    )
    held.decide(2)  # what closeout serve does next
    assert held.state() == "ready"


@pytest.mark.parametrize("name", [(), ("--as", "dana"), ("--as", "olga")])
def test_approve_without_the_name_of_an_approver_is_refused(held: Desk, name: tuple[str, ...]) -> None:
    words = refusal(held, "approve", *name)
    assert "the contract asks for the approval of lena or marc" in words
    assert "add --as lena to the command" in words
    assert held.state() == "held"


def test_an_approver_who_closed_an_issue_can_not_approve(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path, FOUR_EYES.replace("[lena, marc]", "[lena, Dana]"))
    desk.decide(2)
    words = refusal(desk, "approve", "--as", "DANA")
    assert words.startswith("DANA closed one of the issues, or is whom it is about: somebody else has to")
    assert "approved by lena" in order(desk, "approve", "--as", "lena")


def test_approve_twice_is_said_and_written_down_once(held: Desk) -> None:
    order(held, "approve", "--as", "lena")
    assert order(held, "approve", "--as", "marc") == (
        f"{CONTRACT}/2 was approved before; closeout serve decides it again\n"
    )
    with held.db.reading() as connection:
        (one,) = connection.execute(sa.select(approvals)).all()
    assert '"lena"' in one.by


def test_where_nobody_is_named_the_operator_approves(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path, FOUR_EYES.replace(", approvers: [lena, marc]", ""))
    desk.decide(2)
    assert f"approved by {ME}" in order(desk, "approve")


def test_approve_refuses_what_can_only_be_mended_and_says_what(desk: Desk) -> None:
    desk.decide(2, seen(others=("milestone:uat",)))
    words = refusal(desk, "approve")
    assert f"{CONTRACT}/2 waits for no approval: it is held" in words
    assert "#12 carries several milestones" in words


def test_approve_says_when_the_contract_that_names_the_approvers_is_gone(held: Desk) -> None:
    held.write(FOUR_EYES.replace(CONTRACT, "con_other"))
    words = refusal(held, "approve", "--as", "lena")
    assert f"{CONTRACT}/2 is in no contract any more. Put it back: it says who approves" in words


def test_approve_lets_the_payees_shares_go(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path, SLOW)
    desk.paid()
    assert order(desk, "approve", "--as", "olga") == (
        f"{CONTRACT}/2: payouts approved by olga (command line)\n"
    )
    assert desk.row()["approved_by"] == "olga (command line)"
    desk.payout("paid")
    assert desk.state() == "disbursed"
    words = refusal(desk, "approve")
    assert words == (
        f"no payout of {CONTRACT}/2 waits for an approval: it is disbursed. See what is next: {EXPLAIN}"
    )


def test_a_held_payout_is_not_approved_and_the_hold_is_named(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path, SLOW)
    desk.paid()
    order(desk, "hold", "the client called", "--as", "olga")
    assert "held by olga (command line): the client called" in refusal(desk, "approve")
