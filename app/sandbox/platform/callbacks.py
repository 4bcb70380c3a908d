"""Calls the product back, signed, until it says 2xx or the patience is over."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import requests
from standardwebhooks import Webhook

from app.sandbox.platform.agenda import Agenda
from app.sandbox.platform.journal import Journal

WAITS_S = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""The pause before each attempt; a sandbox is not patient for days."""
TIMEOUT_S = 5


class Callbacks:
    """Sends callbacks to `url`, which may be set later; while it is empty, none are sent.

    Each callback keeps its id and its bytes over all attempts; the signature is made anew for each.
    """

    def __init__(
        self, secret: str, url: str, journal: Journal, facts: Callable[[str], dict[str, Any]]
    ) -> None:
        self.url = url
        self._secret, self._journal, self._facts = secret, journal, facts
        self._agenda = Agenda("sandbox-platform-callbacks")
        self._numbers = itertools.count(1)

    def start(self) -> None:
        self._agenda.start()

    def stop(self) -> None:
        self._agenda.stop()

    def tell(self, kind: str, event_id: str) -> None:
        """Queue one callback about what happened to the event of ours that ordered it."""
        if not self.url:
            return
        callback_id = f"cb_{next(self._numbers):06d}"
        data = {"event_id": event_id, **self._facts(event_id)}
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        callback = {"event": kind, "id": callback_id, "created_at": now, "data": data}
        body = json.dumps(callback, ensure_ascii=False, separators=(",", ":"))
        self._agenda.after(WAITS_S[0], lambda: self._attempt(callback_id, kind, body, 0))

    def _attempt(self, callback_id: str, kind: str, body: str, number: int) -> None:
        now = datetime.now(UTC)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": callback_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self._secret).sign(callback_id, now, body),
        }
        try:
            with requests.Session() as session:
                session.trust_env = False
                status = session.post(
                    self.url, data=body.encode(), headers=headers, timeout=TIMEOUT_S, allow_redirects=False
                ).status_code
        except requests.RequestException:
            status = 0
        self._journal.add("callback", id=callback_id, event=kind, attempt=number + 1, status=status)
        taken = 200 <= status < 300 or status == 410
        if not taken and number + 1 < len(WAITS_S):
            self._agenda.after(
                WAITS_S[number + 1], lambda: self._attempt(callback_id, kind, body, number + 1)
            )
