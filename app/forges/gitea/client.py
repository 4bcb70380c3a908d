"""Gitea and Forgejo over their REST API: issues, milestones, labels, histories, people and our one comment.

Repositories are asked for by their numeric id first, so that one made anew under an old name is never taken
for it. API: https://docs.gitea.com/api/
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote

from app.errors import ForgeError, ForgeNotFound
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
from app.forges.gitea import history, shapes
from app.forges.gitea.api import Api
from app.forges.gitea.faults import asking
from app.forges.gitea.shapes import Fields

_FIRST_PAGE = {"page": "1", "limit": "100"}
"""Servers give 50 at most unless told otherwise (MAX_RESPONSE_ITEMS in their configuration)."""
_ALL_ISSUES = {"type": "issues", "state": "all", **_FIRST_PAGE}


class GiteaForge:
    """The Forge port for one Gitea or Forgejo server; `api_url` is https://host or https://host/api/v1.

    The bot's account needs the administrator's right on the repository: only that may read other people's
    permissions. Raises SettingsError without an `api_url`: there is no vendor's service to fall back to.
    """

    def __init__(self, token: str, api_url: str, timeout_s: float = 20) -> None:
        self._api = Api(token, api_url, timeout_s)

    def read_repository(self, repository: Repository) -> Repository:
        """See Forge. A former name leads here until another repository takes it."""
        with asking(repository.full_name):
            return shapes.repository(self._home(repository))

    def read_issue(self, repository: Repository, number: int) -> Issue:
        """See Forge. A pull request has a number of the same row; its kind says so."""
        with asking(f"{repository.full_name}#{number}"):
            path = f"{self._path(repository)}/issues/{number}"
            issue = shapes.issue(shapes.whole(self._api.ask("GET", path).json()))
            if issue.closed_at is None:
                return issue
            return replace(
                issue, closed_by=history.closer(self._whole_list(f"{path}/timeline"), issue.closed_at)
            )

    def list_issues(self, repository: Repository, label: str) -> list[Issue]:
        """See Forge. The filter by name knows the repository's own labels only: names are compared here.

        A label of the organisation selects every issue, or none on servers that take an unknown name for an
        empty choice; then all are read. https://docs.gitea.com/api/ (issueListIssues)
        """
        with asking(f"{repository.full_name} label {label!r}"):
            home = self._path(repository)
            query = _ALL_ISSUES if "," in label else {**_ALL_ISSUES, "labels": label}
            found = self._issues(home, query)
            if not found and not _named(self._list(f"{home}/labels"), label):
                found = self._issues(home, _ALL_ISSUES)
            return [shapes.issue(each) for each in found if _named(each["labels"] or (), label)]

    def read_milestone(self, repository: Repository, title: str) -> ForgeMilestone:
        """See Forge. Titles are not unique at Gitea: two of the same are refused.

        Issues are filtered by the id, which the server takes for a title first: where a milestone is called
        like that, all issues are read. https://docs.gitea.com/api/ (issueListIssues, milestones)
        """
        where = f"{repository.full_name} milestone {title!r}"
        with asking(where):
            home = self._path(repository)
            listed = self._list(f"{home}/milestones", {"state": "all"})
            milestone = _only([each for each in listed if each["title"] == title], where)
            is_ambiguous = any(each["title"] == str(milestone["id"]) for each in listed)
            query = {} if is_ambiguous else {"milestones": str(milestone["id"])}
            issues = [
                shapes.issue(each)
                for each in self._issues(home, {**_ALL_ISSUES, **query})
                if each["milestone"] and each["milestone"]["id"] == milestone["id"]
            ]
            return ForgeMilestone(str(milestone["id"]), title, milestone["state"] != "closed", tuple(issues))

    def list_changed(self, repository: Repository, since: str) -> list[Issue]:
        """See Forge. Gitea lists them by their creation: they are sorted here."""
        with asking(f"{repository.full_name} changes since {since}"):
            found = self._issues(self._path(repository), {**_ALL_ISSUES, "since": since})
            changed = [shapes.issue(each) for each in found]
            return sorted(changed, key=lambda issue: issue.updated_at, reverse=True)

    def list_labels(self, repository: Repository) -> list[Label]:
        """See Forge. Those of the organisation may be used as well; a person has none to share."""
        with asking(f"{repository.full_name} labels"):
            home = self._home(repository)
            own = self._list(f"{_path(home)}/labels")
            try:
                shared = self._list(f"/orgs/{quote(home['owner']['login'], safe='')}/labels")
            except ForgeNotFound:
                shared = []
            return [
                *(shapes.label(each) for each in own),
                *(shapes.label(each, is_shared=True) for each in shared),
            ]

    def create_label(self, repository: Repository, label: Label) -> Label:
        """See Forge. Gitea itself would make a second label of the same name (models/issues/label.go)."""
        with asking(f"{repository.full_name} label {label.name!r}"):
            if any(each.name == label.name for each in self.list_labels(repository)):
                mend = "Use that one, or rename it at Gitea"
                raise ForgeError("Gitea has a label of this name already", mend=mend, permanent=True)
            content = {"name": label.name, **shapes.looks(label)}
            return shapes.label(
                self._api.ask("POST", f"{self._path(repository)}/labels", json=content).json()
            )

    def edit_label(self, repository: Repository, label: Label) -> Label:
        """See Forge. https://docs.gitea.com/api/ (issueEditLabel)"""
        with asking(f"{repository.full_name} label {label.name!r}"):
            path = f"{self._path(repository)}/labels/{int(label.id)}"
            return shapes.label(self._api.ask("PATCH", path, json=shapes.looks(label)).json())

    def read_history(self, repository: Repository, number: int) -> list[HistoryEntry]:
        """See Forge."""
        with asking(f"{repository.full_name}#{number}"):
            home = self._home(repository)
            return history.entries(self._whole_list(f"{_path(home)}/issues/{number}/timeline"), home)

    def list_comments(self, repository: Repository, number: int) -> list[IssueComment]:
        """See Forge."""
        with asking(f"{repository.full_name}#{number}"):
            found = self._whole_list(f"{self._path(repository)}/issues/{number}/comments")
            return [shapes.comment(each) for each in found]

    def find_person(self, login: str) -> Person | None:
        """See Forge. A former login leads to the account that had it, which is not the one asked for."""
        with asking(f"user {login}"):
            try:
                found = self._api.ask("GET", f"/users/{quote(login, safe='')}").json()
            except ForgeNotFound:
                return None
            return shapes.person(found) if found["login"].lower() == login.lower() else None

    def read_role(self, repository: Repository, person: Person) -> Role:
        """See Forge. An account that took over a former login has another id, and so no role."""
        with asking(f"{repository.full_name} member {person.login}"):
            path = f"{self._path(repository)}/collaborators/{quote(person.login, safe='')}/permission"
            try:
                return shapes.role(self._api.ask("GET", path).json(), person.id)
            except ForgeNotFound:
                return "none"

    def write_comment(self, repository: Repository, number: int, marker: str, text: str) -> CommentRef:
        """See Forge."""
        with asking(f"{repository.full_name}#{number}"):
            issues = f"{self._path(repository)}/issues"
            own_id = self._api.ask("GET", "/user").json()["id"]
            for comment in self._whole_list(f"{issues}/{number}/comments"):
                if (comment["user"] or {}).get("id") == own_id and marker in comment["body"]:
                    if comment["body"] != text:
                        self._api.ask("PATCH", f"{issues}/comments/{comment['id']}", json={"body": text})
                    break
            else:
                comment = self._api.ask("POST", f"{issues}/{number}/comments", json={"body": text}).json()
            return CommentRef(id=str(comment["id"]), url=comment["html_url"])

    def _home(self, repository: Repository) -> Fields:
        """The repository as it is now. Asked first, so that a later 404 is about what is inside of it."""
        by_id = f"/repositories/{int(repository.id)}" if repository.id else ""
        found: Fields = self._api.ask("GET", by_id or f"/repos/{quote(repository.full_name)}").json()
        return found

    def _path(self, repository: Repository) -> str:
        return _path(self._home(repository))

    def _issues(self, home: str, query: dict[str, str]) -> list[Fields]:
        """Issues by their number. One that is opened meanwhile moves the rest on, and shows one twice."""
        found = {each["number"]: each for each in self._list(f"{home}/issues", query)}
        return [found[number] for number in sorted(found)]

    def _list(self, path: str, query: dict[str, str] | None = None) -> list[Fields]:
        """All entries of a list, page by page: lists of issues name the next page, others tell their length.

        SetLinkHeader and SetTotalCountHeader in services/context/api.go of go-gitea/gitea.
        """
        found: list[Fields] = []
        seen, page = 0, 1
        while True:
            paging = {**_FIRST_PAGE, "page": str(page)}
            response = self._api.ask("GET", path, params={**(query or {}), **paging})
            entries = response.json() or []
            found += [shapes.whole(entry) for entry in entries]
            seen, page = seen + len(entries), page + 1
            is_longer = seen < int(response.headers.get("X-Total-Count") or 0)
            if not entries or not (is_longer or "next" in response.links):
                return found

    def _whole_list(self, path: str) -> list[Fields]:
        """Comments or a timeline, which come whole when no page is asked for, without entries left null.

        Their total count is that of what is given, so counting pages would stop too soon
        (routers/api/v1/repo/issue_comment.go in go-gitea/gitea).
        """
        return [shapes.whole(entry) for entry in self._api.ask("GET", path).json() or [] if entry]


def _path(home: Fields) -> str:
    return f"/repos/{quote(home['full_name'])}"


def _named(found: Iterable[Fields], name: str) -> bool:
    return any(each["name"] == name for each in found)


def _only(found: list[Fields], where: str) -> Fields:
    if not found:
        mend = "Create it in the repository, or mend its title in the contract"
        raise ForgeNotFound("Gitea shows no such milestone", where=where, mend=mend)
    if len(found) > 1:
        what = f"Gitea has {len(found)} milestones of this title"
        mend = "Rename all but the one that the contract means"
        raise ForgeError(what, where=where, mend=mend, permanent=True)
    return found[0]
