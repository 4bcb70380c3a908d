"""A backup back into an empty database: all of it or nothing, and frozen.

A backup is older than reality: what it holds to be due may have been done since. So the same transaction
that loads it writes the freeze, and no moment exists in which a server could take these books for present.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from app import migrations
from app.backup.archive import BackupError, Manifest, Reader, reading
from app.backup.snapshot import BATCH, present_tables
from app.configuration.kept import read_anew
from app.db import Database
from app.engine import nobody_serves, set_aside
from app.notices.text import moment
from app.releases.frozen import freeze_all
from app.settings import Settings
from app.setup.sessions import shut_out

EMPTY = "Make a new, empty database and point CLOSEOUT_DATABASE_URL at it; this one was left as it is"


def check(path: Path) -> Manifest:
    """Read the whole file as a restore would, and write nothing. Raises BackupError."""
    with reading(path) as reader:
        _check_version(path, reader.manifest)
        return reader.manifest


def restore(settings: Settings, db: Database, path: Path) -> tuple[Manifest, str]:
    """Load the backup at `path` into an empty database, bring it up to date, and freeze it.

    Answers its manifest, and where an older engine's tables were put, "" if there were none. Every byte is
    checked before anything is written; a restore that is killed leaves the database as empty as it was.
    Raises BackupError, AlreadyRunning, and StorageUnavailable.
    """
    with reading(path) as reader:
        _check_version(path, reader.manifest)
        with nobody_serves(settings, db), db.transaction() as connection:
            _empty(connection, db.url)
            migrations.upgrade_to(connection, reader.manifest.revision)
            _load(connection, reader)
            migrations.upgrade_to(connection, "head")
            read_anew(connection)
            shut_out(connection)
            made_at = moment(reader.manifest.created_at)
            told = f"the books were restored from a backup of {made_at}"
            freeze_all(connection, told, reader.manifest.gateways)
            aside = set_aside(settings, connection)
    return reader.manifest, aside


def _check_version(path: Path, manifest: Manifest) -> None:
    if not migrations.is_known(manifest.revision):
        raise BackupError(
            f"it was made by closeout {manifest.product}, whose revision {manifest.revision!r} of the tables"
            " this program does not know",
            where=str(path),
            mend="Restore it with that version, or a later one",
        )


def _empty(connection: sa.Connection, url: str) -> None:
    """See that nobody loses anything, and drop the tables that a server's start made. Raises BackupError."""
    where = sa.make_url(url).render_as_string(hide_password=True)
    revision = migrations.present_revision(connection)
    tables = present_tables(connection)
    if revision and not migrations.is_known(revision):
        raise BackupError(f"this database belongs to a newer program ({revision})", where=where, mend=EMPTY)
    full = [one.name for one in tables if connection.execute(sa.select(one).limit(1)).first() is not None]
    if full:
        raise BackupError(f"there are rows already, in {', '.join(sorted(full))}", where=where, mend=EMPTY)
    if tables and not revision:
        raise BackupError(
            f"there are tables of another program: {', '.join(one.name for one in tables)}",
            where=where,
            mend=EMPTY,
        )
    if revision:
        migrations.take_back(connection)


def _load(connection: sa.Connection, reader: Reader) -> None:
    tables = present_tables(connection)
    names, wanted = {one.name for one in tables}, set(reader.manifest.tables)
    if names != wanted:
        odd = ", ".join(sorted(names ^ wanted))
        raise BackupError(f"its tables are not those of its revision {reader.manifest.revision}: {odd}")
    for table in tables:
        rows = reader.rows(table.name)
        while batch := list(islice(rows, BATCH)):
            try:
                connection.execute(sa.insert(table), batch)
            except (sa.exc.IntegrityError, sa.exc.DataError, sa.exc.CompileError, ValueError) as error:
                raise BackupError(
                    f"a row of the table {table.name} does not fit: {getattr(error, 'orig', None) or error}",
                    mend="Nothing was changed. Use another copy of the backup, or an older one",
                ) from error
        _count_on(connection, table)


def _count_on(connection: sa.Connection, table: sa.Table) -> None:
    """Let PostgreSQL's counter of a table's keys go on after the last one; SQLite looks at the rows."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key.columns:
        literal = sa.func.pg_get_serial_sequence(table.name, column.name)
        if connection.scalar(sa.select(literal)) is None:
            continue
        last = connection.scalar(sa.select(sa.func.max(column)))
        if last is not None:
            connection.execute(sa.select(sa.func.setval(literal, last)))
