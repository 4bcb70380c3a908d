"""Where all of the sandbox's objects lie, each as the JSON that Stripe would answer. No rules here."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from typing import Any

from app.sandbox.stripe.clock import Clock
from app.sandbox.stripe.errors import missing

Paper = dict[str, Any]
"""One object in Stripe's shape."""
LINES_SHOWN = 10
"""How many lines an invoice or a credit note carries itself; the others are asked for by page."""


class Shelf:
    """Objects by their id, oldest first. `extras` are fields that Stripe answers only when they are expanded,
    by object name and field, each made from the object when it is asked for.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.extras: dict[tuple[str, str], Callable[[Paper], Any]] = {}
        self._papers: dict[str, Paper] = {}
        self._numbers = itertools.count(1)

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_1Sbx{next(self._numbers):08d}"

    def put(self, paper: Paper) -> Paper:
        self._papers[paper["id"]] = paper
        return paper

    def drop(self, paper_id: str) -> None:
        self._papers.pop(paper_id, None)

    def find(self, paper_id: str) -> Paper | None:
        return self._papers.get(paper_id)

    def get(self, kind: str, paper_id: str, param: str, *, status: int = 400) -> Paper:
        """The object itself, to be changed. Raises Refused: 404 in an address, 400 in a parameter."""
        paper = self._papers.get(paper_id)
        if paper is None or paper["object"] != kind:
            raise missing(kind, paper_id, param, status)
        return paper

    def every(self, kind: str, **facts: Any) -> list[Paper]:
        """All objects of a kind whose fields are these, newest first."""
        found = [
            one
            for one in self._papers.values()
            if one["object"] == kind and all(one.get(name) == value for name, value in facts.items())
        ]
        return found[::-1]

    def view(self, paper: Paper) -> Paper:
        """A copy to answer with. Status of a balance transaction comes from the clock."""
        shown = copy.deepcopy(paper)
        if shown["object"] == "balance_transaction" and shown["available_on"] <= self.clock.now_s():
            shown["status"] = "available"
        if shown["object"] in ("invoice", "credit_note"):
            lines = shown["lines"]
            lines["has_more"] = len(lines["data"]) > LINES_SHOWN
            lines["data"] = lines["data"][:LINES_SHOWN]
        return shown


def listed(data: list[Any], url: str, *, has_more: bool = False) -> Paper:
    """Stripe's list object."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}
