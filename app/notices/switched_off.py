"""Endpoints that answered 410: nothing that only tells is sent there until a person enables the gateway.

Orders still go: each fails visibly, and money is not held up by an endpoint that may be back. See
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, "410 Gone".
"""

from __future__ import annotations

import sqlalchemy as sa

from app.db import insert_or_ignore, now
from app.errors import CloseoutError
from app.notices.tables import outbound, switched_off

KEPT_BACK = "kept back, since the platform switched its endpoint off"
"""The `problem` of an event that is sent once its gateway is enabled."""


def switch_off(connection: sa.Connection, gateway: str, address: str, reason: str) -> None:
    """Remember that `address` wants nothing more; what it said first stays."""
    connection.execute(
        insert_or_ignore(connection, switched_off).values(
            gateway=gateway, address=address, at=now(), reason=reason
        )
    )


def is_off(connection: sa.Connection, gateway: str, address: str) -> bool:
    """Whether nothing is told there. A gateway that moved to another address is on."""
    return connection.scalar(_of(gateway, address)) is not None


def keep_back(connection: sa.Connection, event_id: str, gateway: str, address: str) -> bool:
    """Put an event aside if its gateway is still off; whoever enables it meanwhile waits, and finds it."""
    if connection.scalar(_of(gateway, address).with_for_update()) is None:
        return False
    connection.execute(
        sa.update(outbound).where(outbound.c.event_id == event_id).values(problem=KEPT_BACK, due_at=None)
    )
    return True


def _of(gateway: str, address: str) -> sa.Select[tuple[str]]:
    return sa.select(switched_off.c.gateway).where(
        switched_off.c.gateway == gateway, switched_off.c.address == address
    )


def list_switched_off(connection: sa.Connection) -> list[sa.RowMapping]:
    """Rows of gateway, address, at, reason, and how many events are `kept_back` for the gateway."""
    waiting = (
        sa.select(sa.func.count())
        .where(outbound.c.gateway == switched_off.c.gateway, outbound.c.problem == KEPT_BACK)
        .scalar_subquery()
    )
    query = sa.select(switched_off, waiting.label("kept_back")).order_by(*switched_off.primary_key)
    return list(connection.execute(query).mappings())


def enable(connection: sa.Connection, gateway: str) -> int:
    """Tell a gateway of changes again; answers how many events that were kept back are sent now.

    Raises CloseoutError where it is not switched off.
    """
    gone = connection.execute(sa.delete(switched_off).where(switched_off.c.gateway == gateway))
    if not gone.rowcount:
        raise CloseoutError(f"gateway {gateway} is not switched off", mend="closeout doctor says what is")
    again = connection.execute(
        sa.update(outbound)
        .where(outbound.c.gateway == gateway, outbound.c.problem == KEPT_BACK)
        .values(problem="", due_at=now())
    )
    return again.rowcount
