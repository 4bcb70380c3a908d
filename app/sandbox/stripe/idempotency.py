"""Answers kept under their idempotency keys. https://docs.stripe.com/api/idempotent_requests

An answer is kept once its endpoint has begun to work, also a refusal by the books and a 500; what was wrong
with the request itself, a conflict and a rate limit are not.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from app.sandbox.stripe.clock import DAY_S, Clock
from app.sandbox.stripe.errors import Refused

MAX_KEY = 255


@dataclass(frozen=True)
class Saved:
    """What was answered to a request, and when (seconds since the epoch, the sandbox's time)."""

    path: str
    form: str
    at_s: int
    status: int
    body: bytes


class SavedAnswers:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._saved: dict[str, Saved] = {}
        self._busy: set[str] = set()
        self._lock = threading.Lock()

    def begin(self, key: str, path: str, form: str) -> Saved | None:
        """The answer that was kept, or None: then the key is busy until `end`. Raises Refused."""
        if len(key) > MAX_KEY:
            raise Refused(f"Idempotency keys may be at most {MAX_KEY} characters.", kind="idempotency_error")
        with self._lock:
            if key in self._busy:
                raise Refused(
                    "There is currently another in-progress request using this Idempotency-Key (that probably"
                    " means you submitted twice, and the other request is still going through).",
                    code="idempotency_key_in_use",
                    kind="idempotency_error",
                    status=409,
                )
            self._prune()
            saved = self._saved.get(key)
            if saved and (saved.path, saved.form) != (path, form):
                raise Refused(
                    "Keys for idempotent requests can only be used with the same parameters and the same"
                    f" endpoint they were first used with ({saved.path}).",
                    kind="idempotency_error",
                )
            if saved is None:
                self._busy.add(key)
            return saved

    def keep(self, key: str, path: str, form: str, status: int, body: bytes) -> None:
        with self._lock:
            self._saved[key] = Saved(path, form, self._clock.now_s(), status, body)

    def end(self, key: str) -> None:
        """The request is over; the key is free again."""
        with self._lock:
            self._busy.discard(key)

    def forget(self, key: str) -> None:
        """The key was pruned early."""
        with self._lock:
            self._saved.pop(key, None)

    def _prune(self) -> None:
        """Stripe may forget a key after a day; this one does, so that nobody relies on more."""
        oldest_s = self._clock.now_s() - DAY_S
        self._saved = {key: saved for key, saved in self._saved.items() if saved.at_s > oldest_s}
