"""Calling a gateway: the intent is stored first, and what may have happened is asked about, not repeated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
import structlog

from app.db import Database, now
from app.events import CreditFacts, InvoiceFacts, PayoutFacts
from app.gateways.base import Done, Failed, Gateway, Intent, Order, Outcome, Unknown
from app.notices.switched_off import switch_off
from app.payouts.tables import payouts
from app.releases.frozen import is_frozen, was_frozen
from app.releases.holds import is_stopped
from app.releases.tables import intents

log = structlog.get_logger()

UNREACHABLE_RETRY_S = 30
HELD_BACK = ("open_invoice", "pay_out")
"""What moves money forward. Undoing is ordered by a person, or by a reopening, while the release is held."""


@dataclass(frozen=True, slots=True)
class NotNow:
    """Not an answer of a gateway: the order was kept back before it went out, so that it did not."""

    reason: str


def store_intent(connection: sa.Connection, gateway_name: str, release_id: str, wanted: Order) -> None:
    """Store an order under its key before its first attempt; one that is there already stays."""
    known = connection.scalar(sa.select(intents.c.key).where(intents.c.key == wanted.key))
    if known is None:
        moment = now()
        connection.execute(
            sa.insert(intents).values(
                key=wanted.key,
                event_id=wanted.event_id,
                release_id=release_id,
                gateway=gateway_name,
                operation=wanted.operation,
                account=wanted.leg.account if wanted.leg else "",
                part=wanted.leg.part if wanted.leg else 1,
                wanted=wanted.to_json(),
                status="pending",
                attempts=0,
                created_at=moment,
                updated_at=moment,
            )
        )


def mark_called(connection: sa.Connection, gateway: Gateway, wanted: Order) -> None:
    """Note of a stored order that it was carried out, which was found at the gateway and is not known here.

    Its bytes are drafted as they would have been, so that it can be asked about; they are never sent.
    """
    found = (intents.c.key == wanted.key) & intents.c.status.in_(("pending", "dropped", "failed"))
    connection.execute(
        sa.update(intents)
        .where(found)
        .values(
            status="unknown",
            address=gateway.address,
            body=sa.func.coalesce(intents.c.body, gateway.draft(wanted)),
            updated_at=now(),
        )
    )


class Caller:
    """Makes the outside calls of the workflows, one intent at a time."""

    def __init__(self, db: Database, gateways: Mapping[str, Gateway]) -> None:
        self._db, self._gateways = db, gateways

    def call(self, key: str) -> dict[str, Any]:
        """Carry out the stored intent `key` and answer its outcome as JSON. Safe to run again at any point.

        An intent that was called before is asked about first; only when the gateway says that it never
        saw it, or has it half done, or can be asked by nothing else, are the same bytes sent again, under the
        same key. In books that were restored from a backup every intent may have been called before. While
        anything holds the release, or everything is frozen, nothing is sent.
        """
        row, body, kept_back, is_doubtful = self._claim(key)
        gateway = self._gateways.get(row["gateway"])
        if gateway is None:
            return to_json(
                Failed(f"the gateway {row['gateway']} is not configured", retry_after_s=UNREACHABLE_RETRY_S)
            )
        if row["address"] not in ("", gateway.address):
            return to_json(Unknown(_moved(row["address"], gateway.address), needs_person=True))
        intent = Intent(row["key"], row["event_id"], body, self._known_id(row))
        asked: Outcome | None = gateway.ask(intent) if is_doubtful else None
        outcome: Outcome | NotNow = asked or NotNow(kept_back)
        if asked is None or _may_be_sent(asked):
            if not kept_back:
                outcome = _completed(asked, _send(gateway, intent))
            elif not isinstance(asked, Unknown):
                outcome = NotNow(kept_back)
        log.info(
            "gateway called",
            key=key,
            event_id=intent.event_id,
            gateway=row["gateway"],
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
        if row["body"] is None:
            return Failed("this order was never sent", retry_after_s=0)
        return gateway.ask(Intent(row["key"], row["event_id"], row["body"], self._known_id(row)))

    def _known_id(self, intent: sa.RowMapping) -> str:
        """What the gateway calls the payout of an order, where it was heard before; "" for the others."""
        if intent["operation"] != "pay_out":
            return ""
        of_it = (payouts.c.account == intent["account"]) & (payouts.c.part == intent["part"])
        with self._db.reading() as connection:
            found = sa.select(payouts.c.gateway_id).where(payouts.c.release_id == intent["release_id"], of_it)
            return connection.scalar(found) or ""

    def ask_json(self, key: str) -> dict[str, Any]:
        """The same as JSON, for a workflow's step, with the moment of asking: it may be applied late."""
        asked_at = now()
        return {**to_json(self.ask(key)), "asked_at": asked_at}

    def _claim(self, key: str) -> tuple[sa.RowMapping, bytes, str, bool]:
        """Note durably that the call is about to be made, where to and with which bytes.

        Answers the row as it was before, the bytes, why it is kept back ("" if it is not), in which case
        nothing is noted that was not before, and whether the gateway may have seen it already.
        """
        with self._db.transaction() as connection:
            row = (
                connection.execute(sa.select(intents).where(intents.c.key == key).with_for_update())
                .mappings()
                .one()
            )
            gateway, body = self._gateways.get(row["gateway"]), row["body"]
            kept_back = _kept_back(connection, row)
            is_doubtful = row["status"] != "pending" or was_frozen(connection)
            if gateway is not None and row["address"] in ("", gateway.address):
                body = body or gateway.draft(Order.from_json(row["wanted"]))
                if not kept_back:
                    called = {
                        "status": "calling",
                        "address": gateway.address,
                        "body": body,
                        "attempts": row["attempts"] + 1,
                        "updated_at": now(),
                    }
                    connection.execute(sa.update(intents).where(intents.c.key == key).values(called))
        return row, body or b"", kept_back, is_doubtful


