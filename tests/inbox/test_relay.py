"""Handing deliveries on when their outcome can not be written down."""

from __future__ import annotations

from typing import NoReturn

import pytest
import sqlalchemy as sa

from app.db import Database
from app.errors import StorageUnavailable
from app.inbox.relay import Handled, Relay
from app.inbox.store import NewDelivery, insert
from app.inbox.tables import deliveries


def test_a_full_disk_leaves_the_delivery_due_and_does_not_set_off_an_endless_round(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(sqlite_db, [NewDelivery("forge", "github", "one", {}, b"{}")])
    woken: list[str] = []
    relay = Relay(sqlite_db, {"forge": lambda _delivery: Handled("ignored", "x")}, lambda: woken.append("!"))

    def full() -> NoReturn:
        raise StorageUnavailable("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(sqlite_db, "transaction", full)
        relay.turn()
        relay.stop()
    with sqlite_db.reading() as connection:
        row = connection.execute(sa.select(deliveries)).mappings().one()
    assert (row["status"], row["due_at"] is not None) == ("received", True)
    assert woken == []  # the next look comes after the loop's pause, not at once
