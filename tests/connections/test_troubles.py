"""What the last sweep could not read stands until it could be read again."""

from __future__ import annotations

from app.connections.troubles import list_troubles, note
from app.db import Database


def test_a_trouble_stands_since_it_began_until_it_is_over(db: Database) -> None:
    note(db, {"github:acme/a": "no answer", "github:acme/b": "refused"})
    (a, b) = list_troubles(db)
    assert (a["about"], a["what"], b["what"]) == ("github:acme/a", "no answer", "refused")
    note(db, {"github:acme/a": "refused"})
    (later,) = list_troubles(db)
    assert later == {"about": "github:acme/a", "what": "refused", "since": a["since"]}
    note(db, {})
    assert list_troubles(db) == []
