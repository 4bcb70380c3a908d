"""Remembering ids while names still mean what the contracts mean: labels, milestones, and people.

Each costs a request only while it was never seen; what is not there, or not what it was, is told once.
"""

from __future__ import annotations

import structlog

from app.errors import ForgeNotFound
from app.events import Repository
from app.forges.base import Forge
from app.milestones.book import Book
from app.milestones.rules import NamedPerson
from app.releases.decision.gather import named_in
from app.releases.decision.identities import Identities
from app.releases.sweep.known import Place

log = structlog.get_logger()


class Pins:
    """What the sweeps of one process have pinned and told so far."""

    def __init__(self, book: Book, identities: Identities) -> None:
        self._book, self._identities = book, identities
        self._people: set[NamedPerson] = set()
        self._told: dict[str, dict[str, str]] = {}

    def people(self, connection: str) -> None:
        """Pin whom the contracts name, before their logins can be taken over. Raises ForgeError."""
        named = {
            name
            for contract in self._book.current.contracts.values()
            for milestone in contract.milestones
            for name in named_in(contract, milestone)
            if name.connection == connection
        }
        self._people |= self._identities.people(named - self._people).keys()

    def place(self, place: Place, forge: Forge, repository: Repository) -> bool:
        """Pin what stands for the milestones of a repository. Raises ForgeError.

        Answers whether any of it was seen for the first time just now: then nobody has looked at its issues.
        """
        problems: dict[str, str] = {}
        is_new = [
            self._labels(place, forge, repository, problems),
            self._milestones(place, forge, repository, problems),
        ]
        told, self._told[str(place.key)] = self._told.get(str(place.key), {}), problems
        for name in sorted(problems):
            if problems[name] != told.get(name):
                log.warning("a milestone's label is not there", where=str(place.key), problem=problems[name])
        return any(is_new)

    def _labels(self, place: Place, forge: Forge, repository: Repository, problems: dict[str, str]) -> bool:
        connection = place.key.connection
        unpinned = self._identities.unpinned(connection, repository, place.labels)
        if not unpinned:
            return False
        listed = {label.name: label for label in forge.list_labels(repository)}
        for name in place.labels:
            problem = f"the forge has no label {name}"
            if name in listed:
                problem = self._identities.label_problem(connection, repository, listed[name])
            if problem:
                problems[name] = problem
        return any(name in listed and listed[name].id and name not in problems for name in unpinned)

    def _milestones(
        self, place: Place, forge: Forge, repository: Repository, problems: dict[str, str]
    ) -> bool:
        """The same for the forge's own milestones, each of which is asked for by itself."""
        is_new = False
        unpinned = self._identities.unpinned(place.key.connection, repository, place.natives, "milestone")
        for title in sorted(unpinned):
            try:
                found = forge.read_milestone(repository, title)
            except ForgeNotFound:
                problems[f"milestone {title}"] = f"the forge has no milestone {title}"
                continue
            if problem := self._identities.milestone_problem(place.key, repository, found):
                problems[f"milestone {title}"] = problem
            else:
                is_new = True
        return is_new
