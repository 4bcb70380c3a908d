"""Writes down what a Python process writes elsewhere than it may. On PYTHONPATH it is run by `site`.

https://docs.python.org/3/library/audit_events.html
"""

from __future__ import annotations

import os
import sys
from typing import Any

ALLOWED = tuple(os.environ["WATCHED_ALLOWED"].split(":"))
REPORT = os.open(os.environ["WATCHED_REPORT"], os.O_WRONLY | os.O_APPEND)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGING = {
    "os.mkdir",
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "sqlite3.connect",
}


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        paths = arguments[:1] if isinstance(arguments[2], int) and arguments[2] & WRITING else ()
    elif event in CHANGING:
        paths = arguments[:2] if event in ("os.rename", "os.link") else arguments[:1]
    else:
        return
    for path in paths:
        if isinstance(path, (str, bytes, os.PathLike)):
            place = os.path.realpath(os.fsdecode(path))
            if not place.startswith(ALLOWED):
                os.write(REPORT, f"{event} {place}\n".encode())


sys.addaudithook(watch)
