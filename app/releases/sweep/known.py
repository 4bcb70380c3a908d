"""What a sweep compares with: the milestones of a repository, and what is written down of each.

Costs a few queries per repository in which something changed, whatever the number of contracts.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from app.db import Database
from app.events import Issue
from app.milestones.contract import Configuration, Milestone, RepositoryKey
from app.releases.decision.evidence import billed_in
from app.releases.decision.record import is_decided_again
from app.releases.facts import contract_of
from app.releases.names import release_id
from app.releases.sweep.findings import Known
from app.releases.tables import billed_issues, holds, releases

CHUNK = 500
"""So many values one query names: databases bound the number of its parameters."""


@dataclass(slots=True)
class Place:
    """A repository of some contracts, with their milestones in it by the ids of their releases.

    `labels` and `natives` (titles of the forge's own milestones) lead to those ids.
    """

    key: RepositoryKey
    milestones: dict[str, Milestone] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    natives: dict[str, str] = field(default_factory=dict)


def places(configuration: Configuration) -> dict[str, list[Place]]:
    """All repositories of all contracts, by connection; each once, however many contracts name it."""
    found: dict[str, dict[str, Place]] = defaultdict(dict)
    for contract in configuration.contracts.values():
        for key in contract.repositories:
            place = found[key.connection].setdefault(key.full_name.lower(), Place(key))
            for milestone in contract.milestones:
                identity = release_id(contract.id, milestone.index)
                place.milestones[identity] = milestone
                if milestone.label:
                    place.labels[milestone.label] = identity
                elif milestone.native:
                    place.natives[milestone.native] = identity
    return {connection: list(repositories.values()) for connection, repositories in found.items()}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A milestone that waits, as it seems, for nothing but that the forge's own milestone is closed.

    `changed_at` is when its release last moved.
    """

    release_id: str
    title: str
    changed_at: str


class Notebook:
    """What is written down of the milestones of one repository."""

    def __init__(self, place: Place, rows: Mapping[str, sa.RowMapping], reopened: set[str]) -> None:
        self._place = place
        self._known: dict[str, Known] = {
            identity: Known(milestone) for identity, milestone in place.milestones.items()
        }
        self._by_issue: defaultdict[str, list[Known]] = defaultdict(list)
        self.waiting: list[Waiting] = []
        for identity, row in rows.items():
            self._take(identity, row, is_reopened=identity in reopened)

    def concerned(self, issue: Issue) -> Iterator[Known]:
        """The milestones that an issue belongs to now, and those of which it was a part."""
        for label in issue.labels:
            if label.name in self._place.labels:
                yield self._known[self._place.labels[label.name]]
        if issue.milestone in self._place.natives:
            yield self._known[self._place.natives[issue.milestone]]
        yield from self._by_issue.get(issue.id, ())

    def _take(self, identity: str, row: sa.RowMapping, *, is_reopened: bool) -> None:
        is_released = row["snapshot"] is not None and not is_decided_again(row)
        if row["snapshot"] is not None:
            milestone = contract_of(row).milestone(row["milestone_index"])
        else:
            present = self._place.milestones.get(identity)
            if present is None or row["label"] != present.trigger:
                return  # it was about another milestone, which had this number before
            milestone = present
        evidence = json.loads(row["evidence"])
        issues = billed_in(evidence) if is_released else evidence.get("issues", [])
        if is_released and row["state"] in ("refunding", "refunded"):
            issues = []
        known = Known(
            milestone,
            {one["id"]: one for one in issues if one["connection"] == self._place.key.connection},
            is_released=is_released,
            is_reopened=is_reopened or row["recalled"] is not None or row["state"] == "withdrawn",
        )
        self._known[identity] = known
        for issue_id in known.issues:
            self._by_issue[issue_id].append(known)
        is_done = bool(issues) and not any(one["is_open"] for one in issues)
        if milestone.native in self._place.natives and is_done and not is_released and row["state"] != "held":
            self.waiting.append(Waiting(identity, milestone.native, row["updated_at"]))


def read_notebook(db: Database, place: Place, found: Sequence[Issue]) -> Notebook:
    """Read what is known of the milestones of `place`, and of whatever billed one of the `found` issues."""
    rows: dict[str, sa.RowMapping] = {}
    reopened: set[str] = set()
    with db.reading() as connection:
        billing: set[str] = set()
        for ids in chunks(issue.id for issue in found):
            of_ids = (billed_issues.c.connection == place.key.connection) & billed_issues.c.issue_id.in_(ids)
            billing.update(connection.scalars(sa.select(billed_issues.c.release_id).where(of_ids)))
        for identities in chunks({*place.milestones, *billing}):
            query = sa.select(releases).where(releases.c.id.in_(identities))
            rows |= {row["id"]: row for row in connection.execute(query).mappings()}
            held = sa.select(holds.c.release_id).where(
                holds.c.release_id.in_(identities), holds.c.lifted_at.is_(None), holds.c.source == "reopened"
            )
            reopened.update(connection.scalars(held))
    return Notebook(place, rows, reopened)


def chunks(values: Iterable[str]) -> Iterator[list[str]]:
    """The values in lists that are short enough for one query."""
    listed = sorted(values)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]
