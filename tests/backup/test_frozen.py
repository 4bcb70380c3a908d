"""The one place through which every order goes: while it is frozen none does, of whatever kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.db import Database
from app.gateways.base import Order
from app.gateways.http.client import HttpGateway
from app.releases.frozen import freeze_all, thaw
from app.releases.money.calls import Caller, store_intent
from app.releases.tables import intents
from app.releases.who import Who
from app.sandbox.platform import SANDBOX_SECRET, SandboxPlatform
from tests.cli.prepared import CONTRACT, Desk
from tests.gateways.orders import EXAMPLE, LEGS, SHARED, credit_order, leg_order, reversal_order, void_order

ORDERS = {
    "invoice": EXAMPLE,
    "payout": leg_order(LEGS[0]),
    "void": void_order("inv_000001"),
    "reversal": reversal_order("po_000001", LEGS[0]),
    "credit note": credit_order("inv_000001"),
}


@pytest.fixture
def platform() -> Iterator[SandboxPlatform]:
    with SandboxPlatform() as one:
        yield one


def caller_of(db: Database, platform: SandboxPlatform) -> Caller:
    return Caller(db, {"platform": HttpGateway("platform", platform.events_url, SANDBOX_SECRET)})


def ordered(db: Database, folder: Path, order: Order) -> None:
    """A released milestone with an order that is due, in books that are frozen."""
    Desk(db, folder).released()
    with db.transaction() as connection:
        store_intent(connection, "platform", f"{CONTRACT}/2", order)
        freeze_all(connection, "they were restored")


def status(db: Database) -> str:
    with db.reading() as connection:
        return str(connection.scalar(sa.select(intents.c.status)))


@pytest.mark.parametrize("order", ORDERS.values(), ids=list(ORDERS))
def test_no_order_leaves_any_server_while_it_is_frozen(
    db: Database, tmp_path: Path, platform: SandboxPlatform, order: Order
) -> None:
    ordered(db, tmp_path, order)
    second = Database(db.url)
    for one in (db, second):
        assert caller_of(one, platform).call(order.key)["outcome"] == "NotNow"
    second.close()
    assert platform.journal.entries("request") == []
    assert status(db) == "pending"


def test_after_it_was_lifted_an_order_is_asked_about_before_it_is_sent(
    sqlite_db: Database, tmp_path: Path, platform: SandboxPlatform
) -> None:
    ordered(sqlite_db, tmp_path, SHARED)
    with sqlite_db.transaction() as connection:
        thaw(connection, Who("olga", "command line"))
    before = len(platform.journal.entries("asked"))
    assert caller_of(sqlite_db, platform).call(SHARED.key)["outcome"] == "Done"
    kinds = [one["kind"] for one in platform.journal.entries() if one["kind"] in ("asked", "request")]
    assert (before, kinds) == (0, ["asked", "request"])
