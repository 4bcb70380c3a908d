"""A thread that works while there is work, and otherwise sleeps until it is woken or a pause has passed."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger()


class Waker:
    """Wakes every loop: what one of them has done may be what another waits for."""

    def __init__(self) -> None:
        self.loops: tuple[Loop, ...] = ()

    def __call__(self) -> None:
        for loop in self.loops:
            loop.wake()


class Loop:
    """Calls `turn` again and again. `turn` does what is due and says whether more may be waiting.

    An error of a turn is logged and the loop goes on after its pause: this is the edge of its thread.
    """

    def __init__(self, name: str, turn: Callable[[], bool | None], *, pause_s: float = 1.0) -> None:
        self.name, self._turn, self._pause_s = name, turn, pause_s
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Something was just made due: look at once."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the turn in hand and end the thread."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                more = self._turn()
            except Exception:
                log.exception("a turn failed; the loop goes on", loop=self.name)
                more = False
            if not more:
                self._wake.wait(self._pause_s)
