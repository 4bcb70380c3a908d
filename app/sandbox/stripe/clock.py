"""The sandbox's own time, which tests can move forward."""

from __future__ import annotations

import time

DAY_S = 86_400


class Clock:
    """Seconds since the epoch, as far ahead of this machine's time as `pass_time` made it."""

    def __init__(self) -> None:
        self._ahead_s = 0

    def now_s(self) -> int:
        return int(time.time()) + self._ahead_s

    def pass_time(self, seconds: int) -> None:
        """Raises ValueError for anything but a whole number of at least 0: time does not go back."""
        if type(seconds) is not int or seconds < 0:
            raise ValueError("seconds must be a whole number of at least 0")
        self._ahead_s += seconds
