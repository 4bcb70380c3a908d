"""Opening the database for a command that reads it or leaves an order in it; or one to throw away."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from app.db import Database
from app.errors import CloseoutError
from app.settings import Settings


@contextmanager
def opened() -> Iterator[Database]:
    """The database of the environment's settings. Raises CloseoutError where a server never ran."""
    settings = Settings.load()
    if settings.is_sqlite and not Path(make_url(settings.database_url).database or "").exists():
        raise CloseoutError(
            "there is no database yet",
            where=settings.database_url,
            mend="Run closeout serve first, or point CLOSEOUT_DATABASE_URL at its database",
        )
    db = Database(settings.database_url)
    try:
        yield db
    finally:
        db.close()


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
