"""Opening the database for a command that reads it or leaves an order in it; or one to throw away."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import inspect, make_url

from app.db import Database
from app.errors import CloseoutError
from app.settings import Settings


class NoDatabase(CloseoutError):
    """No server ever ran on the database of the settings, or they name the wrong one."""


@contextmanager
def opened() -> Iterator[Database]:
    """The database of the environment's settings. Raises NoDatabase where a server never ran."""
    settings = Settings.load()
    url = make_url(settings.database_url)
    missing = NoDatabase(
        "there is no database yet",
        where=url.render_as_string(hide_password=True),
        mend="Run closeout serve first, or point CLOSEOUT_DATABASE_URL at its database",
    )
    if settings.is_sqlite and not Path(url.database or "").exists():
        raise missing
    db = Database(settings.database_url)
    try:
        with db.reading() as connection:
            tables = set(inspect(connection).get_table_names())
        if "releases" not in tables:
            raise missing
        if not {"vault", "hooks", "switched_off", "bank_orders"} <= tables:
            raise CloseoutError(
                "the database is that of an older version",
                where=url.render_as_string(hide_password=True),
                mend="Start closeout serve once: it brings the database up to date",
            )
        yield db
    finally:
        db.close()


@contextmanager
def opened_or_made() -> Iterator[Database]:
    """The database of the settings; made where there is none, as the first start of a server would."""
    from app import migrations

    try:
        with opened() as db:
            yield db
    except NoDatabase:
        db = Database(Settings.load().database_url)
        try:
            migrations.upgrade(db)
            yield db
        finally:
            db.close()


@contextmanager
def existing_or_scratch() -> Iterator[Database]:
    """The database of the settings where there is one, else an empty one."""
    try:
        with opened() as db:
            yield db
    except NoDatabase:
        with scratch() as db:
            yield db


@contextmanager
def scratch() -> Iterator[Database]:
    """An empty database of its own that is gone afterwards, for trying what must change nothing."""
    from app import migrations

    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{folder}/scratch.db")
        migrations.upgrade(db)
        try:
            yield db
        finally:
            db.close()
