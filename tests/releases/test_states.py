"""Moving a release: compare-and-set with its audit row, and only along the table."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
import sqlalchemy as sa

from app.db import Database
from app.milestones.contract import Milestone
from app.releases.decision.decide import decide
from app.releases.decision.record import record
from app.releases.decision.seen import Decision, Seen
from app.releases.states import FOLLOWS, State, move
from app.releases.tables import audit, releases
from tests.releases.examples import contract, found, seen

CONTRACT = contract()
MILESTONE = CONTRACT.milestone(2)


def decided(*issues: Seen) -> Decision:
    return decide(CONTRACT, MILESTONE, found(*issues))


def store(db: Database, decision: Decision) -> str:
    with db.transaction() as connection:
        return record(connection, CONTRACT, MILESTONE, decision)


def row(db: Database) -> sa.RowMapping:
    with db.reading() as connection:
        return connection.execute(sa.select(releases)).mappings().one()


def test_a_move_from_a_state_that_is_no_longer_current_changes_nothing(db: Database) -> None:
    store(db, decided(seen()))
    with db.transaction() as connection:
        assert move(connection, "con_7732_alpha/2", "ready", "triggered", "first") is not None
        assert move(connection, "con_7732_alpha/2", "ready", "triggered", "second") is None
    assert (row(db)["state"], row(db)["reason"]) == ("triggered", "first")
    with db.reading() as connection:
        assert connection.scalars(sa.select(audit.c.to_state).order_by(audit.c.id)).all() == [
            "ready",
            "triggered",
        ]


def test_a_move_that_the_table_does_not_know_is_refused(db: Database) -> None:
    store(db, decided(seen()))
    with db.transaction() as connection, pytest.raises(ValueError, match="from ready to disbursed"):
        move(connection, "con_7732_alpha/2", "ready", "disbursed", "a leap")


def test_nothing_leads_back_to_another_bill_once_it_is_paid() -> None:
    paid: tuple[State, ...] = (
        "paid",
        "disbursing",
        "partially_disbursed",
        "disbursed",
        "refunding",
        "refunded",
    )
    before: set[State] = {"waiting", "withdrawn", "ready", "triggered", "voided"}
    assert not any(FOLLOWS[state] & before for state in paid)


def test_each_new_decision_replaces_the_last_until_one_releases(db: Database) -> None:
    store(db, decided(seen(is_open=True)))
    assert row(db)["state"] == "waiting"
    store(db, decided(seen(role="read")))
    assert row(db)["state"] == "held"
    store(db, decided(seen()))
    assert row(db)["state"] == "ready"
    assert row(db)["due_at"] is not None


def test_a_release_keeps_its_snapshot_whatever_is_decided_afterwards(db: Database) -> None:
    store(db, decided(seen()))
    before = row(db)
    told = store(db, decided(seen(is_open=True)))
    assert "was released before and is ready: nothing is billed again" in told
    assert row(db) == before


def test_a_milestone_that_moved_to_another_number_is_not_billed_again(db: Database) -> None:
    store(db, decided(seen()))
    above = Milestone(2, "milestone:extra", "Extra", Fraction(1, 100), 30_000)
    moved = replace(MILESTONE, index=3)
    edited = replace(CONTRACT, milestones=(CONTRACT.milestone(1), above, moved))
    with db.transaction() as connection:
        told = record(connection, edited, moved, decide(edited, moved, found(seen())))
        other = record(connection, edited, above, decide(edited, above, found(seen())))
    assert "con_7732_alpha/3 held: milestone:ui-prototype was released before as con_7732_alpha/2" in told
    assert "con_7732_alpha/2 was released before as milestone:ui-prototype: nothing is billed" in other
    with db.reading() as connection:
        billed = connection.scalars(sa.select(releases.c.id).where(releases.c.snapshot.is_not(None))).all()
    assert billed == ["con_7732_alpha/2"]


def test_an_issue_bills_once_even_under_a_contract_of_another_name(db: Database) -> None:
    store(db, decided(seen()))
    renamed = replace(CONTRACT, id="con_renamed")
    with db.transaction() as connection:
        told = record(connection, renamed, MILESTONE, decide(renamed, MILESTONE, found(seen())))
    assert "con_renamed/2 held: #12 was billed before as con_7732_alpha/2: an issue bills once" in told


def test_an_amount_edited_before_the_release_is_the_one_that_is_released(db: Database) -> None:
    store(db, decided(seen(is_open=True)))
    assert row(db)["amount_minor"] == 750_000
    with db.transaction() as connection:
        connection.execute(sa.update(releases).values(amount_minor=1))
    store(db, decided(seen()))
    assert row(db)["amount_minor"] == 750_000
