"""Holding a release: while anything holds it, no money of it moves; lifting the last hold lets it go on.

A hold is a row of its own beside the state, so that two that hold for different reasons do not lift each
other's. What was paid and then reopened, and what the client disputes, shows as `disputed`, else as `held`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import sqlalchemy as sa

from app.db import now
from app.releases.changes import change
from app.releases.facts import intent_status, invoice_key
from app.releases.onward import go_on
from app.releases.states import State, state_of
from app.releases.tables import holds, releases
from app.releases.who import Who

Source = Literal["label", "comment", "operator", "dispute", "reopened", "changed", "gateway", "chargeback"]
DISPUTES: frozenset[Source] = frozenset({"dispute", "reopened", "chargeback"})
SAID: frozenset[Source] = frozenset({"comment", "operator", "dispute", "gateway"})
"""Each of these stands by itself, with its own reason; the others follow what is read of the issues."""
GATEWAY = Who("the gateway", "rule")


def active(connection: sa.Connection, release_id: str) -> list[sa.RowMapping]:
    """What holds the release now, the oldest first."""
    held = sa.select(holds).where(holds.c.release_id == release_id, holds.c.lifted_at.is_(None))
    return list(connection.execute(held.order_by(holds.c.id)).mappings())


def is_stopped(connection: sa.Connection, release_id: str) -> bool:
    """Whether no money of the release may move forward: something holds it, or it is being taken back."""
    is_undone = releases.c.recalled.is_not(None) | releases.c.refund.is_not(None)
    undone = sa.select(releases.c.id).where(releases.c.id == release_id, is_undone)
    return bool(active(connection, release_id)) or connection.scalar(undone) is not None


def freeze(connection: sa.Connection, row: sa.RowMapping, source: Source, who: Who, reason: str) -> bool:
    """Hold a locked release; False when the same source holds it already, for that reason.

    What is being taken back goes on: a hold stops what moves money forward.
    """
    before = active(connection, row["id"])
    same = [hold["id"] for hold in before if hold["source"] == source]
    again = [hold for hold in before if _is_again(hold, source, who, reason)]
    anew = sa.update(holds).values(reason=reason, by=who.to_json(), at=now())
    if again:
        if source in SAID and who.said >= Who.from_json(again[0]["by"]).said:
            # Said once more, it is younger than what was said in between.
            connection.execute(anew.where(holds.c.id == again[0]["id"]))
        return False
    if same and source not in SAID:  # what is read says something else now
        connection.execute(anew.where(holds.c.id.in_(same)))
        change(connection, row, state_of(row), reason)
        return True
    if not before and _is_held_by_the_gateway(connection, row):
        _put(connection, row, "gateway", GATEWAY, row["reason"])  # else it would end with the new hold
    _put(connection, row, source, who, reason)
    sources = {source, *(hold["source"] for hold in before)}
    is_disputed = row["snapshot"] is not None and bool(sources & DISPUTES) and row["state"] != "refunded"
    to: State = "disputed" if is_disputed else "held"
    goes_on = row["recalled"] is not None or row["refund"] is not None
    goes_on = goes_on or any(hold["source"] == "chargeback" for hold in before)  # its end is asked for
    change(connection, row, to, reason, due_at=row["due_at"] if goes_on else None)
    return True


def _is_again(hold: sa.RowMapping, source: Source, who: Who, reason: str) -> bool:
    """Whether a hold is the same one once more: what people say is theirs, whatever they are called."""
    if (hold["source"], hold["reason"]) != (source, reason):
        return False
    by = Who.from_json(hold["by"])
    return source not in SAID or (by.connection, by.id) == (who.connection, who.id)


def _put(connection: sa.Connection, row: sa.RowMapping, source: Source, who: Who, reason: str) -> None:
    connection.execute(
        sa.insert(holds).values(
            release_id=row["id"], source=source, by=who.to_json(), reason=reason, at=now()
        )
    )


def _is_held_by_the_gateway(connection: sa.Connection, row: sa.RowMapping) -> bool:
    """Whether a release waits for a person because of what the gateway said, not for the client's word."""
    if row["snapshot"] is None or row["state"] != "held" or row["due_at"] is not None:
        return False
    return row["accept_by"] is None or intent_status(connection, invoice_key(row)) is not None


def lift(
    connection: sa.Connection, row: sa.RowMapping, sources: Collection[str], who: Who, reason: str
) -> State | None:
    """Lift the holds of these sources; the state that the release goes on in, None while others hold it."""
    if not clear(connection, row["id"], sources, who) or active(connection, row["id"]):
        return None
    return go_on(connection, row, reason)


def clear(connection: sa.Connection, release_id: str, sources: Collection[str], who: Who) -> bool:
    """Lift the holds of these sources and nothing more; whether there were any."""
    lifted = connection.execute(
        sa.update(holds)
        .where(holds.c.release_id == release_id, holds.c.lifted_at.is_(None), holds.c.source.in_(sources))
        .values(lifted_at=now(), lifted_by=who.to_json())
    )
    return lifted.rowcount > 0


def told(hold: sa.RowMapping) -> str:
    """A hold in a sentence: why, which names who where that matters, and since when."""
    return f"{hold['reason']} ({hold['at'][:10]})"
