"""What was read before a decision, and what a decision is. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from app.events import HistoryEntry, Issue, Person, Role
from app.milestones.rules import NamedPerson

Verdict = Literal["release", "wait", "hold"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One issue of the milestone as it is now.

    `closing` and `labeling` are the last times that it was closed and that it got the milestone's label (or
    was put into the forge's milestone), `reopening` the last time that it was reopened, `unholding` the last
    time that the hold label came off; None where that was not asked for, or is not told. Each role is that
    person's present one. `was_asked` says whether the history was read: while other issues are open that can
    wait. `other_labels` belong to other milestones; `label_problem` says why the label is not the one that
    the contract was accepted with, "" if it is.
    """

    connection: str
    issue: Issue
    was_asked: bool = False
    closing: HistoryEntry | None = None
    closer_role: Role | None = None
    labeling: HistoryEntry | None = None
    labeler_role: Role | None = None
    reopening: HistoryEntry | None = None
    reopener_role: Role | None = None
    unholding: HistoryEntry | None = None
    unholder_role: Role | None = None
    other_labels: tuple[str, ...] = ()
    label_problem: str = ""

    @property
    def name(self) -> str:
        return f"#{self.issue.number}"

    @property
    def closer(self) -> Person | None:
        """Who closed it: the merger, where a pull request did."""
        return self.closing.by if self.closing else self.issue.closed_by


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that was read for one milestone.

    `ids` are the numeric ids of the people whom the contract names, as stored when each was first seen.
    `native_problem` says why the forge's own milestone is not the one that bore its title when it was first
    seen, "" if it is. `is_native_open`: the forge's own milestone is still open; None for a milestone that
    goes by a label, "missing" where no repository has a milestone of that title.
    """

    seen: tuple[Seen, ...]
    ids: Mapping[NamedPerson, str] = field(default_factory=dict)
    native_problem: str = ""
    is_native_open: bool | Literal["missing"] | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a person has to look. An approval covers one `key`, for ever; "" can only be mended.

    `by` are the people it is about, (connection, id, login): they do not approve it.
    """

    text: str
    key: str = ""
    by: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, the sentence that tells it to people, and everything that it rests on."""

    verdict: Verdict
    reason: str
    evidence: dict[str, Any] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()
