"""An invoice that was uncollectible and is voided at the gateway is owed by nobody."""

from __future__ import annotations

from pathlib import Path

from app.db import Database
from app.ledger.journal import verify
from tests.cli.prepared import CONTRACT, Desk


def test_an_uncollectible_invoice_that_is_voided_leaves_the_books(
    sqlite_db: Database, tmp_path: Path
) -> None:
    desk = Desk(sqlite_db, tmp_path)
    desk.invoiced()
    desk.gateway_says("uncollectible")
    desk.gateway_says("void")
    assert verify(desk.db).balances["receivable:" + CONTRACT, "usd"] == 0
    assert desk.state() == "voided"
