"""GitLab's three histories of an issue as one: labels, milestones, states. Pure.

https://docs.gitlab.com/api/resource_label_events/, …/resource_milestone_events/, …/resource_state_events/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from app.events import HistoryEntry, HistoryKind, Person
from app.forges.gitlab.shapes import Fields, utc

Named = Callable[[Fields | None], Person | None]
"""Who a user of GitLab's is."""
_SHORT_SHA = 7
_UNSEEN = "a merge request that the bot may not see"


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge request that closed an issue: how it is written ("!7"), and the user who merged it."""

    name: str
    merger: Fields | None


def merge_request_ids(states: Iterable[Fields]) -> set[int]:
    """The numeric ids of the merge requests that closed an issue, by its state events."""
    return {int(each["source_merge_request_id"]) for each in states if each["source_merge_request_id"]}


def entries(
    labels: Iterable[Fields],
    milestones: Iterable[Fields],
    states: Iterable[Fields],
    merged: Mapping[int, Merged],
    named: Named,
) -> list[HistoryEntry]:
    """All three lists as entries, oldest first; of one moment, what was put on the issue comes first."""
    found = [
        *(_label_entry(each, named) for each in _in_order(labels)),
        *_milestone_entries(_in_order(milestones), named),
        *(_state_entry(each, merged, named) for each in _in_order(states)),
    ]
    return sorted(found, key=lambda entry: entry.at)


def _in_order(events: Iterable[Fields]) -> list[Fields]:
    return sorted(events, key=lambda each: int(each["id"]))


def _label_entry(event: Fields, named: Named) -> HistoryEntry:
    """A label that was deleted since has left null, and has no name any more."""
    kind: HistoryKind = "labeled" if event["action"] == "add" else "unlabeled"
    label = event["label"] or {"name": ""}
    by, at = named(event["user"]), utc(event["created_at"])
    return HistoryEntry(kind, by, at, label["name"])


def _milestone_entries(events: list[Fields], named: Named) -> list[HistoryEntry]:
    """A change from one milestone to another is told as the adding of the second alone: the first was left.

    Source: app/services/resource_events/change_milestone_service.rb, whose older versions do not name the
    milestone that was left either.
    """
    found: list[HistoryEntry] = []
    inside: Fields | None = None
    for event in events:
        by, at = named(event["user"]), utc(event["created_at"])
        added = event["milestone"] if event["action"] == "add" else None
        left = inside or (None if added else event["milestone"])
        if left and (not added or left["id"] != added["id"]):
            found.append(HistoryEntry("demilestoned", by, at, left["title"], str(left["id"])))
        if added:
            found.append(HistoryEntry("milestoned", by, at, added["title"], str(added["id"])))
        inside = added
    return found


def _state_entry(event: Fields, merged: Mapping[int, Merged], named: Named) -> HistoryEntry:
    """Who closed or reopened it.

    A merge request closes in its merger's name. A commit is another matter: until 18.3 GitLab closed in the
    name of its author, which whoever pushes may choose (https://gitlab.com/gitlab-org/gitlab/-/issues/508742),
    and a feature flag decides it on servers around that; from outside they look the same. So nobody vouches
    for that name. What closed an issue is told since 15.x, though the documentation lacks it
    (https://gitlab.com/gitlab-org/gitlab/-/issues/362430).
    """
    at = utc(event["created_at"])
    if event["state"] != "closed":
        return HistoryEntry("reopened", named(event["user"]), at)
    if event["source_merge_request_id"]:
        source = merged.get(int(event["source_merge_request_id"]))
        if source is None or source.merger is None:
            return HistoryEntry("closed", named(event["user"]), at, via=_UNSEEN, is_vouched=False)
        return HistoryEntry("closed", named(source.merger), at, via=f"merge request {source.name}")
    if event["source_commit"]:
        via = f"commit {event['source_commit'][:_SHORT_SHA]}"
        return HistoryEntry("closed", named(event["user"]), at, via=via, is_vouched=False)
    return HistoryEntry("closed", named(event["user"]), at)
