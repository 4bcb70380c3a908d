"""Having the forge send a test delivery, and seeing whether it arrived."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.connections.connect import Made
from app.db import Database, now
from app.errors import ForgeError
from app.forges.setup import Setup
from app.inbox.queries import list_deliveries

ARRIVES_WITHIN_S = 8.0
"""How long we look for a test delivery that a forge sends in the background."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one test delivery."""

    full_name: str
    is_taken: bool
    said: str


def try_hooks(setup: Setup, db: Database, connection: str, made: Iterable[Made]) -> Iterator[Trial]:
    """A test delivery for each webhook. That it fails says nothing against the webhook: nobody may listen."""
    for one in made:
        started = now()
        try:
            tried = setup.test_hook(one.home.repository, one.hook.id)
        except ForgeError as error:
            yield Trial(one.home.repository.full_name, False, f"no test delivery was sent: {error.what}")
            continue
        name = one.home.repository.full_name
        if tried.arrived is False:
            yield Trial(name, False, f"the test delivery came to nothing: {tried.said}")
        elif tried.arrived or _arrives(db, connection, started):
            yield Trial(name, True, "a test delivery arrived and was taken")
        else:
            hint = f"see that closeout serve runs and that {one.hook.url} is reachable"
            yield Trial(name, False, f"no test delivery arrived within {ARRIVES_WITHIN_S:g} s: {hint}")


def _arrives(db: Database, connection: str, since: str) -> bool:
    """Whether a delivery of the connection was verified and stored after `since`."""
    deadline = time.monotonic() + ARRIVES_WITHIN_S
    while True:
        listed = list_deliveries(db, limit=20)
        if any(row["connection"] == connection and row["received_at"] >= since for row in listed):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
