"""The switches that make a pretend counterpart misbehave, each as often as it was told to."""

from __future__ import annotations

import threading
from collections.abc import Collection

BEFORE_BOOKING = ("saved_500", "500", "409", "429", "refuse_4xx", "410")
"""Nothing is booked. saved_500 is kept and replayed for its key; the others are gone on the next attempt."""
AFTER_BOOKING = ("accept_then_timeout", "reset", "slow_drip", "wrong_json", "wrong_amount", "wrong_currency")
"""The request is booked as usual, and then the answer goes wrong."""


class Faults:
    """A list of (place, kind, times left); the first that fits a request is used up by one.

    `places` are the counterpart's own; the place "any" fits every request.
    """

    def __init__(
        self, places: Collection[str], kinds: Collection[str] = (*BEFORE_BOOKING, *AFTER_BOOKING)
    ) -> None:
        self._places, self._kinds = (*places, "any"), tuple(kinds)
        self._switches: list[tuple[str, str, int]] = []
        self._lock = threading.Lock()

    def switch_on(self, place: object, kind: object, times: object) -> None:
        """Raises ValueError for a place, kind or count that does not exist."""
        if place not in self._places or kind not in self._kinds:
            raise ValueError(f"on: {', '.join(self._places)}; kind: {', '.join(self._kinds)}")
        if type(times) is not int or times < 1:
            raise ValueError("times must be a whole number of at least 1")
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
