"""Having a milestone looked at without a forge's delivery: a row in the same inbox, handled like theirs."""

from __future__ import annotations

import json
import uuid

import sqlalchemy as sa

from app.inbox.store import NewDelivery, add
from app.releases.names import place_of

SOURCE = "closeout"
"""What the inbox calls deliveries that Closeout sends to itself."""


def look_again(connection: sa.Connection, release_id: str, why: str) -> None:
    """Have a milestone decided again soon, as part of the caller's transaction."""
    add(connection, [another_look(f"{release_id}/{uuid.uuid4()}", release_id, why)])


def another_look(name: str, release_id: str, why: str, *, is_word: bool = False) -> NewDelivery:
    """The delivery that asks for it, as `own_events.py` reads it; of several with one `name` one counts.

    `is_word`: what is to be looked at are the comments on its issues.
    """
    contract, index = place_of(release_id)
    body = {"contract": contract, "index": index, "why": why, "is_word": is_word}
    return NewDelivery(SOURCE, "", name, {}, json.dumps(body).encode())
