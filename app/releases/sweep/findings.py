"""Which of the issues that changed are news to us, and what a forge's delivery would have called it. Pure.

An issue is compared with what the last decision about its milestone knew of it. Where nothing differs that a
decision rests on, nothing follows, so that a sweep costs nothing where every webhook arrived.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from app.events import ForgeEventKind, Issue, Repository
from app.milestones.contract import Milestone
from app.releases.decision.judge import carries
from app.releases.sweep.window import is_before

MOST_FIRST: tuple[ForgeEventKind, ...] = ("issue.reopened", "issue.closed", "issue.labels_changed")
"""Of several milestones of one issue, the one that loses most gives the name."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is written down of one milestone: its issues, by their ids, as its last decision saw them.

    `is_released`: only what it billed matters to it, and what holds it. `is_reopened`: that one of its issues
    is open again is known, and a closing is what it waits for.
    """

    milestone: Milestone
    issues: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    is_released: bool = False
    is_reopened: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """What a delivery would have been called, and what the issue lost: labels, or forges' milestones."""

    kind: ForgeEventKind
    lost_labels: tuple[str, ...] = ()
    lost_titles: tuple[str, ...] = ()


def news(issue: Issue, concerned: Iterable[Known], priced: Set[str], closed_since: str) -> News | None:
    """What the present state of an issue tells us, None when nothing that we did not know.

    `concerned` are the milestones that it belongs to or belonged to, `priced` the labels of its repository
    that stand for milestones. For `closed_since` see `window.Window`.
    """
    kinds: set[ForgeEventKind] = set()
    lost: dict[str, None] = {}
    left: dict[str, None] = {}
    for known in concerned:
        kind = _one(issue, known, priced, closed_since)
        if kind is not None:
            kinds.add(kind)
            if not carries(issue, known.milestone):
                (lost if known.milestone.label else left)[known.milestone.label or known.milestone.native] = (
                    None
                )
    for kind in MOST_FIRST:
        if kind in kinds:
            return News(kind, tuple(lost), tuple(left))
    return None


def _one(issue: Issue, known: Known, priced: Set[str], closed_since: str) -> ForgeEventKind | None:
    before = known.issues.get(issue.id)
    belongs = carries(issue, known.milestone) and issue.kind == "issue"
    if before is None and known.is_released:
        hold_label = known.milestone.rules.hold_label
        is_holding = belongs and any(label.name == hold_label for label in issue.labels)
        return "issue.labels_changed" if is_holding else None
    if before is None:
        return _new(issue, closed_since) if belongs else None
    if issue.is_open and not before["is_open"] and not known.is_reopened:
        return "issue.reopened"
    if not issue.is_open and _is_closing(issue, known, before):
        return "issue.closed"
    marks = priced | {known.milestone.rules.hold_label}
    if not belongs or _marks_now(issue, marks) != _marks_before(issue, before, marks):
        return "issue.labels_changed"
    return None


def _new(issue: Issue, closed_since: str) -> ForgeEventKind:
    """What to call an issue of a milestone that no decision has seen.

    A closing counts as its closer's order to bill. One that is older than what we watch was none: as a mere
    change of labels it is judged like everything that nobody was seen doing, and put before a person.
    """
    if issue.is_open or is_before(issue.closed_at, closed_since):
        return "issue.labels_changed"
    return "issue.closed"


def _is_closing(issue: Issue, known: Known, before: Mapping[str, Any]) -> bool:
    """Whether a closed issue was closed since, or otherwise than we know.

    Closed again in between, a released milestone stands as it did if whoever closed it may: a look tells.
    """
    if before["is_open"] or issue.close_reason != before["close_reason"]:
        return True
    return (known.is_released and known.is_reopened) or bool(issue.closed_at != before["closed_at"])


def _marks_now(issue: Issue, marks: Set[str]) -> set[tuple[str, str]]:
    """The labels that matter to a decision, with their ids: another label under an old name is a change."""
    return {(label.id, label.name) for label in issue.labels if label.name in marks}


def _marks_before(issue: Issue, before: Mapping[str, Any], marks: Set[str]) -> set[tuple[str, str]]:
    """The same as the decision saw them; early decisions did not write labels down."""
    if "labels" not in before:
        return _marks_now(issue, marks)
    return {(one["id"], one["name"]) for one in before["labels"] if one["name"] in marks}


def deliveries_of(
    issue: Issue, found: News, connection: str, repository: Repository
) -> list[tuple[str, dict[str, Any]]]:
    """The ids and the bodies of the deliveries that tell it, under the contract's name of the repository.

    What the issue lost stands with what it has, so that the milestone that lost it is looked at too: one
    delivery, and one more for each of the forge's milestones that it left, since an event names but one. An
    id names the issue, the moment and the state, so that a second sweep, or another server's, adds none.
    """
    labels = [{"id": label.id, "name": label.name} for label in issue.labels]
    labels += [{"id": "", "name": name} for name in found.lost_labels]
    told = []
    for title in dict.fromkeys([issue.milestone, *found.lost_titles]):
        state = [issue.is_open, issue.close_reason, issue.closed_at, labels, title]
        digest = hashlib.sha256(json.dumps(state).encode()).hexdigest()[:8]
        body = {
            "connection": connection,
            "kind": found.kind,
            "issue": {
                "repository_id": repository.id,
                "repository": repository.full_name,
                "number": issue.number,
                "id": issue.id,
                "labels": labels,
                "milestone": title,
            },
        }
        told.append((f"sweep/{connection}/{issue.id}/{issue.updated_at}/{digest}", body))
    return told
