"""Calls the product back, signed, until it says 2xx or the patience is over."""

from __future__ import annotations

from collections.abc import Callable

import requests

from app.sandbox.agenda import Agenda
from app.sandbox.journal import Journal

WAITS_S = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""The pause before each attempt; a sandbox is not patient for days."""
TIMEOUT_S = 5


class Callbacks:
    """Sends callbacks to `url`, which may be set later; while it is empty, none are sent.

    Each callback keeps its id and its bytes over all attempts; `sign(id, body)` answers the headers that
    prove its sender, made anew for each attempt.
    """

    def __init__(
        self, name: str, url: str, journal: Journal, sign: Callable[[str, bytes], dict[str, str]]
    ) -> None:
        self.url = url
        self._journal, self._sign = journal, sign
        self._agenda = Agenda(name)

    def start(self) -> None:
        self._agenda.start()

    def stop(self) -> None:
        self._agenda.stop()

    def send(self, callback_id: str, kind: str, body: bytes) -> None:
        """Queue one callback; `kind` is for the journal."""
        if self.url:
            self._agenda.after(WAITS_S[0], lambda: self._attempt(callback_id, kind, body, 0))

    def _attempt(self, callback_id: str, kind: str, body: bytes, number: int) -> None:
        headers = {"Content-Type": "application/json", **self._sign(callback_id, body)}
        try:
            with requests.Session() as session:
                session.trust_env = False
                status = session.post(
                    self.url, data=body, headers=headers, timeout=TIMEOUT_S, allow_redirects=False
                ).status_code
        except requests.RequestException:
            status = 0
        self._journal.add("callback", id=callback_id, event=kind, attempt=number + 1, status=status)
        taken = 200 <= status < 300 or status == 410
        if not taken and number + 1 < len(WAITS_S):
            self._agenda.after(
                WAITS_S[number + 1], lambda: self._attempt(callback_id, kind, body, number + 1)
            )
