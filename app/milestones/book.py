"""The contracts in force: the file is read again when it changed, and a bad one never replaces a good one."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from app.milestones import document
from app.milestones.contract import Configuration
from app.milestones.problems import ConfigurationInvalid, Problem

SETTLED_NS = 50_000_000
"""A file that is younger than this may change again without a visible change of its time stamp, whose grain
is a tick of the kernel's clock (up to 10 ms); its content is compared until it has settled."""

SHOWN = 20
"""How many names a log line carries."""

NOTHING = Configuration("", {}, {}, {}, {}, {}, {}, frozenset())
"""What is in force while there is no file."""

log = structlog.get_logger(__name__)

Stamp = tuple[int, int, int]

Watcher = Callable[[Configuration | None, Configuration], None]
"""Is told of the configuration before (None at the start) and of the one that is now in force."""


class Book:
    """Holds one Configuration and swaps it as a whole; threads may read `current` and refresh at any time.

    Raises ConfigurationInvalid when the first reading fails: nothing starts on a bad file. Later a bad or
    missing file changes nothing but `problem`, which says what is wrong until it is mended. With `may_come`
    the file may be missing at the start: nothing is under contract until it comes.
    """

    def __init__(self, path: Path, *, may_come: bool = False) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._current, self._tried = NOTHING, b""
        if not (may_come and not path.exists()):
            data = document.read_bytes(path)
            self._current = document.parse(data, str(path))
            self._tried = _digest(data)
        self._stamp: Stamp = (0, 0, 0)
        self._is_settled = False
        self._watcher: Watcher = lambda _old, _new: None
        self.problem: str | None = None if self._tried else f"there is no contract file yet: {path}"

    @property
    def current(self) -> Configuration:
        """The configuration in force. Keep the value while working on one event; it never changes itself."""
        return self._current

    def watch(self, watcher: Watcher) -> None:
        """Tell `watcher` of the configuration in force at once, and again after each time that it changed."""
        self._watcher = watcher
        watcher(None, self._current)

    def refresh(self, *, wait: bool = False) -> None:
        """Read the file again if it changed since the last reading; costs one `stat` if it did not.

        Returns at once when another thread is at it, unless it is to `wait` for its turn.
        """
        if not self._lock.acquire(blocking=wait):
            return
        try:
            self._refresh()
        except ConfigurationInvalid as invalid:
            self._keep_old(invalid.problems)
        finally:
            self._lock.release()

    def _refresh(self) -> None:
        if self._current is NOTHING and not self._path.exists():
            return
        if self._is_settled and self._stamp == self._glance():
            return
        tried, self._tried, self._is_settled = self._tried, b"", False
        taken = self._take()
        if taken is None:
            return
        data, self._stamp, self._is_settled = taken
        self._tried = _digest(data)
        if self._tried != tried:
            self._swap(document.parse(data, str(self._path)))

    def _glance(self) -> Stamp | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _take(self) -> tuple[bytes, Stamp, bool] | None:
        """The file's bytes, its stamp, and whether it has settled; None while somebody writes it."""
        before = self._glance()
        data = document.read_bytes(self._path)
        after = self._glance()
        if before is None or before != after:
            return None
        return data, after, abs(time.time_ns() - after[0]) > SETTLED_NS

    def _swap(self, new: Configuration) -> None:
        old, self._current, self.problem = self._current, new, None
        log.info("configuration.reloaded", path=str(self._path), **_changes(old, new))
        self._watcher(old, new)

    def _keep_old(self, problems: tuple[Problem, ...]) -> None:
        problem = str(problems[0]) + (f" (and {len(problems) - 1} more)" if len(problems) > 1 else "")
        if problem != self.problem:
            shown = [str(one) for one in problems[:SHOWN]]
            log.error("configuration.refused", path=str(self._path), kept="the one before", problems=shown)
        self.problem = problem


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _changes(old: Configuration, new: Configuration) -> dict[str, Any]:
    """Names of what was added, removed and changed, for the log."""
    changes: dict[str, Any] = {}
    for noun in ("contracts", "connections", "gateways"):
        before: Mapping[str, object] = getattr(old, noun)
        after: Mapping[str, object] = getattr(new, noun)
        both = before.keys() & after.keys()
        for verb, names in (
            ("added", after.keys() - before.keys()),
            ("removed", before.keys() - after.keys()),
            ("changed", {name for name in both if before[name] != after[name]}),
        ):
            if names:
                changes[f"{noun}_{verb}"] = sorted(names)[:SHOWN]
    return changes
