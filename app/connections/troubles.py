"""What the last sweep could not read, so that it stands wherever people look until it could be read again."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from app.connections.tables import troubles
from app.db import Database, now


def note(db: Database, present: Mapping[str, str]) -> None:
    """`present` says what could not be read, and why; all that was noted before and is not in it is over."""
    with db.reading() as reading:
        before = {row.about: row.what for row in reading.execute(sa.select(troubles))}
    if before == present:
        return
    with db.transaction() as writing:
        writing.execute(sa.delete(troubles).where(troubles.c.about.not_in(list(present))))
        for about, what in present.items():
            mine = troubles.c.about == about
            changed = writing.execute(sa.update(troubles).where(mine).values(what=what))
            if changed.rowcount == 0:
                writing.execute(sa.insert(troubles).values(about=about, what=what, since=now()))


def list_troubles(reading: sa.Connection) -> list[dict[str, str]]:
    """{about, what, since (RFC 3339)} of everything that could not be read by the last sweep."""
    found = reading.execute(sa.select(troubles).order_by(troubles.c.about)).mappings()
    return [{"about": row["about"], "what": row["what"], "since": row["since"]} for row in found]
