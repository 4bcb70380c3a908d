"""Having a GitHub App's failed webhooks sent again, which GitHub does not do by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

import sqlalchemy as sa

from app.db import Database, stamp
from app.inbox.tables import deliveries
from app.releases.sweep.marks import read_mark, set_mark

MOST = 100
"""So many are asked for at once; the rest is the next sweep's."""
OVERLAP = timedelta(minutes=15)
"""A delivery is listed some time after its moment, and a redelivery takes a while to fail as well."""
KEPT = timedelta(days=3)


class Redelivers(Protocol):
    """The log of an App's webhook at its forge."""

    def redeliver_failed(self, since: str, known: Callable[[str], bool], most: int = 100) -> list[str]:
        """Have sent again what never arrived since then, but for what `known` says is here; its ids."""


def redeliver(db: Database, connection: str, app: Redelivers) -> tuple[int, int]:
    """Ask for what failed since the last time: how many had, and how many are sent again. Raises ForgeError.

    The mark stays where it is while there are more than one sweep asks for.
    """
    started = datetime.now(UTC)
    with db.reading() as reading:
        before = read_mark(reading, connection, "")
    since = min(datetime.fromisoformat(before), started) - OVERLAP if before else started - KEPT
    failed: set[str] = set()

    def is_known(guid: str) -> bool:
        with db.reading() as reading:
            place = {"source": "forge", "connection": connection, "delivery_id": guid}
            found = reading.scalar(sa.select(deliveries.c.id).filter_by(**place))
        if found is None:
            failed.add(guid)
        return found is not None

    told = app.redeliver_failed(stamp(since), is_known, MOST)
    if len(failed) <= MOST:
        with db.transaction() as writing:
            set_mark(writing, connection, "", stamp(started))
    return len(failed), len(told)
