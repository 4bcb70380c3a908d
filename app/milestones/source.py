"""Where a book's text comes from. Each source says what is new there, and what keeps it from saying so."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.milestones import document

SETTLED_NS = 50_000_000
"""A file that is younger than this may change again without a visible change of its time stamp, whose grain
is a tick of the kernel's clock (up to 10 ms); its content is compared until it has settled."""

Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Taken:
    """A version of the contract file: its bytes, the name that errors carry, the commit it was read at.

    `commit` is "" for a plain file.
    """

    data: bytes
    name: str
    commit: str = ""


class Source(Protocol):
    """A place where the contract file is."""

    def read(self) -> Taken | None:
        """What is there if it changed since the last reading, else None. Raises ConfigurationInvalid."""

    def missing(self) -> str:
        """Why nothing is there yet, "" where something is."""

    def trouble(self) -> str:
        """What keeps the newest version from being read, "" for nothing."""


class ContractFile:
    """A file on this machine. Looking again costs one `stat` where nothing changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: Stamp | None = None
        self._is_settled, self._digest = False, b""

    def missing(self) -> str:
        return "" if self._path.exists() else f"there is no contract file yet: {self._path}"

    def trouble(self) -> str:
        """Whatever is wrong with a file is wrong with its content."""
        return ""

    def read(self) -> Taken | None:
        """See Source; None as well while somebody writes the file."""
        if self._is_settled and self._stamp == self._glance():
            return None
        known, self._digest, self._is_settled = self._digest, b"", False
        before = self._glance()
        data = document.read_bytes(self._path)
        after = self._glance()
        if before is None or after is None or before != after:
            return None
        self._stamp, self._is_settled = after, abs(time.time_ns() - after[0]) > SETTLED_NS
        self._digest = hashlib.sha256(data).digest()
        return None if self._digest == known else Taken(data, str(self._path))

    def _glance(self) -> Stamp | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
