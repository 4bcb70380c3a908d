"""The operator's orders at the command line: what each does, what it refuses and how, and doing it twice."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.db import Database
from app.releases.tables import approvals, audit, holds
from tests.cli.prepared import CONTRACT, Desk
from tests.milestones.example import TEXT, edited
from tests.releases.examples import seen

ME = f"{getpass.getuser()} (command line)"
MANUAL = edited(
    ('label: "milestone:kickoff",      title', "title"),
    ("[Contract signed by both parties]", "[Signed], rules: {when: manual}"),
)
FOUR_EYES = MANUAL.replace(
    "    milestones:  #", "    rules: {approve_above: 7000.00, approvers: [lena, marc]}\n    milestones:  #"
)
ASKING = edited(
    (
        "    milestones:  #",
        "    rules: {acceptance: {by: [carl], within: 5 business days}}\n    milestones:  #",
    )
)
SLOW = edited(("auto_clear: true", "auto_clear: false"))
EXPLAIN = f"closeout explain {CONTRACT} 2"


@pytest.fixture
def desk(sqlite_db: Database, tmp_path: Path) -> Desk:
    return Desk(sqlite_db, tmp_path)


def order(desk: Desk, verb: str, *more: str, index: int = 2, answer: str | None = None) -> str:
    return desk.said("releases", verb, CONTRACT, str(index), *more, answer=answer)


def refusal(desk: Desk, verb: str, *more: str, index: int = 2, answer: str | None = None) -> str:
    return desk.refused("releases", verb, CONTRACT, str(index), *more, answer=answer)


def changes(desk: Desk) -> int:
    """How many changes were written down: an order that is refused adds none."""
    with desk.db.reading() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(audit)) or 0


# Every order


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


# Trigger


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
    assert "held: 9,000.00 usd is above 7,000.00 usd: one of lena, marc, who did not close it, has to" in said
    assert f"How it goes on: closeout explain {CONTRACT} 1" in said
    assert desk.state(1) == "held"


# Approve


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
    assert "closeout releases approve --as lena" in words
    assert held.state() == "held"


def test_an_approver_who_closed_an_issue_can_not_approve(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path, FOUR_EYES.replace("[lena, marc]", "[lena, Dana]"))
    desk.decide(2)
    words = refusal(desk, "approve", "--as", "DANA")
    assert words == "DANA closed one of the issues, so somebody else has to approve. Ask another approver"
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


# Hold and resume


@pytest.mark.parametrize("step", ["decide", "released", "asked", "invoiced", "paid"])
def test_hold_freezes_wherever_it_stands_and_resume_goes_on_from_there(
    sqlite_db: Database, tmp_path: Path, step: str
) -> None:
    desk = Desk(sqlite_db, tmp_path, ASKING if step == "asked" else TEXT)
    if step == "decide":
        desk.decide(2, seen(is_open=True))
    else:
        getattr(desk, step)()
    before = desk.state()
    assert order(desk, "hold", "the client called", "--as", "olga") == (
        f"{CONTRACT}/2: held by olga (command line): the client called\n"
    )
    assert desk.state() == "held"
    assert order(desk, "resume", "--as", "otto") == (
        f"{CONTRACT}/2: resumed by otto (command line); it is {before}\n"
    )
    assert desk.state() == before


def test_a_milestone_to_which_nothing_has_happened_can_be_held_before_anything_does(
    db: Database, tmp_path: Path
) -> None:
    desk = Desk(db, tmp_path)
    order(desk, "hold", "not before June", "--as", "olga", index=4)
    assert "held by olga (command line): not before June" in desk.decide(4)
    assert desk.state(4) == "held"
    order(desk, "resume", index=4)
    desk.decide(4)
    assert desk.state(4) == "ready"


def test_hold_twice_is_said_and_held_once(desk: Desk) -> None:
    desk.invoiced()
    order(desk, "hold", "first")
    assert order(desk, "hold", "second") == f"{CONTRACT}/2 is held already\n"
    with desk.db.reading() as connection:
        (one,) = connection.execute(sa.select(holds)).all()
    assert one.reason == f"held by {ME}: first"


def test_hold_needs_a_reason(desk: Desk) -> None:
    desk.invoiced()
    assert desk.call("releases", "hold", CONTRACT, "2").exit_code == 2
    assert desk.state() == "invoiced"


@pytest.mark.parametrize("step", ["disbursed", "voided"])
def test_hold_refuses_what_is_over(desk: Desk, step: str) -> None:
    getattr(desk, step)()
    words = refusal(desk, "hold", "too late")
    assert words.startswith(f"{CONTRACT}/2 is {step}: there is nothing left to hold")


def test_resume_where_nothing_holds_is_refused(desk: Desk) -> None:
    desk.invoiced()
    assert refusal(desk, "resume") == (
        f"nothing holds {CONTRACT}/2, which is invoiced. See what is next: {EXPLAIN}"
    )


def test_resume_lets_a_paid_and_reopened_milestone_go_on(desk: Desk) -> None:
    desk.paid()
    desk.reopened()
    assert desk.state() == "disputed"
    assert order(desk, "resume") == f"{CONTRACT}/2: resumed by {ME}; it is paid\n"


# Refund


def test_refund_of_a_disbursed_milestone_says_what_it_does_and_does_it(db: Database, tmp_path: Path) -> None:
    desk = Desk(db, tmp_path)
    desk.disbursed()
    desk.reopened()
    said = order(desk, "refund", "--as", "olga", answer="y\n")
    assert (
        f"Take milestone 2 of {CONTRACT} back? This brings the payees' shares back, then gives the client"
        " 7,500.00 usd back [y/N]: y" in said
    )
    assert f"{CONTRACT}/2: the refund was ordered by olga (command line); it is refunding\n" in said
    desk.refund_through()
    assert desk.state() == "refunded"
    words = refusal(desk, "refund", "--yes")
    assert f"{CONTRACT}/2 is refunded: only what is disputed or held after its release is refunded" in words
    assert words.endswith(EXPLAIN)


def test_refund_can_leave_the_payees_what_they_got(desk: Desk) -> None:
    desk.disbursed()
    desk.reopened()
    said = order(desk, "refund", "--keep-payouts", answer="y\n")
    assert "This gives the client 7,500.00 usd back; the payees keep theirs" in said
    assert desk.state() == "refunding"


def test_refund_does_nothing_without_a_yes(desk: Desk) -> None:
    desk.disbursed()
    desk.reopened()
    before = changes(desk)
    assert desk.call("releases", "refund", CONTRACT, "2", answer="n\n").exit_code == 1
    assert (desk.state(), changes(desk)) == ("disputed", before)


def test_refund_before_any_payout_gives_the_client_its_money_back(desk: Desk) -> None:
    desk.paid()
    desk.reopened()
    assert "This gives the client 7,500.00 usd back [y/N]" in order(desk, "refund", answer="y\n")
    desk.refund_through()
    assert desk.state() == "refunded"


def test_refund_of_an_open_invoice_voids_it_and_twice_is_once(desk: Desk) -> None:
    desk.invoiced()
    order(desk, "hold", "a slip")
    assert "This voids invoice 2026-2-1 [y/N]" in order(desk, "refund", answer="y\n")
    before = changes(desk)
    assert "is being taken back already: the refund was ordered" in order(desk, "refund", "--yes")
    assert changes(desk) == before
    desk.gateway_says("void")
    assert desk.state() == "voided"


def test_refund_before_the_invoice_takes_the_release_back(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path, ASKING)
    desk.asked()
    order(desk, "dispute", "not done")
    assert "This takes the release back; nothing was billed" in order(desk, "refund", answer="y\n")
    assert desk.state() == "withdrawn"


def test_refund_ends_where_the_gateway_voided_a_held_invoice_by_itself(desk: Desk) -> None:
    desk.invoiced()
    order(desk, "hold", "a slip")
    desk.gateway_says("void")
    assert desk.state() == "held"
    order(desk, "refund", "--yes")
    assert desk.state() == "voided"


def test_refund_of_an_uncollectible_invoice_says_where_it_is_settled(desk: Desk) -> None:
    desk.invoiced()
    desk.gateway_says("uncollectible")
    words = refusal(desk, "refund", "--yes")
    assert "invoice 2026-2-1 is uncollectible: nothing was paid that could be given back" in words
    assert words.endswith(f"then: closeout releases retry {CONTRACT} 2")


@pytest.mark.parametrize(
    ("step", "first"),
    [
        ("released", f"First: closeout releases hold {CONTRACT} 2 REASON"),
        ("invoiced", f"First: closeout releases hold {CONTRACT} 2 REASON"),
        ("disbursed", f"First: closeout releases dispute {CONTRACT} 2 REASON"),
        ("voided", f"See what is next: {EXPLAIN}"),
    ],
)
def test_refund_of_what_nobody_disputes_says_what_comes_first_and_asks_nothing(
    desk: Desk, step: str, first: str
) -> None:
    getattr(desk, step)()
    assert refusal(desk, "refund").endswith(first)


def test_the_first_step_that_a_refused_refund_names_leads_to_the_refund(desk: Desk) -> None:
    desk.disbursed()
    refusal(desk, "refund", "--yes")
    order(desk, "dispute", "it does not work")
    order(desk, "refund", "--yes")
    assert desk.state() == "refunding"


# Retry


def test_retry_makes_a_failed_payout_due_again_and_twice_is_the_same(desk: Desk) -> None:
    desk.paid()
    desk.payout("failed", reason="account closed")
    assert desk.state() == "partially_disbursed"
    for _ in range(2):
        assert order(desk, "retry") == f"{CONTRACT}/2: tried again as soon as closeout serve takes it up\n"
    desk.payout("paid")
    assert desk.state() == "disbursed"
    assert "there is nothing to try again. the payout has arrived" in refusal(desk, "retry")


def test_retry_has_what_is_not_released_decided_again(desk: Desk) -> None:
    desk.decide(2, seen(is_open=True))
    assert "looked at again as soon as closeout serve takes it up" in order(desk, "retry")


def test_retry_refuses_while_something_holds_it_and_says_what_and_how_to_go_on(desk: Desk) -> None:
    desk.invoiced()
    order(desk, "hold", "the client called", "--as", "olga")
    words = refusal(desk, "retry")
    assert f"{CONTRACT}/2 is held: held by olga (command line): the client called" in words
    assert words.endswith(f"To go on all the same: closeout releases resume {CONTRACT} 2")


# Accept and dispute


@pytest.fixture
def asked(sqlite_db: Database, tmp_path: Path) -> Desk:
    """Milestone 2 waits for carl's acceptance."""
    desk = Desk(sqlite_db, tmp_path, ASKING)
    desk.asked()
    return desk