def _kept_back(connection: sa.Connection, row: sa.RowMapping) -> str:
    """Why an order must not go out, "" if it may."""
    if is_frozen(connection):
        return "everything was frozen before it went out"
    is_held = row["operation"] in HELD_BACK and is_stopped(connection, row["release_id"])
    return "held before it went out" if is_held or row["status"] == "dropped" else ""


def _send(gateway: Gateway, intent: Intent) -> Outcome:
    outcome = gateway.send(intent)
    if isinstance(outcome, Unknown) and not outcome.needs_person:
        asked = gateway.ask(intent)
        return asked if isinstance(asked, Done) and not _is_half_done(asked) else outcome
    return outcome


def drop(connection: sa.Connection, key: str) -> bool:
    """Take back an order that was never sent; False when it was, or when there is none."""
    dropped = connection.execute(
        sa.update(intents)
        .where(intents.c.key == key, intents.c.status == "pending")
        .values(status="dropped", updated_at=now())
    )
    return dropped.rowcount == 1


def revision_of(connection: sa.Connection, key: str) -> int:
    """The revision of its release that an order was given for."""
    wanted = connection.scalar(sa.select(intents.c.wanted).where(intents.c.key == key))
    return Order.from_json(wanted).revision if wanted else 1


def cancel(connection: sa.Connection, key: str, reason: str) -> None:
    """See to it that an order is never sent any more, though a run may have it in hand: it only asks."""
    connection.execute(
        sa.update(intents)
        .where(intents.c.key == key)
        .values(status="dropped", reason=reason, updated_at=now())
    )


def note_outcome(connection: sa.Connection, key: str, outcome: Outcome | NotNow) -> None:
    """Keep an intent's outcome beside it, in the transaction that acts on it.

    What certainly did not happen becomes `pending` again when it may be sent again; what was not sent stays.
    """
    if isinstance(outcome, NotNow):
        return
    status, reason = "done", ""
    if isinstance(outcome, Unknown):
        status, reason = "unknown", outcome.reason
    elif isinstance(outcome, Failed):
        status, reason = ("failed" if outcome.retry_after_s is None else "pending"), outcome.reason
    connection.execute(
        sa.update(intents).where(intents.c.key == key).values(status=status, reason=reason, updated_at=now())
    )
    if isinstance(outcome, Failed) and outcome.is_switched_off:
        sent = sa.select(intents.c.gateway, intents.c.address).where(intents.c.key == key)
        switch_off(connection, *connection.execute(sent).one(), reason)


def _moved(before: str, present: str) -> str:
    return (
        f"this order may have been carried out at {before}, and the gateway is now {present}:"
        " point it back until the order is settled"
    )


def _completed(asked: Outcome | None, outcome: Outcome) -> Outcome:
    """What came of sending; where something was there before, a refusal for now leaves it there."""
    is_left = asked is not None and _is_half_done(asked)
    if is_left and isinstance(outcome, Failed) and outcome.retry_after_s is not None:
        return Unknown(f"the client does not have the invoice yet: {outcome.reason}")
    return outcome


def _may_be_sent(asked: Outcome | NotNow) -> bool:
    """Whether what a gateway says of an order allows to send it: it was never there, or is half done."""
    if isinstance(asked, Unknown):
        return asked.may_resend
    return _is_half_done(asked) or (isinstance(asked, Failed) and asked.retry_after_s == 0)


def _is_half_done(outcome: Outcome | NotNow) -> bool:
    """An invoice that is there, and the client does not have it."""
    invoice = outcome.invoice if isinstance(outcome, Done) else None
    return invoice is not None and invoice.status == "draft"


def to_json(outcome: Outcome | NotNow) -> dict[str, Any]:
    """An outcome as plain JSON, for the workflow's history."""
    return {"outcome": type(outcome).__name__, **asdict(outcome)}


def from_json(plain: Mapping[str, Any]) -> Outcome | NotNow:
    """The inverse of `to_json`."""
    rest = {name: value for name, value in plain.items() if name not in ("outcome", "asked_at")}
    if plain["outcome"] == "NotNow":
        return NotNow(**rest)
    if plain["outcome"] == "Failed":
        return Failed(**rest)
    if plain["outcome"] == "Unknown":
        return Unknown(**rest)
    return Done(
        invoice=InvoiceFacts(**rest["invoice"]) if rest["invoice"] else None,
        payouts=tuple(PayoutFacts(**facts) for facts in rest["payouts"]),
        credit=CreditFacts(**rest["credit"]) if rest.get("credit") else None,
    )
