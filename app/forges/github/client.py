"""GitHub over its REST API, by PyGithub: issues, roles, label history and our one comment.

Repositories are asked for by their numeric id where it is known, so that one made anew under an old name is
never taken for it. Raw answers are read, not PyGithub's objects: those ask again for a field that is absent,
and show null and absent alike. API: https://docs.github.com/en/rest
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from github import Auth, Github
from github.GithubException import GithubException
from github.GithubObject import NonCompletableGithubObject
from github.PaginatedList import PaginatedList

from app.errors import ForgeNotFound, SettingsError
from app.events import CloseReason, Issue, Label, Labeling, Person, Repository, Role
from app.forges.base import CommentRef
from app.forges.github.faults import asking, patience

PUBLIC_API = "https://api.github.com"
_PAGE = 100
_Fields = dict[str, Any]

_ROLES: dict[str, Role] = {
    "none": "none",
    "read": "read",
    "triage": "triage",
    "write": "write",
    "maintain": "maintain",
    "admin": "admin",
}
# Null is what GitHub shows for issues closed before there were reasons, and old servers lack the field:
# https://github.blog/changelog/2022-05-19-the-new-github-issues-may-19th-update/
_REASONS: dict[str | None, CloseReason] = {
    None: "completed",
    "completed": "completed",
    "not_planned": "not_planned",
    "duplicate": "duplicate",
}


class GitHubForge:
    """The Forge port for GitHub and, by `api_url` (https://host/api/v3), for one's own GitHub server.

    `token` belongs to an account with the role Write, or is a fine-grained one with issues: write and
    metadata: read. `timeout_s` bounds each silence of the server, not a whole answer that drips.
    """

    def __init__(self, token: str, api_url: str = "", timeout_s: int = 20) -> None:
        self._github = Github(
            auth=Auth.Token(token),
            base_url=_address(api_url or PUBLIC_API),
            timeout=timeout_s,
            user_agent="closeout",
            per_page=_PAGE,
            retry=patience(),
            # Whoever calls spreads the load; sleeping here would hold a thread, and counts per client only.
            seconds_between_requests=None,
            seconds_between_writes=None,
            lazy=True,
        )

    def read_issue(self, repository: Repository, number: int) -> Issue:
        """See Forge. A transferred issue answers with a redirect, which is not followed.

        https://docs.github.com/en/rest/issues/issues#get-an-issue
        """
        with asking(f"{repository.full_name}#{number}", "issues: read"):
            known = self._identified(repository)
            issue = _issue(self._ask("GET", f"{_path(known)}/issues/{number}"), known)
            if issue.number != number:
                raise ForgeNotFound(f"GitHub answered with issue {issue.number} instead")
            return issue

    def list_issues(self, repository: Repository, label: str) -> list[Issue]:
        """See Forge. GitHub compares labels without case, and takes a comma for "and": both are undone here.

        https://docs.github.com/en/rest/issues/issues#list-repository-issues
        """
        with asking(f"{repository.full_name} label {label!r}", "issues: read"):
            known = self._identified(repository)
            query = {"state": "all", "sort": "created", "direction": "asc"}
            if "," not in label:
                query["labels"] = label
            found = self._pages(f"{_path(known)}/issues", query)
            issues = [_issue(each, known) for each in found if each.get("pull_request") is None]
            return [issue for issue in issues if any(one.name == label for one in issue.labels)]

    def read_role(self, repository: Repository, person: Person) -> Role:
        """See Forge. An account that took over a former login has another id, and so no role.

        `permission` knows neither triage nor maintain; it stands in for an organisation's own roles only,
        each of which is built on one of the five, and for old servers that lack `role_name`.
        https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
        """
        with asking(f"{repository.full_name} member {person.login}", "metadata: read, or the role Write"):
            path = f"{_path(repository)}/collaborators/{quote(person.login, safe='')}/permission"
            try:
                found = self._ask("GET", path)
            except GithubException as error:
                if error.status == 404:
                    return "none"
                raise
            if person.id not in {"", str(found["user"]["id"])}:
                return "none"
            return _ROLES.get(found.get("role_name") or "") or _ROLES[found["permission"]]

    def list_labelings(self, repository: Repository, number: int) -> list[Labeling]:
        """See Forge. https://docs.github.com/en/rest/issues/events#list-issue-events"""
        with asking(f"{repository.full_name}#{number}", "issues: read"):
            return [
                Labeling(_label(each["label"]), _person(each.get("actor")), _utc(each["created_at"]))
                for each in self._pages(f"{_path(repository)}/issues/{number}/events")
                if each["event"] == "labeled"
            ]

    def write_comment(self, repository: Repository, number: int, marker: str, text: str) -> CommentRef:
        """See Forge. https://docs.github.com/en/rest/issues/comments"""
        with asking(f"{repository.full_name}#{number}", "issues: write"):
            issues = f"{_path(repository)}/issues"
            own_id = 0
            for comment in self._pages(f"{issues}/{number}/comments"):
                if marker not in (comment["body"] or "") or comment["user"] is None:
                    continue
                # Who we are is asked for only when it matters.
                own_id = own_id or self._own_id()
                if comment["user"]["id"] == own_id:
                    if comment["body"] != text:
                        self._ask("PATCH", f"{issues}/comments/{comment['id']}", {"body": text})
                    break
            else:
                comment = self._ask("POST", f"{issues}/{number}/comments", {"body": text})
            return CommentRef(id=str(comment["id"]), url=comment["html_url"])

    def _own_id(self) -> int:
        """The token's own account. https://docs.github.com/en/rest/users/users#get-the-authenticated-user"""
        return int(self._ask("GET", "/user")["id"])

    def _identified(self, repository: Repository) -> Repository:
        """The repository with its numeric id, which issues do not show."""
        if repository.id:
            return repository
        found = self._ask("GET", _path(repository))
        return Repository(id=str(found["id"]), full_name=found["full_name"])

    def _ask(self, method: str, path: str, content: dict[str, str] | None = None) -> _Fields:
        _, found = self._github.requester.requestJsonAndCheck(method, path, input=content)
        if not isinstance(found, dict):
            raise TypeError("no object")
        return found

    def _pages(self, path: str, query: dict[str, str] | None = None) -> Iterator[_Fields]:
        """All entries of a list, page by page."""
        listed = PaginatedList(_Entry, self._github.requester, path, {"per_page": _PAGE, **(query or {})})
        return (entry.raw_data for entry in listed)


class _Entry(NonCompletableGithubObject):
    """An entry of a list as GitHub sent it, which PyGithub would otherwise fetch again one by one."""

    def _initAttributes(self) -> None:  # noqa: N802 - PyGithub's name
        pass

    def _useAttributes(self, attributes: Any) -> None:  # noqa: N802 - PyGithub's name
        pass


def _address(api_url: str) -> str:
    """The root of the REST API. Raises SettingsError, since PyGithub only asserts."""
    try:
        parts = urlsplit(api_url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError(
            f"{api_url!r} is not an address",
            where="api_url",
            mend="Write your server's API, https://host/api/v3, or nothing for github.com",
        )
    return api_url.rstrip("/")


def _path(repository: Repository) -> str:
    if repository.id:
        return f"/repositories/{int(repository.id)}"
    return f"/repos/{quote(repository.full_name)}"


def _issue(found: _Fields, repository: Repository) -> Issue:
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
        labels=tuple(_label(each) for each in found["labels"]),
        close_reason=None if is_open else _REASONS.get(found.get("state_reason"), "unknown"),
        closed_at=None if is_open or not found["closed_at"] else _utc(found["closed_at"]),
        closed_by=None if is_open else _person(found.get("closed_by")),
    )


def _label(found: _Fields) -> Label:
    """A label; in an issue's events it has a name only."""
    return Label(id=str(found.get("id") or ""), name=found["name"])


def _person(found: _Fields | None) -> Person | None:
    """An account; null where it was deleted since."""
    if found is None:
        return None
    return Person(id=str(int(found["id"])), login=found["login"], is_bot=found.get("type") == "Bot")


def _utc(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).isoformat().replace("+00:00", "Z")
