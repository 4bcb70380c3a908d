"""What GitLab's API answers, as values. Pure.

GitLab tells why an issue was closed only where it was moved or marked as a duplicate. The newer work item
status ("Won't do") is not in this API (https://gitlab.com/gitlab-org/gitlab/-/issues/560083), and a duplicate
of an issue that the token may not read looks completed: give the bot access to the projects it judges.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from app.events import CloseReason, Issue, IssueComment, IssueKind, Label, Person, Repository, Role
from app.forges.colors import hex_digits

Fields = dict[str, Any]

# Guests may close only what they opened; Planners and Reporters may label and close every issue. A level in
# between (Security Manager, 25) counts as the one below it. https://docs.gitlab.com/user/permissions/
_ROLES: tuple[tuple[int, Role], ...] = (
    (50, "admin"),
    (40, "maintain"),
    (30, "write"),
    (15, "triage"),
    (10, "read"),
)
_KINDS: dict[str, IssueKind] = {"issue": "issue", "incident": "incident", "task": "task"}


def repository(found: Fields) -> Repository:
    return Repository(id=str(int(found["id"])), full_name=found["path_with_namespace"])


def issue(found: Fields, closed_by: Person | None = None) -> Issue:
    """An issue as listed with_labels_details: without that, labels have no ids."""
    is_open = found["state"] != "closed"
    return Issue(
        repository=Repository(
            id=str(found["project_id"]), full_name=found["references"]["full"].rpartition("#")[0]
        ),
        number=int(found["iid"]),
        id=str(found["id"]),
        url=found["web_url"],
        title=found["title"],
        is_open=is_open,
        kind=_KINDS.get(found["issue_type"], "other"),
        labels=tuple(label(each) for each in found["labels"]),
        close_reason=None if is_open else _close_reason(found),
        closed_at=None if is_open or not found["closed_at"] else utc(found["closed_at"]),
        closed_by=None if is_open else closed_by,
        milestone=found["milestone"]["title"] if found["milestone"] else "",
        updated_at=utc(found["updated_at"]),
    )


def label(found: Fields) -> Label:
    """A label; those of an issue do not tell whether they are the project's own."""
    return Label(
        id=str(found["id"]),
        name=found["name"],
        color=hex_digits(found["color"]),
        description=found["description"] or "",
        is_shared=not found.get("is_project_label", True),
    )


def looks(label: Label) -> Fields:
    """What of a label may be written: https://docs.gitlab.com/api/labels/."""
    return {"color": f"#{label.color}", "description": label.description}


def comment(found: Fields, by: Person | None) -> IssueComment:
    """A note. GitLab has no field for edits; a reaction to a note, too, moves the time of its last change.

    https://docs.gitlab.com/api/notes/
    """
    is_edited = found["updated_at"] != found["created_at"]
    return IssueComment(str(found["id"]), by, utc(found["created_at"]), found["body"], is_edited)


def role(member: Fields, now: datetime) -> Role:
    """The role of a member, "none" for one that is expired or may not sign in."""
    expires = member.get("expires_at") or "9999-12-31"
    # A membership ends at 00:00 UTC of its day; the server may tidy up hours later.
    is_expired = expires[:10] <= now.date().isoformat()
    if is_expired or member["state"] != "active" or member.get("membership_state", "active") != "active":
        return "none"
    level = int(member["access_level"])
    return next((role for least, role in _ROLES if level >= least), "none")


def utc(text: str) -> str:
    """RFC 3339 with any offset, as GitLab sends it, in UTC and always to the millisecond."""
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _close_reason(found: Fields) -> CloseReason:
    """Moving an issue and marking it as a duplicate both close it: https://docs.gitlab.com/api/issues/."""
    if found["moved_to_id"]:
        return "moved"
    return "duplicate" if found["_links"].get("closed_as_duplicate_of") else "completed"
