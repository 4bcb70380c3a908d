"""GitHub's answers as our values. Pure; what is missing raises KeyError or TypeError, for `faults.asking`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from app.events import CloseReason, Issue, IssueComment, Label, Person, Repository
from app.forges.colors import hex_digits

Fields = dict[str, Any]
"""A JSON object as GitHub sent it."""

# Null is what GitHub shows for issues closed before there were reasons, and old servers lack the field:
# https://github.blog/changelog/2022-05-19-the-new-github-issues-may-19th-update/
_REASONS: dict[str | None, CloseReason] = {
    None: "completed",
    "completed": "completed",
    "not_planned": "not_planned",
    "duplicate": "duplicate",
}


def issue(found: Fields, repository: Repository) -> Issue:
    """An issue of the repository with this id; a list's entries lack the closer."""
    is_open = found["state"] != "closed"
    return Issue(
        # The present name, after a rename; the id is the one that we asked by.
        repository=Repository(id=repository.id, full_name="/".join(found["repository_url"].split("/")[-2:])),
        number=int(found["number"]),
        id=str(int(found["id"])),
        url=found["html_url"],
        title=found["title"],
        is_open=is_open,
        kind="issue" if found.get("pull_request") is None else "pull_request",
        labels=tuple(label(each) for each in found["labels"]),
        close_reason=None if is_open else _REASONS.get(found.get("state_reason"), "unknown"),
        closed_at=None if is_open or not found["closed_at"] else utc(found["closed_at"]),
        closed_by=None if is_open else person(found.get("closed_by")),
        milestone=found["milestone"]["title"] if found.get("milestone") else "",
        updated_at=utc(found["updated_at"]) if found.get("updated_at") else "",
    )


def label(found: Fields) -> Label:
    return Label(
        id=str(found.get("id") or ""),
        name=found["name"],
        color=hex_digits(found.get("color") or ""),
        description=found.get("description") or "",
    )


def person(found: Fields | None) -> Person | None:
    """An account; null where it was deleted since."""
    if found is None:
        return None
    return Person(id=str(int(found["id"])), login=found["login"], is_bot=found.get("type") == "Bot")


def comment(found: Fields) -> IssueComment:
    """GitHub says when a comment was last changed, not whether its text was, nor by whom."""
    return IssueComment(
        id=str(int(found["id"])),
        by=person(found["user"]),
        at=utc(found["created_at"]),
        text=found["body"] or "",
        is_edited=found["updated_at"] != found["created_at"],
    )


def utc(text: str) -> str:
    """RFC 3339 in UTC, whatever offset it was written with."""
    return datetime.fromisoformat(text).astimezone(UTC).isoformat().replace("+00:00", "Z")
