"""The database as a backup: every table of ours from one snapshot, while a server goes on writing.

The workflow engine's tables stay out. Every order's key and bytes stand in our own tables before the call,
and a run that an engine does not know is begun afresh. The vault's rows are ciphertext, and go in as such:
their key is in no table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import sqlalchemy as sa

from app import migrations
from app.backup.archive import BackupError, Manifest, Value, writing
from app.db import Database, now

BATCH = 500
"""Rows that are in memory at once; a stored delivery may have some megabytes."""


def back_up(db: Database, path: Path, gateways: Sequence[str] = (), *, force: bool = False) -> Manifest:
    """Write the database into a new file at `path` and answer its manifest. Raises BackupError.

    `gateways` are those of the contract file: once restored, nothing leaves before each of them was asked.

    What was committed when it began is in it, and nothing that was committed later.
    """
    with db.snapshot() as connection:
        revision = migrations.present_revision(connection)
        if not migrations.is_known(revision):
            raise BackupError(
                f"a newer program brought the database to revision {revision!r}, and may have more tables",
                mend="Back it up with that version",
            )
        manifest = Manifest(
            product=version("closeout"),
            revision=revision,
            created_at=now(),
            database="sqlite" if db.is_sqlite else "postgresql",
            gateways=tuple(gateways),
        )
        tables = present_tables(connection)
        with writing(path, manifest, force=force) as writer:
            for table in tables:
                columns = [column.name for column in table.columns]
                writer.table(table.name, columns, _rows(connection, table))
    return manifest


def present_tables(connection: sa.Connection) -> list[sa.Table]:
    """Our tables as they are in this database, those that others point to first."""
    found = sa.MetaData()
    ours = migrations.all_tables().tables
    found.reflect(connection, only=lambda name, _: name in ours)
    return found.sorted_tables


def _rows(connection: sa.Connection, table: sa.Table) -> Iterator[tuple[Value, ...]]:
    order = list(table.primary_key.columns)
    result = connection.execution_options(yield_per=BATCH).execute(sa.select(table).order_by(*order))
    for row in result:
        yield tuple(row)


def in_words(manifest: Manifest) -> str:
    """A backup in a sentence."""
    rows = sum(one.rows for one in manifest.tables.values())
    return (
        f"{rows} rows of {len(manifest.tables)} tables, of {manifest.created_at},"
        f" by closeout {manifest.product} on {manifest.database}"
    )
