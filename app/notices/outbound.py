"""Telling the gateway of every change of state, in the same envelope as the order that opened the invoice.

What is told is stored in the transaction of the change. The teller drafts its bytes once, and sends them
until they are accepted, with the pauses of Standard Webhooks; they carry one id for ever, so that the
receiver can drop a repetition. What an endpoint that was switched off (410) is not told waits for a person.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

import sqlalchemy as sa
import structlog

from app.db import Database, later, now
from app.gateways.base import Done, Failed, Gateway, Intent, Order, Outcome
from app.notices.switched_off import is_off, keep_back, switch_off
from app.notices.tables import outbound

log = structlog.get_logger()

PAUSES_S = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
"""After the first attempt; https://github.com/standard-webhooks/standard-webhooks, "retries"."""
BATCH = 20


def tell(connection: sa.Connection, gateway_name: str, release_id: str, order: Order) -> None:
    """Store `order` for sending, in the caller's transaction."""
    connection.execute(
        sa.insert(outbound).values(
            event_id=order.event_id,
            key=order.key,
            release_id=release_id,
            gateway=gateway_name,
            status=order.status,
            wanted=order.to_json(),
            created_at=order.created_at,
            due_at=now(),
        )
    )


class EventTeller:
    """Sends the events that are due, oldest first."""

    def __init__(self, db: Database, gateways: Mapping[str, Gateway]) -> None:
        self._db, self._gateways = db, gateways

    def turn(self) -> bool:
        """Send what is due; True when there may be more."""
        due = self._db.due(outbound, BATCH)
        for row in due:
            self._send(row)
        return len(due) == BATCH

    def _draft(self, gateway: Gateway, row: sa.RowMapping) -> bytes:
        """The exact bytes of every attempt, stored before the first one."""
        body = gateway.draft(Order.from_json(row["wanted"]))
        with self._db.transaction() as connection:
            connection.execute(
                sa.update(outbound).where(outbound.c.event_id == row["event_id"]).values(body=body)
            )
        return body

    def _is_kept_back(self, row: sa.RowMapping, gateway: Gateway) -> bool:
        """Whether the platform wants nothing any more; then the event waits, without a time."""
        where = (row["gateway"], gateway.address)
        with self._db.reading() as connection:
            if not is_off(connection, *where):
                return False
        with self._db.transaction() as connection:
            return keep_back(connection, row["event_id"], *where)

    def _send(self, row: sa.RowMapping) -> None:
        gateway = self._gateways.get(row["gateway"])
        outcome: Outcome = Failed(f"the gateway {row['gateway']} is no longer configured")
        if gateway is not None:
            if self._is_kept_back(row, gateway):
                return
            body = row["body"] or self._draft(gateway, row)
            outcome = gateway.send(Intent(row["key"], row["event_id"], body))
        attempts, problem, due_at = row["attempts"] + 1, "", None
        if not isinstance(outcome, Done):
            problem = outcome.reason
            refused = isinstance(outcome, Failed) and outcome.retry_after_s is None
            if not refused and attempts <= len(PAUSES_S):
                asked_for_s = outcome.retry_after_s if isinstance(outcome, Failed) else None
                pause_s = max(PAUSES_S[attempts - 1], asked_for_s or 0)
                due_at = later(pause_s * random.uniform(1, 1.1))  # noqa: S311 - jitter, not a secret
            log.warning(
                "event not delivered" + ("" if due_at else "; given up"),
                event_id=row["event_id"],
                status=row["status"],
                problem=problem,
            )
        with self._db.transaction() as connection:
            connection.execute(
                sa.update(outbound)
                .where(outbound.c.event_id == row["event_id"])
                .values(attempts=attempts, problem=problem, due_at=due_at)
            )
            if gateway is not None and isinstance(outcome, Failed) and outcome.is_switched_off:
                switch_off(connection, row["gateway"], gateway.address, problem)
                keep_back(connection, row["event_id"], row["gateway"], gateway.address)
