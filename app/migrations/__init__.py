"""Bringing the database's tables up to date, under a lock, at start."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.db import Database, metadata, serialise
from app.errors import CloseoutError


class NewerDatabase(CloseoutError):
    """The database has a revision that this version does not know."""


def all_tables() -> sa.MetaData:
    """The metadata with every stage's tables in it."""
    import app.configuration.tables
    import app.connections.tables
    import app.gateways.bank.tables
    import app.gateways.pace
    import app.inbox.tables
    import app.invoices.tables
    import app.ledger.tables
    import app.notices.tables
    import app.payouts.tables
    import app.releases.tables
    import app.setup.tables
    import app.vault.tables  # noqa: F401

    return metadata


def alembic_config(connection: sa.Connection) -> Config:
    """Alembic's settings for running on `connection`, inside the caller's transaction."""
    config = _config()
    config.attributes["connection"] = connection
    return config


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def upgrade(db: Database) -> None:
    """Run the missing migrations in one transaction. Two processes starting at once take turns."""
    with db.transaction() as connection:
        upgrade_to(connection, "head")


def upgrade_to(connection: sa.Connection, revision: str) -> None:
    """Run the migrations that are missing up to `revision`, in the caller's transaction.

    SQLite's BEGIN IMMEDIATE is the lock there; PostgreSQL takes an advisory lock until the commit. Raises
    NewerDatabase for what a newer version brought up to date: this one does not know what it would break.
    """
    serialise(connection, "migrations")
    present = present_revision(connection)
    if present and not is_known(present):
        raise NewerDatabase(
            f"a newer version of Closeout brought this database up to date (to {present})",
            where="CLOSEOUT_DATABASE_URL",
            mend="Start that version again, or restore a backup from before into an empty database",
        )
    if not present or present != newest():
        command.upgrade(alembic_config(connection), revision)


def take_back(connection: sa.Connection) -> None:
    """Take every migration back: the tables are gone after that. For a database without rows."""
    command.downgrade(alembic_config(connection), "base")


def present_revision(connection: sa.Connection) -> str:
    """The revision of the database; "" before the first migration."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def newest() -> str:
    """The revision that this program works with."""
    return str(_scripts().get_current_head())


def is_known(revision: str) -> bool:
    """Whether `revision` is one of this program's; a newer program's are not."""
    return revision in {one.revision for one in _scripts().walk_revisions()}


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
