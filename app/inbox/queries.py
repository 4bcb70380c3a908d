"""Reading the inbox, and putting a delivery back into it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.db import Database, now
from app.errors import CloseoutError
from app.inbox.tables import deliveries

STATUSES = ("received", "waiting", "handled", "ignored", "parked")

_LISTED = (
    deliveries.c.id,
    deliveries.c.source,
    deliveries.c.connection,
    deliveries.c.delivery_id,
    deliveries.c.event,
    deliveries.c.action,
    deliveries.c.status,
    deliveries.c.reason,
    deliveries.c.release_id,
    deliveries.c.attempts,
    deliveries.c.received_at,
    deliveries.c.handled_at,
)


class UnknownDelivery(CloseoutError):
    """There is no delivery with that id."""


def list_deliveries(db: Database, *, limit: int = 50, status: str | None = None) -> list[dict[str, Any]]:
    """The newest `limit` deliveries, the newest last, without bodies. Raises StorageUnavailable."""
    query = sa.select(*_LISTED).order_by(deliveries.c.id.desc()).limit(limit)
    if status is not None:
        query = query.where(deliveries.c.status == status)
    with db.reading() as connection:
        newest_first = connection.execute(query).mappings().all()
    return [dict(row) for row in reversed(newest_first)]


def find_delivery(db: Database, id_: int) -> dict[str, Any]:
    """One delivery as `list_deliveries` shows it. Raises UnknownDelivery."""
    with db.reading() as connection:
        row = connection.execute(sa.select(*_LISTED).where(deliveries.c.id == id_)).mappings().first()
    if row is None:
        raise _unknown(id_)
    return dict(row)


def replay(db: Database, id_: int) -> None:
    """Put a delivery back as if it had just arrived, whatever became of it. Raises UnknownDelivery.

    What it caused stays: a release is found by its milestone, so replaying bills nothing twice.
    """
    again = {"status": "received", "reason": "", "attempts": 0, "due_at": now(), "handled_at": None}
    with db.transaction() as connection:
        changed = connection.execute(deliveries.update().where(deliveries.c.id == id_).values(again))
    if changed.rowcount != 1:
        raise _unknown(id_)


def _unknown(id_: int) -> UnknownDelivery:
    return UnknownDelivery(
        f"there is no delivery {id_}", mend="`closeout deliveries` lists them with their ids"
    )
