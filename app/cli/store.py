"""Opening the database for a command that reads it or leaves an order in it."""

from __future__ import annotations

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
