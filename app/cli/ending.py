"""Ending when told to: in order where that is possible, and in time in any case."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import structlog

log = structlog.get_logger()

END_WITHIN_S = 40
"""Longer than the engine waits for a step in hand; with the 15 s of the requests in hand less than the
minute that compose.yaml gives a container to stop."""


def in_time(stop: Callable[[], None]) -> Callable[[], None]:
    """`stop`, after which the process is gone within `END_WITHIN_S`, whatever it hangs on.

    What is in hand then is taken up at the next start, as after a kill: that is why the exit status is 0.
    """

    def stopping() -> None:
        last = threading.Timer(END_WITHIN_S, _leave)
        last.daemon = True
        last.start()
        stop()

    return stopping


@contextmanager
def told_to_end() -> Iterator[threading.Event]:
    """Inside the block SIGTERM and SIGINT set the event, also while the parts are still being started.

    A second signal ends the process at once.
    """
    told = threading.Event()

    def hear(number: int, _frame: FrameType | None) -> None:
        if told.is_set():
            os._exit(128 + number)
        told.set()

    before = {number: signal.signal(number, hear) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave() -> None:
    log.warning("left with work in hand, which the next start takes up", after_s=END_WITHIN_S)
    os._exit(0)
