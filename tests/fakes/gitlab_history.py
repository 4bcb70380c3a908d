"""What the pretend GitLab tells of an issue's past: three lists of events, and its merge requests.

https://docs.gitlab.com/api/resource_label_events/, …/resource_milestone_events/, …/resource_state_events/.
What closed an issue stands in fields that the documentation lacks (gitlab-org/gitlab#362430).
"""

from __future__ import annotations

from typing import Any

from tests.fakes import gitlab_shapes as shape
from tests.fakes.things import Happening, Ticket
from tests.fakes.world import World

_LABEL_ACTIONS = {"labeled": "add", "unlabeled": "remove"}
_STATES = {"closed": "closed", "reopened": "reopened"}


def label_events(world: World, ticket: Ticket) -> list[dict[str, Any]]:
    """A label that was deleted since leaves null behind; one that was renamed shows its new name."""
    return [
        {
            **_event(ticket, each),
            "label": shape.label(each.tag) if each.tag and each.tag in world.tags.values() else None,
            "action": _LABEL_ACTIONS[each.what],
        }
        for each in ticket.history
        if each.what in _LABEL_ACTIONS
    ]


def milestone_events(world: World, ticket: Ticket) -> list[dict[str, Any]]:
    """A change from one milestone to another is told as the adding of the second alone."""
    found = []
    for each in ticket.history:
        told = each.phase or each.former
        if each.what == "milestoned" and told is not None:
            action = "add" if each.phase else "remove"
            about = {"milestone": shape.milestone(world, told), "action": action}
            found.append({**_event(ticket, each), **about})
    return found


def state_events(ticket: Ticket) -> list[dict[str, Any]]:
    """A move closes an issue without an event here (app/services/issuable/clone/base_service.rb)."""
    return [
        {
            **_event(ticket, each),
            "source_commit": each.commit[:40] or None,
            "source_merge_request_id": each.pull_request.id if each.pull_request else None,
            "state": _STATES[each.what],
        }
        for each in ticket.history
        if each.what in _STATES
    ]


def merge_requests(world: World, number: int) -> list[Ticket]:
    """Those that close an issue when they are merged, or did so."""
    return [each for each in world.tickets.values() if number in each.closes]


def _event(ticket: Ticket, each: Happening) -> dict[str, Any]:
    return {
        "id": each.id,
        "user": shape.user(each.by),
        "created_at": shape.when(each.at),
        "resource_type": "Issue",
        "resource_id": ticket.id,
    }
