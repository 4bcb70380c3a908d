"""What Gitea's and Forgejo's API answers, as values. Pure.

Neither has a reason for closing: closed is completed. Shapes: https://docs.gitea.com/api/
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from app.errors import ForgeError
from app.events import Issue, IssueComment, Label, Person, Repository, Role
from app.forges.colors import hex_digits

Fields = dict[str, Any]

# Gitea knows no triage: whoever may write may label and close. https://docs.gitea.com/usage/permissions
_ROLES: dict[str, Role] = {
    "none": "none",
    "read": "read",
    "write": "write",
    "admin": "admin",
    "owner": "admin",
}
_ACTIONS_BOT = -2


def whole(found: Fields) -> Fields:
    """Refuse the empty object that a server in trouble puts in an issue's place (services/convert/issue.go).

    Passed over, it would be one open issue less: a milestone could look done.
    """
    if not found["id"]:
        raise ForgeError("Gitea answered with an empty entry", mend="Asked again later by itself")
    return found


def repository(found: Fields) -> Repository:
    return Repository(id=str(int(found["id"])), full_name=found["full_name"])


def issue(found: Fields) -> Issue:
    """An issue or a pull request. Who closed it stands in its timeline alone."""
    is_open = found["state"] != "closed"
    return Issue(
        repository=repository(found["repository"]),
        number=int(found["number"]),
        id=str(found["id"]),
        url=found["html_url"],
        title=found["title"],
        is_open=is_open,
        kind="pull_request" if found.get("pull_request") else "issue",
        labels=tuple(label(each) for each in found["labels"] or ()),
        close_reason=None if is_open else "completed",
        closed_at=None if is_open or not found["closed_at"] else utc(found["closed_at"]),
        milestone=found["milestone"]["title"] if found["milestone"] else "",
        updated_at=utc(found["updated_at"]),
    )


def label(found: Fields, is_shared: bool = False) -> Label:
    color, description = hex_digits(found["color"]), found["description"] or ""
    return Label(str(found["id"]), found["name"], color, description, is_shared)


def looks(label: Label) -> Fields:
    """What of a label may be written. Old servers want the sign before the colour, newer ones take it."""
    return {"color": f"#{label.color}", "description": label.description}


def comment(found: Fields) -> IssueComment:
    """A comment. There is no field for edits; Forgejo lets the owner of a repository set the time of one.

    https://forgejo.org/docs/latest/user/api-usage/ (updated_at)
    """
    is_edited = found["updated_at"] != found["created_at"]
    at = utc(found["created_at"])
    return IssueComment(str(found["id"]), person(found["user"]), at, found["body"], is_edited)


def person(user: Fields | None) -> Person | None:
    """An account. Gitea's Actions act under the id -2 (models/user/user_system.go); other bots look human."""
    if user is None:
        return None
    return Person(id=str(user["id"]), login=user["login"], is_bot=user["id"] == _ACTIONS_BOT)


def role(found: Fields, person_id: str) -> Role:
    """The role of the person with this id, who asks under the login that was asked for."""
    user = found["user"]
    is_other = person_id not in {"", str(user["id"])}
    return "none" if is_other or user.get("prohibit_login") else _ROLES[found["permission"]]


def utc(text: str) -> str:
    """RFC 3339 with the server's own offset, to the second, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC).isoformat().replace("+00:00", "Z")
