"""A thread that works while there is work, and otherwise sleeps until it is woken or a pause has passed."""

from __future__ import annotations

import random
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

    An error of a turn is logged and the loop goes on after its pause: this is the edge of its thread. With
    `first_s` the first turn waits for so long; `jitter` 0.2 varies that and each pause by up to a fifth, so
    that servers which started together do not work together. A turn that may take long is told to end by
    `hurry`, and is left behind after `patience_s`: the process ends without it.
    """

    def __init__(
        self,
        name: str,
        turn: Callable[[], bool | None],
        *,
        pause_s: float = 1.0,
        first_s: float = 0.0,
        jitter: float = 0.0,
        hurry: Callable[[], None] = lambda: None,
        patience_s: float | None = None,
    ) -> None:
        self.name, self._turn, self._pause_s, self._first_s = name, turn, pause_s, first_s
        self._jitter, self._hurry, self._patience_s = jitter, hurry, patience_s
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Something was just made due: look at once."""
        self._wake.set()

    def finish(self) -> None:
        """Take no further turn after the one in hand."""
        self._stopping.set()
        self._wake.set()
        self._hurry()

    def stop(self) -> None:
        """The same, and wait for the thread to end."""
        self.finish()
        if self._thread.is_alive():
            self._thread.join(self._patience_s)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        if self._first_s:
            self._wake.wait(self._varied(self._first_s))
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                more = self._turn()
            except Exception:  # the edge of this thread
                log.exception("a turn failed; the loop goes on", loop=self.name)
                more = False
            if not more and not self._stopping.is_set():  # else the wake of `stop` may be cleared already
                self._wake.wait(self._varied(self._pause_s))

    def _varied(self, pause_s: float) -> float:
        return pause_s * random.uniform(1 - self._jitter, 1 + self._jitter)  # noqa: S311 - no secret
