"""What a counterpart saw and did, in order, never changed: the truth that tests compare everything with."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class Journal:
    """An append-only list of entries {"seq", "at", "kind", …}; with a path also one JSON line each.

    A line is with the operating system before the entry counts as made, so whoever kills this process, or
    another one, can still read what was booked.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._entries: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._file = path.open("a", encoding="utf-8", buffering=1) if path else None

    def add(self, kind: str, **facts: Any) -> None:
        with self._lock:
            entry = {
                "seq": len(self._entries) + 1,
                "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "kind": kind,
                **facts,
            }
            if self._file:
                self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._entries.append(entry)

    def entries(self, kind: str = "") -> list[dict[str, Any]]:
        """All entries, or those of one kind, oldest first."""
        with self._lock:
            return [dict(entry) for entry in self._entries if kind in ("", entry["kind"])]

    def close(self) -> None:
        if self._file:
            self._file.close()
