"""What came last through each door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from app.inbox.tables import deliveries
from app.setup.desk import Desk


@dataclass(frozen=True, slots=True)
class Arrival:
    """The last delivery at one door; `at` is RFC 3339, "" where none ever came."""

    source: Literal["forge", "gateway"]
    name: str
    at: str = ""
    event: str = ""


def arrivals(desk: Desk) -> list[Arrival]:
    """For each door that is open."""
    last = sa.select(sa.func.max(deliveries.c.id)).group_by(deliveries.c.source, deliveries.c.connection)
    query = sa.select(deliveries).where(deliveries.c.id.in_(last))
    with desk.db.reading() as connection:
        rows = {(row.source, row.connection): row for row in connection.execute(query)}
    sources: tuple[Literal["forge", "gateway"], ...] = ("forge", "gateway")
    found = []
    for source in sources:
        for name in desk.connections.doors[source]:
            row = rows.get((source, name))
            event = " ".join(filter(None, (row.event, row.action))) if row else ""
            found.append(Arrival(source, name, row.received_at if row else "", event))
    return found
