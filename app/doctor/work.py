"""The work itself: what waits for a person, what could not be read, what nobody knows the outcome of."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from app.connections.finding import Finding
from app.connections.standing import switched_off
from app.connections.troubles import list_troubles
from app.db import Database
from app.inbox.tables import deliveries
from app.milestones.problems import number_of
from app.notices.text import moment
from app.releases.frozen import why_frozen
from app.releases.tables import intents, releases

STUCK = ("held", "disputed", "failed", "partially_disbursed", "unknown")


def examine(db: Database) -> Iterator[Finding]:
    """What the database says."""
    with db.reading() as reading:
        parked = _count(reading, deliveries, deliveries.c.status == "parked")
        unknown = _count(reading, intents, intents.c.status == "unknown")
        frozen = why_frozen(reading)
        troubles = list_troubles(reading)
        stuck = _count(reading, releases, releases.c.state.in_(STUCK))
        silent = switched_off(reading)
    yield from silent
    if frozen:
        yield Finding("orders", "broken", frozen, "closeout reconcile")
    if parked:
        what = f"{_deliveries(parked)} could not be handled without you"
        yield Finding(
            "deliveries", "broken", what, "closeout deliveries --status parked, then closeout replay ID"
        )
    if unknown:
        what = f"of {number_of(unknown, 'order')} nobody knows whether the gateway carried it out"
        yield Finding(
            "orders", "warning", what, "closeout releases shows which; they are asked about by themselves"
        )
    if stuck:
        what = f"{number_of(stuck, 'milestone')} can not go on without the operator"
        yield Finding(
            "milestones", "warning", what, "closeout releases, then closeout explain CONTRACT INDEX"
        )
    for one in troubles:
        what = f"could not be read since {moment(one['since'])}: {one['what']}"
        yield Finding(one["about"], "broken", what, "closeout sweep, once it is mended")


def _deliveries(count: int) -> str:
    return "one delivery" if count == 1 else f"{count:,} deliveries"


def _count(reading: sa.Connection, table: sa.Table, where: sa.ColumnElement[bool]) -> int:
    return int(reading.scalar(sa.select(sa.func.count()).select_from(table).where(where)) or 0)
