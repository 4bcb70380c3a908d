"""This machine: the database, its version, the engine's lock, the disk, the key."""

from __future__ import annotations

import fcntl
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from app import migrations
from app.connections.finding import Finding
from app.db import Database
from app.errors import CloseoutError
from app.presence import count_workers
from app.settings import Settings
from app.wellformed import PREFIX

LEAST_FREE_BYTES = 500 * 1024**2
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[list[Finding], Database | None]]:
    """The database, None where it can not be worked with; and what is to be said of it and its machine."""
    found = [*_key(settings), *_disk(settings)]
    name = sa.make_url(settings.database_url).render_as_string(hide_password=True)
    if settings.is_sqlite and not Path(sa.make_url(settings.database_url).database or "").exists():
        mend = f"Start closeout serve once, or point {PREFIX}DATABASE_URL at its database"
        yield [*found, Finding("database", "broken", f"there is no database yet at {name}", mend)], None
        return
    try:
        db = Database(settings.database_url)
    except CloseoutError as error:
        yield [*found, Finding("database", "broken", error.what, error.mend)], None
        return
    try:
        problem = _version(db)
        if problem is None:
            found += [Finding("database", "ok", name), _server(settings, db)]
        else:
            found.append(problem)
        yield found, db if problem is None else None
    finally:
        db.close()


def _version(db: Database) -> Finding | None:
    """What is wrong with the database's version, None when it is the program's."""
    newest = migrations.newest()
    try:
        with db.reading() as reading:
            present = migrations.present_revision(reading)
    except CloseoutError as error:
        return Finding("database", "broken", error.what, error.mend)
    if present == newest:
        return None
    if present and not migrations.is_known(present):
        what = f"the database is of a newer version ({present}) than this program ({newest})"
        return Finding("database", "broken", what, "Use the version of Closeout that its server uses")
    what = f"the database is of an older version ({present or 'empty'}, not {newest})"
    return Finding("database", "broken", what, "Start closeout serve once: it brings it up to date")


def _server(settings: Settings, db: Database) -> Finding:
    """Whether a server is at work on it: the engine holds a lock while it runs."""
    if not _is_at_work(settings, db):
        return Finding("server", "warning", "no server is at work on this database", "closeout serve")
    return Finding("server", "ok", "a server is at work on this database")


def _is_at_work(settings: Settings, db: Database) -> bool:
    if not settings.is_sqlite:
        return count_workers(db) > 0
    try:
        with settings.lock_path.open("r", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _key(settings: Settings) -> Iterator[Finding]:
    if settings.is_key_given:
        yield Finding("key", "ok", f"{PREFIX}KEY is set")
    elif not settings.keys:
        yield Finding("key", "ok", "there is no key yet: it is made when it is first needed")
    elif settings.key_path.stat().st_mode & _OTHERS:
        what = f"others than its owner may read the key in {settings.key_path}"
        yield Finding("key", "broken", what, f"chmod 600 {settings.key_path}, then closeout vault rotate")
    else:
        yield Finding("key", "ok", f"{settings.key_path}: keep a copy of it apart from the backups")


def _disk(settings: Settings) -> Iterator[Finding]:
    """A full disk stops everything; with PostgreSQL it is another machine's."""
    if not settings.is_sqlite:
        return
    folder = Path(sa.make_url(settings.database_url).database or "").absolute().parent
    if folder.is_dir():
        free = shutil.disk_usage(folder).free
        if free < LEAST_FREE_BYTES:
            what = f"{free // 1024**2} MB are left on the disk of {folder}"
            yield Finding("disk", "broken", what, "Make room: on a full disk nothing is accepted or billed")
