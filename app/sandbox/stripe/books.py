"""What all desks of the sandbox share: the objects, the journal, the clock, the events and the one lock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from app.sandbox.journal import Journal
from app.sandbox.stripe.clock import Clock
from app.sandbox.stripe.shelf import Paper, Shelf

Params = dict[str, Any]
"""The checked parameters of a request."""


class Books:
    """Whoever reads or changes an object holds `lock`. `tell(kind, object)` records an event about it.

    `settle_after_s`: how long a client's card payment takes until it is available.
    """

    def __init__(
        self,
        journal: Journal,
        base_url: str,
        tell: Callable[[str, Paper, Paper | None], None],
        settle_after_s: int,
    ) -> None:
        self.lock = threading.RLock()
        self.journal, self.base_url, self.settle_after_s = journal, base_url, settle_after_s
        self.clock = Clock()
        self.shelf = Shelf(self.clock)
        self._tell = tell

    def tell(self, kind: str, paper: Paper, before: Paper | None = None) -> None:
        """`before`: the fields that changed, as they were, for an event of type *.updated."""
        self._tell(kind, self.shelf.view(paper), before)


def tags(paper: Paper) -> dict[str, Any]:
    """What Closeout's metadata says an object is about, in the journal's words."""
    metadata = paper.get("metadata") or {}
    return {
        "event_id": metadata.get("closeout_event", ""),
        "contract_id": metadata.get("closeout_contract", ""),
        "milestone_index": _number(metadata.get("closeout_milestone", "")),
        "revision": _number(metadata.get("closeout_revision", "")),
    }


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def kept_metadata(given: Any, before: dict[str, str] | None = None) -> dict[str, str]:
    """Metadata after a request: an empty text takes a key away, an empty metadata takes all of them."""
    if given == "":
        return {}
    together = {**(before or {}), **(given or {})}
    return {key: text for key, text in together.items() if text != ""}
