"""The operator's orders: holding, resuming and retrying, what is refused and how, and doing it twice."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from app.db import Database
from app.releases.tables import holds
from tests.cli.ordering import ASKING, EXPLAIN, ME, order, refusal
from tests.cli.prepared import CONTRACT, Desk
from tests.milestones.example import TEXT
from tests.releases.examples import seen


@pytest.fixture
def desk(sqlite_db: Database, tmp_path: Path) -> Desk:
    return Desk(sqlite_db, tmp_path)


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


def test_hold_twice_for_two_reasons_keeps_both(desk: Desk) -> None:
    desk.invoiced()
    order(desk, "hold", "first")
    assert order(desk, "hold", "first") == f"{CONTRACT}/2 is held already\n"
    assert order(desk, "hold", "second") == f"{CONTRACT}/2: held by {ME}: second\n"
    with desk.db.reading() as connection:
        reasons = connection.scalars(sa.select(holds.c.reason).order_by(holds.c.id)).all()
    assert reasons == [f"held by {ME}: first", f"held by {ME}: second"]
    assert "it is invoiced" in order(desk, "resume"), "one order lifts all"


def test_hold_needs_a_reason(desk: Desk) -> None:
    desk.invoiced()
    assert desk.call("releases", "hold", CONTRACT, "2").exit_code == 2
    assert desk.state() == "invoiced"


@pytest.mark.parametrize("step", ["disbursed"])
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
