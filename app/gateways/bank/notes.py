"""What an import leaves in the inbox: which order has news. It is a hint, as all callbacks are. Pure."""

from __future__ import annotations

import json

from app import strictjson
from app.errors import PayloadError
from app.events import GatewayEvent


def write_note(event_id: str, kind: str, delivery_id: str) -> bytes:
    """The delivery's body; `kind` is invoice.changed or payout.changed."""
    return json.dumps({"event_id": event_id, "kind": kind, "delivery_id": delivery_id}).encode()


def read_note(body: bytes) -> GatewayEvent:
    """The inverse. Raises PayloadError."""
    note = strictjson.loads(body)
    words = [note.get(name) for name in ("kind", "event_id", "delivery_id")] if isinstance(note, dict) else []
    kind, event_id, delivery_id = (word if isinstance(word, str) else "" for word in words or ("", "", ""))
    if not (kind and event_id and delivery_id):
        raise PayloadError("this is no note of an import", where="body")
    return GatewayEvent(kind, "", "", event_id, delivery_id=delivery_id)
