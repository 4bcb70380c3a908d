"""Handing deliveries on: woken when one is stored, and looking by itself for what a crash left behind.

A delivery is a row until it is finished: `handled`, `ignored` or `parked`. Handling is repeatable, so a kill
in the middle costs a repetition. What waits for the outside (a forge that is down) keeps its row with a
`due_at` and a reason; what can not be understood is parked after a few tries, and the others flow on.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
import structlog

from app.db import Database, later, now
from app.errors import CloseoutError
from app.inbox.tables import deliveries

log = structlog.get_logger()

PAUSES_S = (1, 5, 30, 120, 600, 1800, 3600, 21600)
TRIES_OF_THE_UNEXPECTED = 5
LONGEST_TEXT = 2000
BATCH, WORKERS = 64, 6


@dataclass(frozen=True, slots=True)
class Delivery:
    """A stored delivery, unpacked: header names in lower case, the body as received."""

    id: int
    source: str
    connection: str
    delivery_id: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of a delivery, and why, in a sentence for people."""

    status: Literal["handled", "ignored"]
    reason: str
    event: str = ""
    action: str = ""
    release_id: str | None = None
    again_s: int | None = None
    """Look once more after so many seconds: what was read may have been behind the truth."""


Handler = Callable[[Delivery], Handled]


class Relay:
    """Takes due deliveries to the handler of their source ("forge" or "gateway")."""

    def __init__(
        self, db: Database, handlers: Mapping[str, Handler], on_handled: Callable[[], None] = lambda: None
    ) -> None:
        self._db, self._handlers, self.on_handled = db, handlers, on_handled
        self._pools = {
            source: ThreadPoolExecutor(WORKERS, thread_name_prefix=f"relay-{source}") for source in handlers
        }
        self._in_hand: set[int] = set()

    def turn(self) -> bool:
        """Hand on what is due and not in hand yet. A slow forge holds up neither the others nor a gateway."""
        for row in self._db.due(deliveries, BATCH + len(self._in_hand)):
            if row["id"] not in self._in_hand:
                self._in_hand.add(row["id"])
                self._pools[row["source"]].submit(self._take, row)
        return False  # each delivery that is finished wakes the loop

    def stop(self) -> None:
        """Wait for the deliveries in hand."""
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)

    def _take(self, row: sa.RowMapping) -> None:
        try:
            self._handle(row)
        except Exception:  # the edge of this thread: the row stays due, and is taken after the loop's pause
            log.exception("a delivery's outcome could not be written down", delivery=row["id"])
            self._in_hand.discard(row["id"])
        else:
            self._in_hand.discard(row["id"])
            self.on_handled()

    def _handle(self, row: sa.RowMapping) -> None:
        attempts = row["attempts"] + 1
        values: dict[str, str | int | None]
        try:
            handled = self._handlers[row["source"]](unpack(row))
            values = {
                "status": handled.status,
                "reason": _plain(handled.reason),
                "event": _plain(handled.event),
                "action": _plain(handled.action),
                "release_id": handled.release_id,
                "due_at": later(handled.again_s) if handled.again_s and attempts == 1 else None,
                "handled_at": now(),
            }
        except CloseoutError as error:
            values = _put_off(error, attempts)
        except Exception as error:  # the edge of every handler: one bad delivery is parked, the others flow
            log.exception("a delivery could not be handled", delivery=row["id"])
            values = (
                _parked(f"unexpected: {error!r}")
                if attempts >= TRIES_OF_THE_UNEXPECTED
                else _waiting(f"unexpected: {error!r}", PAUSES_S[attempts - 1])
            )
        with self._db.transaction() as connection:
            connection.execute(
                sa.update(deliveries).where(deliveries.c.id == row["id"]).values(attempts=attempts, **values)
            )
        tell = log.info if values["status"] in ("handled", "ignored") else log.warning
        tell(
            "delivery " + str(values["status"]),
            delivery=row["id"],
            connection=row["connection"],
            delivery_id=row["delivery_id"],
            release=values.get("release_id"),
            reason=values["reason"],
        )


def _plain(text: str) -> str:
    """Text of strangers for a column: PostgreSQL refuses NUL, and what can not be written comes back."""
    return "".join(one if one.isprintable() else " " for one in text)[:LONGEST_TEXT]


def unpack(row: sa.RowMapping) -> Delivery:
    """A row of `deliveries` as it arrived."""
    return Delivery(
        row["id"],
        row["source"],
        row["connection"],
        row["delivery_id"],
        json.loads(row["headers"]),
        zlib.decompress(row["body"]),
    )


def _put_off(error: CloseoutError, attempts: int) -> dict[str, str | int | None]:
    if error.permanent:
        return _parked(str(error))
    asked_for_s = getattr(error, "retry_after_s", None)
    return _waiting(str(error), asked_for_s or PAUSES_S[min(attempts, len(PAUSES_S)) - 1])


def _waiting(reason: str, pause_s: int) -> dict[str, str | int | None]:
    return {"status": "waiting", "reason": _plain(reason), "due_at": later(pause_s)}


def _parked(reason: str) -> dict[str, str | int | None]:
    return {"status": "parked", "reason": _plain(reason), "due_at": None, "handled_at": now()}
