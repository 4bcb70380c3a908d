"""GitHub over its REST API: issues, milestones, histories, roles, comments, and our own one.

Repositories are asked for by their numeric id where it is known, so that one made anew under an old name is
never taken for it. API: https://docs.github.com/en/rest
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import quote

from github.GithubException import GithubException

from app.errors import ForgeNotFound
from app.events import (
    ForgeMilestone,
    HistoryEntry,
    Issue,
    IssueComment,
    Label,
    Person,
    Repository,
    Role,
)
from app.forges.base import CommentRef
from app.forges.github import history, shapes
from app.forges.github.access import Access, AppAccess, TokenAccess
from app.forges.github.faults import asking
from app.forges.github.rest import Rest, path_of

_ROLES: dict[str, Role] = {
    "none": "none",
    "read": "read",
    "triage": "triage",
    "write": "write",
    "maintain": "maintain",
    "admin": "admin",
}
_LOGIN = re.compile(r"[A-Za-z0-9_-]{1,100}(\[bot\])?", re.ASCII)


def by_token(token: str, api_url: str = "", timeout_s: int = 20) -> GitHubForge:
    """GitHub or, by `api_url` (https://host/api/v3), one's own GitHub server, as the token's account.

    `token` belongs to an account with the role Write, or is a fine-grained one with issues: write and
    metadata: read; with pull requests: read, histories say whose merge closed an issue. `timeout_s` bounds
    each silence of the server, not a whole answer that drips.
    """
    return GitHubForge(TokenAccess(token, api_url, timeout_s))


def by_app(app_id: str, private_key: str, api_url: str = "", timeout_s: int = 20) -> GitHubForge:
    """The same as a GitHub App, wherever that is installed. Raises SettingsError for what can be none."""
    return GitHubForge(AppAccess(app_id, private_key, api_url, timeout_s))


class GitHubForge:
    """The Forge port for GitHub, under one identity; `comments_need` is what that must have to comment."""

    def __init__(self, access: Access, comments_need: str = "issues: write") -> None:
        self._access, self._comments_need = access, comments_need

    @contextmanager
    def _asking(self, repository: Repository, what: str, permission: str) -> Iterator[None]:
        """`asking` about something of a repository: it is only gone where we still see the repository."""
        try:
            with asking(f"{repository.full_name or f'repository {repository.id}'}{what}", permission):
                yield
        except ForgeNotFound:
            self._access.check(repository)
            raise

    def _at(self, repository: Repository) -> tuple[Rest, Repository]:
        """What may see the repository, and the repository with its id."""
        rest = self._access.to(repository)
        return rest, rest.identified(repository)

    def read_repository(self, repository: Repository) -> Repository:
        """See Forge. https://docs.github.com/en/rest/repos/repos#get-a-repository"""
        with self._asking(repository, "", "metadata: read"):
            rest, known = self._at(repository)
            if not repository.id:
                return known
            return Repository(id=known.id, full_name=rest.ask("GET", path_of(known))["full_name"])

    def read_issue(self, repository: Repository, number: int) -> Issue:
        """See Forge. A transferred issue answers with a redirect, which is not followed.

        https://docs.github.com/en/rest/issues/issues#get-an-issue
        """
        with self._asking(repository, f"#{number}", "issues: read"):
            rest, known = self._at(repository)
            issue = _present(rest, rest.ask("GET", f"{path_of(known)}/issues/{number}"), known)
            if issue.number != number:
                raise ForgeNotFound(f"GitHub answered with issue {issue.number} instead")
            if issue.kind == "discussion":
                raise history.became_discussion()
            return issue

    def list_issues(self, repository: Repository, label: str) -> list[Issue]:
        """See Forge. GitHub compares labels without case, and takes a comma for "and": both are undone here.

        https://docs.github.com/en/rest/issues/issues#list-repository-issues
        """
        with self._asking(repository, f" label {label!r}", "issues: read"):
            rest, known = self._at(repository)
            query = {"state": "all", "sort": "created", "direction": "asc"}
            if "," not in label:
                query["labels"] = label
            found = rest.pages(f"{path_of(known)}/issues", query)
            carrying = (each for each in found if any(one["name"] == label for one in each["labels"]))
            return _issues(rest, carrying, known)

    def read_milestone(self, repository: Repository, title: str) -> ForgeMilestone:
        """See Forge. https://docs.github.com/en/rest/issues/milestones#list-milestones"""
        with self._asking(repository, f" milestone {title!r}", "issues: read"):
            rest, known = self._at(repository)
            listed = rest.pages(f"{path_of(known)}/milestones", {"state": "all"})
            found = next((each for each in listed if each["title"] == title), None)
            if found is None:
                mend = "Make the milestone at GitHub, or write its present title into the contract"
                raise ForgeNotFound("GitHub has no milestone with exactly this title", mend=mend)
            query = {"milestone": str(int(found["number"])), "state": "all", "direction": "asc"}
            issues = _issues(rest, rest.pages(f"{path_of(known)}/issues", query), known)
            is_open = found["state"] != "closed"
            return ForgeMilestone(str(int(found["id"])), found["title"], is_open, tuple(issues))

    def list_changed(self, repository: Repository, since: str) -> list[Issue]:
        """See Forge. What changes while the pages are read moves to the front, and so may come twice.

        Whether one was converted to a discussion is not asked here: that would cost a request each.
        https://docs.github.com/en/rest/issues/issues#list-repository-issues
        """
        with self._asking(repository, f" since {since}", "issues: read"):
            rest, known = self._at(repository)
            query = {"state": "all", "sort": "updated", "direction": "desc", "since": since}
            found: dict[int, Issue] = {}
            for each in rest.pages(f"{path_of(known)}/issues", query):
                if each.get("pull_request") is None:
                    found.setdefault(int(each["number"]), shapes.issue(each, known))
            return list(found.values())

    def list_labels(self, repository: Repository) -> list[Label]:
        """See Forge. https://docs.github.com/en/rest/issues/labels#list-labels-for-a-repository"""
        with self._asking(repository, " labels", "issues: read"):
            rest, known = self._at(repository)
            return [shapes.label(each) for each in rest.pages(f"{path_of(known)}/labels")]

    def create_label(self, repository: Repository, label: Label) -> Label:
        """See Forge. https://docs.github.com/en/rest/issues/labels#create-a-label"""
        with self._asking(repository, f" label {label.name!r}", "issues: write"):
            content = {"name": label.name, "color": label.color, "description": label.description}
            rest = self._access.to(repository)
            return shapes.label(rest.ask("POST", f"{path_of(repository)}/labels", content))

    def edit_label(self, repository: Repository, label: Label) -> Label:
        """See Forge. GitHub knows labels by their names alone, in whatever case.

        https://docs.github.com/en/rest/issues/labels#update-a-label
        """
        with self._asking(repository, f" label {label.name!r}", "issues: write"):
            content = {"color": label.color, "description": label.description}
            path = f"{path_of(repository)}/labels/{quote(label.name, safe='')}"
            return shapes.label(self._access.to(repository).ask("PATCH", path, content))

    def read_history(self, repository: Repository, number: int) -> list[HistoryEntry]:
        """See Forge. A deleted account stands there as GitHub's own "ghost"."""
        with self._asking(repository, f"#{number}", "issues: read"):
            return history.read_history(*self._at(repository), number)

    def list_comments(self, repository: Repository, number: int) -> list[IssueComment]:
        """See Forge. Bots' comments and our own are among them; whoever reads tells them by their author.

        https://docs.github.com/en/rest/issues/comments#list-issue-comments
        """
        with self._asking(repository, f"#{number}", "issues: read"):
            rest, known = self._at(repository)
            found = rest.pages(f"{path_of(known)}/issues/{number}/comments")
            return [shapes.comment(each) for each in found]

    def find_person(self, login: str) -> Person | None:
        """See Forge. An organisation is no person: it closes nothing and says nothing.

        https://docs.github.com/en/rest/users/users#get-a-user
        """
        if not _LOGIN.fullmatch(login):
            return None
        with asking(f"account {login}", "metadata: read"):
            try:
                found = self._access.anywhere().ask("GET", f"/users/{quote(login, safe='')}")
            except GithubException as error:
                if error.status == 404:
                    return None
                raise
            return None if found.get("type") == "Organization" else shapes.person(found)

    def read_role(self, repository: Repository, person: Person) -> Role:
        """See Forge. An account that took over a former login has another id, and so no role.

        `permission` knows neither triage nor maintain; it stands in for an organisation's own roles only,
        each of which is built on one of the five, and for old servers that lack `role_name`.
        https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
        """
        with self._asking(repository, f" member {person.login}", "metadata: read, or the role Write"):
            rest, known = self._at(repository)
            place = path_of(known)
            try:
                path = f"{place}/collaborators/{quote(person.login, safe='')}/permission"
                found = rest.ask("GET", path)
            except GithubException as error:
                if error.status == 404:
                    return "none"
                raise
            if person.id not in {"", str(found["user"]["id"])}:
                return "none"
            return _ROLES.get(found.get("role_name") or "") or _ROLES[found["permission"]]

    def write_comment(self, repository: Repository, number: int, marker: str, text: str) -> CommentRef:
        """See Forge. https://docs.github.com/en/rest/issues/comments"""
        with self._asking(repository, f"#{number}", self._comments_need):
            rest = self._access.to(repository)
            issues = f"{path_of(repository)}/issues"
            own_id = 0
            for comment in rest.pages(f"{issues}/{number}/comments"):
                if marker not in (comment["body"] or "") or comment["user"] is None:
                    continue
                # Who we are is asked for only when it matters.
                own_id = own_id or self._access.own_id()
                if comment["user"]["id"] == own_id:
                    if comment["body"] != text:
                        rest.ask("PATCH", f"{issues}/comments/{comment['id']}", {"body": text})
                    break
            else:
                comment = rest.ask("POST", f"{issues}/{number}/comments", {"body": text})
            return CommentRef(id=str(comment["id"]), url=comment["html_url"])


def _issues(rest: Rest, found: Iterable[shapes.Fields], known: Repository) -> list[Issue]:
    return [_present(rest, each, known) for each in found if each.get("pull_request") is None]


def _present(rest: Rest, found: shapes.Fields, known: Repository) -> Issue:
    """The issue. One that became a discussion stays behind closed and locked; its history alone tells."""
    issue = shapes.issue(found, known)
    if found.get("locked") and not issue.is_open:
        events = rest.pages(f"{path_of(known)}/issues/{issue.number}/events")
        if any(each.get("event") == history.CONVERTED for each in events):
            return replace(issue, kind="discussion")
    return issue
