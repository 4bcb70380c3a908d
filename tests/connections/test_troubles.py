"""What the last sweep could not read stands until it could be read again."""

from __future__ import annotations

from app.connections.troubles import list_troubles, note
from app.db import Database


def present(db: Database) -> list[dict[str, str]]:
    with db.reading() as reading:
        return list_troubles(reading)


def test_a_trouble_stands_since_it_began_until_it_is_over(db: Database) -> None:
    note(db, {"github:acme/a": "no answer", "github:acme/b": "refused"})
    (a, b) = present(db)
    assert (a["about"], a["what"], b["what"]) == ("github:acme/a", "no answer", "refused")
    note(db, {"github:acme/a": "refused"})
    (later,) = present(db)
    assert later == {"about": "github:acme/a", "what": "refused", "since": a["since"]}
    note(db, {})
    assert present(db) == []