def test_accept_in_the_clients_name_has_it_billed_and_twice_is_once(asked: Desk) -> None:
    assert order(asked, "accept", "--as", "carl") == (
        f"{CONTRACT}/2: accepted by carl (command line); it is awaiting_acceptance\n"
    )
    assert order(asked, "accept") == f"{CONTRACT}/2 was accepted before\n"
    asked.order_invoice()
    assert asked.state() == "invoiced"


def test_dispute_in_the_clients_name_stops_it_and_accept_ends_the_dispute(asked: Desk) -> None:
    assert order(asked, "dispute", "the colours are wrong", "--as", "carl") == (
        f"{CONTRACT}/2: disputed by carl (command line): the colours are wrong\n"
    )
    assert asked.state() == "disputed"
    assert order(asked, "dispute", "still wrong") == f"{CONTRACT}/2 is disputed already\n"
    assert "it is awaiting_acceptance" in order(asked, "accept")
    asked.order_invoice()
    assert asked.state() == "invoiced"


def test_accepting_does_not_lift_what_the_operator_holds(asked: Desk) -> None:
    order(asked, "hold", "wait")
    assert "; it is held" in order(asked, "accept")
    assert "it is awaiting_acceptance" in order(asked, "resume")


@pytest.mark.parametrize("step", ["released", "invoiced", "disbursed"])
def test_accept_where_nobody_was_asked_is_refused(desk: Desk, step: str) -> None:
    getattr(desk, step)()
    assert refusal(desk, "accept").endswith(f"it waits for nobody's acceptance. See what is next: {EXPLAIN}")


def test_dispute_of_what_is_not_released_names_the_other_way(desk: Desk) -> None:
    desk.decide(2, seen(is_open=True))
    words = refusal(desk, "dispute", "no")
    assert words == (
        f"{CONTRACT}/2 is waiting: there is nothing that could be disputed. Reopen the issue instead"
    )


def test_dispute_of_what_is_void_says_why_there_is_nothing(desk: Desk) -> None:
    desk.voided()
    words = refusal(desk, "dispute", "no")
    assert "is voided: there is nothing that could be disputed" in words
    assert "#12 was reopened by dana" in words
