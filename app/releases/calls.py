"""Calling a gateway: the intent is stored first, and what may have happened is asked about, not repeated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
import structlog

from app.db import Database, now
from app.events import InvoiceFacts, PayoutFacts
from app.gateways.base import Done, Failed, Gateway, Intent, Order, Outcome, Unknown
from app.releases.tables import intents

log = structlog.get_logger()

UNREACHABLE_RETRY_S = 30


def store_intent(
    connection: sa.Connection,
    gateway: Gateway,
    gateway_name: str,
    release_id: str,
    operation: str,
    wanted: Order,
) -> None:
    """Store an order's key and exact bytes before its first attempt; one that is there already stays."""
    known = connection.scalar(sa.select(intents.c.key).where(intents.c.key == wanted.key))
    if known is None:
        moment = now()
        connection.execute(
            sa.insert(intents).values(
                key=wanted.key,
                event_id=wanted.event_id,
                release_id=release_id,
                gateway=gateway_name,
                operation=operation,
                account=wanted.leg.account if wanted.leg else "",
                body=gateway.draft(wanted),
                status="pending",
                attempts=0,
                created_at=moment,
                updated_at=moment,
            )
        )


class Caller:
    """Makes the outside calls of the workflows, one intent at a time."""

    def __init__(self, db: Database, gateways: Mapping[str, Gateway]) -> None:
        self._db, self._gateways = db, gateways

    def call(self, key: str) -> dict[str, Any]:
        """Carry out the stored intent `key` and answer its outcome as JSON. Safe to run again at any point.

        An intent that was called before is asked about first; only when the gateway says that it never
        saw it are the same bytes sent again, under the same key.
        """
        row = self._claim(key)
        intent, gateway_name = Intent(row["key"], row["event_id"], row["body"]), row["gateway"]
        called_before = row["status"] != "pending"
        gateway = self._gateways.get(gateway_name)
        if gateway is None:
            return to_json(
                Failed(f"the gateway {gateway_name} is not configured", retry_after_s=UNREACHABLE_RETRY_S)
            )
        if row["address"] not in ("", gateway.address):
            return to_json(Unknown(_moved(row["address"], gateway.address), needs_person=True))
        outcome = gateway.ask(intent) if called_before else None
        if outcome is None or _never_seen(outcome):
            outcome = gateway.send(intent)
            if isinstance(outcome, Unknown) and not outcome.needs_person:
                asked = gateway.ask(intent)
                outcome = asked if isinstance(asked, Done) else outcome
        log.info(
            "gateway called",
            key=key,
            event_id=intent.event_id,
            gateway=gateway_name,
            outcome=type(outcome).__name__.lower(),
            reason=getattr(outcome, "reason", ""),
        )
        return to_json(outcome)

    def ask(self, key: str) -> Outcome:
        """What the gateway knows of an intent now, without sending anything."""
        with self._db.reading() as connection:
            row = connection.execute(sa.select(intents).where(intents.c.key == key)).mappings().one()
        gateway = self._gateways.get(row["gateway"])
        if gateway is None:
            return Unknown(f"the gateway {row['gateway']} is not configured")
        if row["address"] not in ("", gateway.address):
            return Unknown(_moved(row["address"], gateway.address))
        return gateway.ask(Intent(row["key"], row["event_id"], row["body"]))

    def ask_json(self, key: str) -> dict[str, Any]:
        """The same as JSON, for a workflow's step."""
        return to_json(self.ask(key))

    def _claim(self, key: str) -> sa.RowMapping:
        """Note durably that the call is about to be made and where to; the row as it was before."""
        with self._db.transaction() as connection:
            row = (
                connection.execute(sa.select(intents).where(intents.c.key == key).with_for_update())
                .mappings()
                .one()
            )
            gateway = self._gateways.get(row["gateway"])
            if gateway is not None and row["address"] in ("", gateway.address):
                connection.execute(
                    sa.update(intents)
                    .where(intents.c.key == key)
                    .values(
                        status="calling",
                        address=gateway.address,
                        attempts=row["attempts"] + 1,
                        updated_at=now(),
                    )
                )
        return row


def note_outcome(connection: sa.Connection, key: str, outcome: Outcome) -> None:
    """Keep an intent's outcome beside it, in the transaction that acts on it.

    What certainly did not happen becomes `pending` again when it may be sent again.
    """
    status, reason = "done", ""
    if isinstance(outcome, Unknown):
        status, reason = "unknown", outcome.reason
    elif isinstance(outcome, Failed):
        status, reason = ("failed" if outcome.retry_after_s is None else "pending"), outcome.reason
    connection.execute(
        sa.update(intents).where(intents.c.key == key).values(status=status, reason=reason, updated_at=now())
    )


def _moved(before: str, present: str) -> str:
    return (
        f"this order may have been carried out at {before}, and the gateway is now {present}:"
        " point it back until the order is settled"
    )


def _never_seen(outcome: Outcome) -> bool:
    return isinstance(outcome, Failed) and outcome.retry_after_s == 0


def to_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome as plain JSON, for the workflow's history."""
    return {"outcome": type(outcome).__name__, **asdict(outcome)}


def from_json(plain: Mapping[str, Any]) -> Outcome:
    """The inverse of `to_json`."""
    rest = {name: value for name, value in plain.items() if name != "outcome"}
    if plain["outcome"] == "Failed":
        return Failed(**rest)
    if plain["outcome"] == "Unknown":
        return Unknown(**rest)
    return Done(
        invoice=InvoiceFacts(**rest["invoice"]) if rest["invoice"] else None,
        payouts=tuple(PayoutFacts(**facts) for facts in rest["payouts"]),
    )
