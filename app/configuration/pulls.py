"""Which pull requests are to be told about the contract file: marked by whatever may have changed it.

A mark counts the row's version up, in the transaction of what it is for; whoever tells clears it only if the
version is still the one that was told. A kill in between costs a repetition, never a second comment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import sqlalchemy as sa

from app.configuration.tables import plans
from app.db import Database, insert_or_ignore, later, now
from app.forges.base import CommentRef
from app.forges.contents import PullRequest
from app.place import InRepository

State = Literal["new", "told", "merged", "done"]
"""`new`: it has no comment; `told`: it has one, and is open; `merged`, but not in force; `done`: no news."""

PAUSES_S = (5, 30, 300, 1800, 7200, 18000, 36000, 86400)
BATCH = 10


def mark(connection: sa.Connection, place: InRepository, number: int) -> None:
    """Something happened to this pull request: look at it."""
    row = {"place": str(place), "number": number}
    empty = {"state": "new", "head": "", "body": "", "url": "", "version": 0, "attempts": 0, "problem": ""}
    connection.execute(insert_or_ignore(connection, plans).values(**row, **empty))
    _mark(connection, sa.and_(_at(place), plans.c.number == number))


def mark_all(connection: sa.Connection, place: InRepository) -> None:
    """What is in force changed, or what keeps something from it: every plan that is not done is another."""
    _mark(connection, sa.and_(_at(place), plans.c.state.in_(("told", "merged"))))


def mark_missed(db: Database, place: InRepository, opened: Sequence[PullRequest]) -> int:
    """Mark what no webhook told of, given the pull requests that are open now; how many those are."""
    with db.transaction() as writing:
        query = sa.select(plans.c.number, plans.c.head, plans.c.state, plans.c.due_at).where(_at(place))
        known = {row.number: row for row in writing.execute(query)}
        missed = [
            one.number
            for one in opened
            if one.number not in known
            or known[one.number].state == "done"
            or (known[one.number].head != one.head and known[one.number].due_at is None)
        ]
        still_open = {one.number for one in opened}
        missed += [
            number
            for number, row in known.items()
            if row.state == "told" and row.due_at is None and number not in still_open
        ]
        for number in missed:
            mark(writing, place, number)
    return len(missed)


def due(db: Database, place: InRepository) -> Sequence[sa.RowMapping]:
    """Those that are to be looked at now, the longest waiting first."""
    query = sa.select(plans).where(_at(place), plans.c.due_at <= now()).order_by(plans.c.due_at)
    with db.reading() as reading:
        return reading.execute(query.limit(BATCH)).mappings().all()


def note_told(
    db: Database, row: sa.RowMapping, state: State, head: str, body: str, written: CommentRef | None
) -> None:
    """It was looked at up to `head`, and told where there is a comment."""
    values = {"state": state, "head": head, "body": body, "url": written.url if written else row["url"]}
    with db.transaction() as writing:
        same = _unchanged(row)
        writing.execute(sa.update(plans).where(same).values(**values, due_at=None, attempts=0, problem=""))


def note_failed(db: Database, row: sa.RowMapping, problem: str, pause_s: int | None) -> None:
    """It could not be told; it is tried again for almost two days."""
    tries = row["attempts"] + 1
    due_at = later(pause_s or PAUSES_S[tries - 1]) if tries <= len(PAUSES_S) else None
    with db.transaction() as writing:
        same = sa.update(plans).where(_unchanged(row))
        writing.execute(same.values(attempts=tries, due_at=due_at, problem=problem))


def failing(db: Database, place: InRepository) -> list[tuple[int, str]]:
    """The pull requests that could not be told, with the reason."""
    query = sa.select(plans.c.number, plans.c.problem).where(_at(place), plans.c.problem != "")
    with db.reading() as reading:
        return [(row.number, row.problem) for row in reading.execute(query.order_by(plans.c.number))]


def _at(place: InRepository) -> sa.ColumnElement[bool]:
    return plans.c.place == str(place)


def _unchanged(row: sa.RowMapping) -> sa.ColumnElement[bool]:
    mine = sa.and_(plans.c.place == row["place"], plans.c.number == row["number"])
    return sa.and_(mine, plans.c.version == row["version"])


def _mark(connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    marked = {"version": plans.c.version + 1, "due_at": now(), "attempts": 0, "problem": ""}
    connection.execute(sa.update(plans).where(which).values(**marked))
