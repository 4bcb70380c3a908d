"""Bringing the database's tables up to date, under a lock, at start."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from app.db import Database, lock_number, metadata


def all_tables() -> sa.MetaData:
    """The metadata with every stage's tables in it."""
    import app.connections.tables
    import app.inbox.tables
    import app.invoices.tables
    import app.ledger.tables
    import app.notices.tables
    import app.payouts.tables
    import app.releases.tables
    import app.vault.tables  # noqa: F401

    return metadata


def alembic_config(connection: sa.Connection) -> Config:
    """Alembic's settings for running on `connection`, inside the caller's transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def upgrade(db: Database) -> None:
    """Run the missing migrations in one transaction. Two processes starting at once take turns.

    SQLite's BEGIN IMMEDIATE is the lock there; PostgreSQL takes an advisory lock until the commit.
    """
    with db.transaction() as connection:
        if not db.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock_number("closeout migrations"))))
        command.upgrade(alembic_config(connection), "head")
