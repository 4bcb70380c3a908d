"""A process that a script forks, since what is done there may kill it."""

from __future__ import annotations

import os
from collections.abc import Callable


def in_child(act: Callable[[], object]) -> int:
    """Do it in a process of its own, and answer how that ended: 0, or the signal's number below zero."""
    child = os.fork()
    if child == 0:
        act()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
