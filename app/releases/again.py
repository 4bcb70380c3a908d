"""Having a milestone looked at without a forge's delivery: a row in the same inbox, handled like theirs."""

from __future__ import annotations

import json
import uuid
from typing import Any

import sqlalchemy as sa

from app.inbox.store import NewDelivery, add

SOURCE = "closeout"
"""What the inbox calls deliveries that Closeout sends to itself."""


def look_again(connection: sa.Connection, release_id: str, why: str) -> None:
    """Have a milestone decided again soon, as part of the caller's transaction."""
    contract, _, index = release_id.rpartition("/")
    body: dict[str, Any] = {"contract": contract, "index": int(index), "why": why}
    row = NewDelivery(SOURCE, "", f"{release_id}/{uuid.uuid4()}", {}, json.dumps(body).encode())
    add(connection, [row])
