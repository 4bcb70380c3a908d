"""The switches that make the platform misbehave, each as often as it was told to."""

from __future__ import annotations

import threading

from app.sandbox.platform.fields import Refused

PLACES = (
    "open_invoice",
    "payout",
    "void_invoice",
    "reverse_payout",
    "credit_note",
    "ask",
    "list",
    "tell",
    "any",
)
BEFORE_BOOKING = ("saved_500", "500", "409", "429", "refuse_4xx", "410")
"""Nothing is booked. saved_500 is kept and replayed for its key; the others are gone on the next attempt."""
AFTER_BOOKING = ("accept_then_timeout", "reset", "slow_drip", "wrong_json", "wrong_amount", "wrong_currency")
"""The event is booked as usual, and then the answer goes wrong."""


class Faults:
    """A list of (place, kind, times left); the first that fits a request is used up by one."""

    def __init__(self) -> None:
        self._switches: list[tuple[str, str, int]] = []
        self._lock = threading.Lock()

    def switch_on(self, place: object, kind: object, times: object) -> None:
        """Raises Refused for a place, kind or count that does not exist."""
        if place not in PLACES or kind not in BEFORE_BOOKING + AFTER_BOOKING:
            raise Refused(
                "invalid_field", f"on: {', '.join(PLACES)}; kind: {', '.join(BEFORE_BOOKING + AFTER_BOOKING)}"
            )
        if type(times) is not int or times < 1:
            raise Refused("invalid_field", "times must be a whole number of at least 1", field="times")
        with self._lock:
            self._switches.append((str(place), str(kind), times))

    def clear(self) -> None:
        with self._lock:
            self._switches.clear()

    def take(self, place: str) -> str:
        """The fault that this request shall have, "" for none."""
        with self._lock:
            for number, (where, kind, times) in enumerate(self._switches):
                if where in (place, "any"):
                    self._switches[number : number + 1] = [(where, kind, times - 1)] if times > 1 else []
                    return kind
        return ""
