"""A database with something in every kind of column, and what is in it, for comparing."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.backup.snapshot import present_tables
from app.db import Database
from app.inbox.store import NewDelivery, add
from app.settings import Settings
from tests.cli.prepared import Desk
from tests.milestones.example import TEXT


def fill(db: Database, folder: Any) -> None:
    """A disbursed milestone, one that was voided, one that is held back, and some deliveries with bytes."""
    desk = Desk(db, folder, TEXT)
    desk.disbursed(1)
    desk.voided(2)
    desk.released(3)
    with db.transaction() as connection:
        add(
            connection,
            [
                NewDelivery("forge", "github", f"d-{n}", {"x-name": "Zoë ☃"}, bytes(range(256)) * 40)
                for n in range(3)
            ],
        )


def everything(db: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but for the freezes."""
    with db.reading() as connection:
        return {
            table.name: [
                tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
                for row in connection.execute(sa.select(table).order_by(*table.primary_key.columns))
            ]
            for table in present_tables(connection)
            if table.name != "freezes"
        }


def settings_of(db: Database, **more: str) -> Settings:
    return Settings.load({"CLOSEOUT_DATABASE_URL": db.url, **more})


def tables(db: Database) -> list[str]:
    with db.reading() as connection:
        return sa.inspect(connection).get_table_names()
