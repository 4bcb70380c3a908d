"""Up to when things were swept: a row per repository, one per App (its name ""), and one for all ("", "")."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import insert_or_ignore
from app.releases.tables import sweeps

WHOLE = ("", "")
"""The mark of the last sweep that read everything; by our own clock."""


def read_mark(connection: sa.Connection, forge: str, full_name: str) -> str | None:
    """The mark of a repository of the connection `forge`, None before its first sweep."""
    place = {"connection": forge, "full_name": full_name.lower()}
    return connection.scalar(sa.select(sweeps.c.swept_until).filter_by(**place))


def set_mark(connection: sa.Connection, forge: str, full_name: str, until: str) -> None:
    """Set it as part of the caller's transaction; it may also go back."""
    place = {"connection": forge, "full_name": full_name.lower()}
    changed = connection.execute(sa.update(sweeps).filter_by(**place).values(swept_until=until))
    if changed.rowcount == 0:
        connection.execute(insert_or_ignore(connection, sweeps).values(**place, swept_until=until))
