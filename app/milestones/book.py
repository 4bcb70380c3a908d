"""The contracts in force: read again when their source changed; a bad file never replaces a good one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from app.milestones import document
from app.milestones.contract import Configuration
from app.milestones.problems import ConfigurationInvalid, Problem
from app.milestones.source import ContractFile, Source, Taken

SHOWN = 20
"""How many names a log line carries."""

NOTHING = Configuration("", {}, {}, {}, {}, {}, {}, frozenset())
"""What is in force while there is no file."""

log = structlog.get_logger(__name__)

Watcher = Callable[[Configuration | None, Configuration], None]
"""Is told of the configuration before (None at the start) and of the one that is now in force."""


class Book:
    """Holds one Configuration and swaps it as a whole; threads may read `current` and refresh at any time.

    Raises ConfigurationInvalid when the first reading fails: nothing starts on a bad file. Later a bad or
    missing file changes nothing but `problem`, which says what is wrong until it is mended. With `may_come`
    the file may be missing at the start: nothing is under contract until it comes.
    """

    def __init__(self, source: Source | Path, *, may_come: bool = False) -> None:
        """`source` is where the file is; a path is that of a file on this machine."""
        self._source: Source = ContractFile(source) if isinstance(source, Path) else source
        self._lock = threading.Lock()
        self._current, self._mistake, self._trouble = NOTHING, "", ""
        self._watcher: Watcher = lambda _old, _new: None
        missing = self._source.missing() if may_come else ""
        taken = None if missing else self._source.read()
        if taken is not None:
            self._current = _parsed(taken)
        self._heed(missing or self._source.trouble())

    @property
    def current(self) -> Configuration:
        """The configuration in force. Keep the value while working on one event; it never changes itself."""
        return self._current

    @property
    def problem(self) -> str | None:
        """What is wrong with the newest file, or keeps it from being read."""
        return self._mistake or self._trouble or None

    def watch(self, watcher: Watcher) -> None:
        """Tell `watcher` of the configuration in force at once, and again after each time that it changed."""
        self._watcher = watcher
        watcher(None, self._current)

    def refresh(self, *, wait: bool = False) -> None:
        """Read the source again if it changed since the last reading.

        Returns at once when another thread is at it, unless it is to `wait` for its turn.
        """
        if not self._lock.acquire(blocking=wait):
            return
        try:
            missing = self._source.missing() if self._current is NOTHING else ""
            if not missing and (taken := self._source.read()) is not None:
                self._swap(_parsed(taken))
            self._heed(missing or self._source.trouble())
        except ConfigurationInvalid as invalid:
            self._keep_old(invalid.problems)
        finally:
            self._lock.release()

    def _swap(self, new: Configuration) -> None:
        old, self._current, self._mistake = self._current, new, ""
        log.info("configuration.reloaded", path=new.path, **_changes(old, new))
        self._watcher(old, new)

    def _heed(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            log.warning("configuration.trouble", kept=self._current.path or "nothing", problem=trouble)
        self._trouble = trouble

    def _keep_old(self, problems: tuple[Problem, ...]) -> None:
        problem = str(problems[0]) + (f" (and {len(problems) - 1} more)" if len(problems) > 1 else "")
        if problem != self._mistake:
            shown = [str(one) for one in problems[:SHOWN]]
            log.error("configuration.refused", path=problems[0].file, kept="the one before", problems=shown)
        self._mistake = problem


def _parsed(taken: Taken) -> Configuration:
    return document.parse(taken.data, taken.name, taken.commit)


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
