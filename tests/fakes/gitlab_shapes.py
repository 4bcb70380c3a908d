"""How the pretend GitLab shows things in its API: https://docs.gitlab.com/api/api_resources/."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.events import IssueKind
from tests.fakes.things import Account, Comment, Phase, Tag, Ticket
from tests.fakes.world import World

SITE = "https://gitlab.example"
TYPES: dict[IssueKind, str] = {"issue": "Issue", "incident": "Incident", "task": "Task", "other": "Test Case"}


def project(world: World) -> dict[str, Any]:
    return {
        "id": world.repository_id,
        "path": world.full_name.rpartition("/")[2],
        "path_with_namespace": world.full_name,
        "web_url": f"{SITE}/{world.full_name}",
        "archived": False,
    }


def issue(world: World, ticket: Ticket, is_detailed: bool, duplicate_of: str) -> dict[str, Any]:
    kind = TYPES.get(ticket.kind, "Issue").lower().replace(" ", "_")
    is_duplicate = ticket.reason == "duplicate"
    return {
        "id": ticket.id,
        "iid": ticket.number,
        "project_id": world.repository_id,
        "title": ticket.title,
        "state": "opened" if ticket.is_open else "closed",
        "created_at": when(ticket.created_at),
        "updated_at": when(ticket.updated_at),
        "closed_at": when(ticket.closed_at) if ticket.closed_at else None,
        "closed_by": user(ticket.closed_by) if ticket.closed_by else None,
        "labels": [label(tag) if is_detailed else tag.name for tag in ticket.tags],
        "milestone": milestone(world, ticket.phase) if ticket.phase else None,
        "author": user(ticket.by),
        "type": kind.upper(),
        "issue_type": kind,
        "confidential": False,
        "web_url": f"{SITE}/{world.full_name}/-/issues/{ticket.number}",
        "_links": {"closed_as_duplicate_of": duplicate_of if is_duplicate else None},
        "references": {"short": f"#{ticket.number}", "full": f"{world.full_name}#{ticket.number}"},
        "moved_to_id": 77001 if ticket.reason == "moved" else None,
    }


def merge_request(world: World, ticket: Ticket, home: str = "") -> dict[str, Any]:
    """A merge request; `home` is its project where that is another than the world's."""
    return {
        "id": ticket.id,
        "iid": ticket.number,
        "project_id": 555 if home else world.repository_id,
        "title": ticket.title,
        "state": "merged" if ticket.merged_at else "opened" if ticket.is_open else "closed",
        "author": user(ticket.by),
        "merge_user": user(ticket.merged_by) if ticket.merged_by else None,
        "merged_at": when(ticket.merged_at) if ticket.merged_at else None,
        "references": {
            "short": f"!{ticket.number}",
            "relative": f"{home}!{ticket.number}",
            "full": f"{home or world.full_name}!{ticket.number}",
        },
    }


def milestone(world: World, phase: Phase) -> dict[str, Any]:
    return {
        "id": phase.id,
        "iid": phase.id % 1000,
        **({"group_id": 62} if phase.is_shared else {"project_id": world.repository_id}),
        "title": phase.title,
        "description": "",
        "state": "active" if phase.is_open else "closed",
    }


def note(world: World, ticket: Ticket, comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.id,
        "type": None,
        "body": comment.text,
        "author": user(comment.by),
        "created_at": when(comment.at),
        "updated_at": when(comment.edited_at or comment.at),
        "system": comment.is_system,
        "noteable_id": ticket.id,
        "noteable_type": "Issue",
        "noteable_iid": ticket.number,
        "project_id": world.repository_id,
        "internal": False,
    }


def user(account: Account) -> dict[str, Any]:
    name = account.login.title()
    return {"id": account.id, "username": account.login, "name": name, "state": account.state}


def label(tag: Tag) -> dict[str, Any]:
    """A label as an issue shows it."""
    looks = {"color": f"#{tag.color}", "text_color": "#FFFFFF", "description": tag.description or None}
    return {"id": tag.id, "name": tag.name, **looks}


def listed_label(tag: Tag) -> dict[str, Any]:
    """A label as its project shows it."""
    return {**label(tag), "priority": None, "is_project_label": not tag.is_shared}


def when(moment: datetime) -> str:
    """A time as GitLab writes it: milliseconds and a Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
