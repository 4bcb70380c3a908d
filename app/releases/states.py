"""The states of a release, which may follow which, and the one function that moves between them.

Before anything is released a milestone is `waiting`, `held` or `withdrawn`; from `ready` on its release has a
snapshot. `held`, `unknown` and `disputed` are asides: from them it goes on where it stood.
"""

from __future__ import annotations

import json
from typing import Any, Literal, cast

import sqlalchemy as sa

from app.db import now
from app.releases.tables import audit, releases

State = Literal[
    "waiting",
    "held",
    "withdrawn",
    "ready",
    "awaiting_acceptance",
    "triggered",
    "invoiced",
    "paid",
    "disbursing",
    "disbursed",
    "partially_disbursed",
    "voided",
    "disputed",
    "refunding",
    "refunded",
    "unknown",
    "failed",
]

_AFTER_INVOICE: frozenset[State] = frozenset(
    {"paid", "disbursing", "disbursed", "partially_disbursed", "voided"}
)
_WHERE_IT_STOOD = _AFTER_INVOICE | frozenset[State](
    {
        "ready",
        "awaiting_acceptance",
        "triggered",
        "invoiced",
        "unknown",
        "failed",
        "withdrawn",
        "refunding",
        "refunded",
    }
)

_PAYING: frozenset[State] = frozenset(
    {"invoiced", "paid", "disbursing", "disbursed", "partially_disbursed", "unknown", "held", "disputed"}
)
"""Payments come in and go out in parts, and one that arrived may still come back."""

FOLLOWS: dict[State, frozenset[State]] = {
    "waiting": frozenset({"held", "ready"}),
    "held": _WHERE_IT_STOOD | {"waiting", "disputed"},
    "withdrawn": frozenset({"waiting", "held", "ready"}),
    "ready": frozenset({"awaiting_acceptance", "triggered", "withdrawn", "held", "disputed"}),
    "awaiting_acceptance": frozenset({"triggered", "withdrawn", "held", "disputed"}),
    "triggered": frozenset({"invoiced", "unknown", "held", "failed", "withdrawn", "disputed"}),
    "unknown": _WHERE_IT_STOOD | {"held", "disputed"},
    "failed": _AFTER_INVOICE | {"invoiced", "unknown", "held", "withdrawn", "disputed"},
    "invoiced": _PAYING | {"voided"},
    "paid": _PAYING | {"refunding"},
    "disbursing": _PAYING,
    "partially_disbursed": _PAYING,
    "disbursed": frozenset({"partially_disbursed", "held", "disputed"}),
    "voided": frozenset({"held", "ready", "disputed"}),
    "disputed": _WHERE_IT_STOOD | {"held"},
    "refunding": frozenset({"refunded", "unknown", "held"}),
    "refunded": frozenset({"held"}),
}

OVER: frozenset[State] = frozenset({"voided", "refunding", "refunded"})
"""States in which all was taken back, or is about to be: there is nothing left to stop."""


def state_of(row: sa.RowMapping) -> State:
    """The state of a row of `releases`; the column holds nothing else."""
    return cast(State, row["state"])


def move(
    connection: sa.Connection,
    release_id: str,
    came_from: State,
    to: State,
    reason: str,
    audited: dict[str, Any] | None = None,
    **values: Any,
) -> int | None:
    """Compare-and-set the state and write the audit row, in the caller's transaction.

    Returns the audit row's id, or None if the release is no longer in `came_from`: somebody else was first
    and nothing was changed. Staying in one state is allowed and tells a new reason. `audited` is kept in
    the audit row, `values` are further columns to set. Raises ValueError for a move that the table does not
    know: a mistake of the program.
    """
    if to != came_from and to not in FOLLOWS[came_from]:
        raise ValueError(f"a release can not go from {came_from} to {to}")
    moment = now()
    changed = connection.execute(
        sa.update(releases)
        .where(releases.c.id == release_id, releases.c.state == came_from)
        .values(state=to, reason=reason, updated_at=moment, **values)
    )
    if changed.rowcount != 1:
        return None
    written = connection.execute(
        sa.insert(audit)
        .values(
            release_id=release_id,
            at=moment,
            from_state=came_from,
            to_state=to,
            reason=reason,
            evidence=json.dumps(audited or {}, ensure_ascii=False),
        )
        .returning(audit.c.id)
    )
    return int(written.scalar_one())


def note(connection: sa.Connection, release_id: str, text: str, audited: dict[str, Any]) -> None:
    """Write into a release's history what changes nothing of it; a milestone without a row has none."""
    state = connection.scalar(sa.select(releases.c.state).where(releases.c.id == release_id))
    if state is not None:
        connection.execute(
            sa.insert(audit).values(
                release_id=release_id,
                at=now(),
                from_state=state,
                to_state=state,
                reason=text,
                evidence=json.dumps(audited, ensure_ascii=False),
            )
        )
