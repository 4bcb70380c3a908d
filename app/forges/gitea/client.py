"""Gitea and Forgejo over their REST API: issues, roles, label history and our one comment.

Neither has a reason for closing: closed is completed. Repositories are asked for by their numeric id first,
so that one made anew under an old name is never taken for it. API: https://docs.gitea.com/api/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import requests
from requests.auth import AuthBase

from app.errors import ForgeError, ForgeNotFound, SettingsError
from app.events import Issue, Label, Labeling, Person, Repository, Role
from app.forges.base import CommentRef
from app.forges.transport import BoundedTransport

# Gitea knows no triage: whoever may write may label and close. https://docs.gitea.com/usage/permissions
_ROLES: dict[str, Role] = {
    "none": "none",
    "read": "read",
    "write": "write",
    "admin": "admin",
    "owner": "admin",
}
_FIRST_PAGE = {"page": "1", "limit": "50"}
_Fields = dict[str, Any]


class GiteaForge:
    """The Forge port for one Gitea or Forgejo server; `api_url` is https://host or https://host/api/v1.

    The bot's account needs the administrator's right on the repository: only that may read other people's
    permissions. Raises SettingsError without an `api_url`: there is no vendor's service to fall back to.
    """

    def __init__(self, token: str, api_url: str, timeout_s: float = 20) -> None:
        if not api_url:
            raise SettingsError(
                "a Gitea or Forgejo connection has no address",
                where="api_url",
                mend="Write the server's address, for example api_url: https://codeberg.org",
            )
        self._api = api_url.rstrip("/").removesuffix("/api/v1") + "/api/v1"
        self._session = requests.Session()
        self._session.auth = _TokenAuth(token)
        transport = BoundedTransport("Gitea", timeout_s)
        self._session.mount("https://", transport)
        self._session.mount("http://", transport)

    def read_issue(self, repository: Repository, number: int) -> Issue:
        """See Forge. A pull request has a number of the same row; its kind says so."""
        with _asking(f"{repository.full_name}#{number}"):
            path = f"{self._path(repository)}/issues"
            return self._issue(path, _whole(self._ask("GET", f"{path}/{number}").json()))

    def list_issues(self, repository: Repository, label: str) -> list[Issue]:
        """See Forge. The filter by name knows the repository's own labels only: names are compared here.

        A label of the organisation selects every issue, or none on servers that take an unknown name for an
        empty choice; then all are read. https://docs.gitea.com/api/ (issueListIssues)
        """
        with _asking(f"{repository.full_name} label {label!r}"):
            home = self._path(repository)
            query = {"type": "issues", "state": "all", **_FIRST_PAGE}
            found = self._list(f"{home}/issues", query if "," in label else {**query, "labels": label})
            if not found and not _named(self._list(f"{home}/labels", _FIRST_PAGE), label):
                found = self._list(f"{home}/issues", query)
            # An issue that is opened meanwhile moves the rest on: one may be seen on two pages.
            wanted = {each["number"]: each for each in found if _named(each["labels"] or (), label)}
            return [self._issue(f"{home}/issues", wanted[number]) for number in sorted(wanted)]

    def read_role(self, repository: Repository, person: Person) -> Role:
        """See Forge. An account that took over a former login has another id, and so no role."""
        with _asking(f"{repository.full_name} member {person.login}"):
            path = f"{self._path(repository)}/collaborators/{quote(person.login, safe='')}/permission"
            try:
                found = self._ask("GET", path).json()
            except ForgeNotFound:
                return "none"
            user = found["user"]
            is_other = person.id not in {"", str(user["id"])}
            return "none" if is_other or user.get("prohibit_login") else _ROLES[found["permission"]]

    def list_labelings(self, repository: Repository, number: int) -> list[Labeling]:
        """See Forge. A timeline entry of type "label" adds with the body "1", and removes without."""
        with _asking(f"{repository.full_name}#{number}"):
            entries = self._list(f"{self._path(repository)}/issues/{number}/timeline")
            added = [entry for entry in entries if entry["type"] == "label" and entry["body"] == "1"]
            return [
                Labeling(_label(entry["label"]), _person(entry["user"]), _utc(entry["created_at"]))
                for entry in added
                if entry["label"]  # a label deleted since has left null
            ]

    def write_comment(self, repository: Repository, number: int, marker: str, text: str) -> CommentRef:
        """See Forge."""
        with _asking(f"{repository.full_name}#{number}"):
            issues = f"{self._path(repository)}/issues"
            own_id = self._ask("GET", "/user").json()["id"]
            for comment in self._list(f"{issues}/{number}/comments"):
                if (comment["user"] or {}).get("id") == own_id and marker in comment["body"]:
                    if comment["body"] != text:
                        self._ask("PATCH", f"{issues}/comments/{comment['id']}", json={"body": text})
                    break
            else:
                comment = self._ask("POST", f"{issues}/{number}/comments", json={"body": text}).json()
            return CommentRef(id=str(comment["id"]), url=comment["html_url"])

    def _path(self, repository: Repository) -> str:
        """Where the repository lives now. Asked first, so that a later 404 is about what is inside of it."""
        by_id = f"/repositories/{int(repository.id)}" if repository.id else ""
        found = self._ask("GET", by_id or f"/repos/{quote(repository.full_name)}").json()
        return f"/repos/{quote(found['full_name'])}"

    def _list(self, path: str, query: dict[str, str] | None = None) -> list[_Fields]:
        """All entries of a list, page by page while the server names a next one, without those it left null.

        Comments and timelines come whole when no page is asked for; their total count is that of one page,
        so counting would stop too soon (routers/api/v1/repo/issue_comment.go in go-gitea/gitea).
        """
        found: list[_Fields] = []
        query = dict(query or {})
        while True:
            response = self._ask("GET", path, params=query)
            found += [_whole(entry) for entry in response.json() if entry]
            if "next" not in response.links:
                return found
            query["page"] = str(int(query.get("page", "1")) + 1)

    def _ask(self, method: str, path: str, **content: Any) -> requests.Response:
        response = self._session.request(method, self._api + path, **content)
        if not response.ok:
            raise _refusal(response)
        return response

    def _issue(self, path: str, found: _Fields) -> Issue:
        is_open = found["state"] != "closed"
        closed_at = None if is_open or not found["closed_at"] else _utc(found["closed_at"])
        return Issue(
            repository=Repository(
                id=str(found["repository"]["id"]), full_name=found["repository"]["full_name"]
            ),
            number=int(found["number"]),
            id=str(found["id"]),
            url=found["html_url"],
            title=found["title"],
            is_open=is_open,
            kind="pull_request" if found.get("pull_request") else "issue",
            labels=tuple(_label(each) for each in found["labels"] or ()),
            close_reason=None if is_open else "completed",
            closed_at=closed_at,
            closed_by=self._closer(f"{path}/{found['number']}", closed_at) if closed_at else None,
        )

    def _closer(self, path: str, closed_at: str) -> Person | None:
        """Who closed it, from the history; nobody is named where the history shows another moment.

        Entries are missing that Gitea failed to convert or that point to places the bot may not see.
        """
        turns = [each for each in self._list(f"{path}/timeline") if each["type"] in {"close", "reopen"}]
        if not turns or turns[-1]["type"] != "close":
            return None
        apart = datetime.fromisoformat(turns[-1]["created_at"]) - datetime.fromisoformat(closed_at)
        return _person(turns[-1]["user"]) if abs(apart) < timedelta(minutes=1) else None


class _TokenAuth(AuthBase):
    """The token header; as `auth` of the session it can not be displaced by a ~/.netrc."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"token {self._token}"
        return request


def _whole(found: _Fields) -> _Fields:
    """Refuse the empty object that a server in trouble puts in an issue's place (services/convert/issue.go).

    Passed over, it would be one open issue less: a milestone could look done.
    """
    if not found["id"]:
        raise ForgeError("Gitea answered with an empty entry", mend="Asked again later by itself")
    return found


def _named(labels: Iterable[_Fields], name: str) -> bool:
    return any(each["name"] == name for each in labels)


def _label(found: _Fields) -> Label:
    return Label(id=str(found["id"]), name=found["name"])


def _person(user: _Fields | None) -> Person | None:
    """An account. Gitea's Actions act under the id -2 (models/user/user_system.go); other bots look human."""
    if user is None:
        return None
    return Person(id=str(user["id"]), login=user["login"], is_bot=user["id"] == -2)


def _utc(text: str) -> str:
    """RFC 3339 with the server's own offset, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC).isoformat().replace("+00:00", "Z")


@contextmanager
def _asking(where: str) -> Iterator[None]:
    """Say where, and turn an answer of an unknown form into ForgeError."""
    try:
        yield
    except ForgeError as error:
        error.where = error.where or where
        raise
    except (KeyError, TypeError, ValueError, AttributeError, requests.RequestException) as error:
        raise ForgeError(
            f"Gitea answered in a form that we do not know ({type(error).__name__}: {error})",
            where=where,
            mend="Check that the connection's api_url is a Gitea 1.20 or Forgejo 7 server, or newer",
            permanent=True,
        ) from error


def _refusal(response: requests.Response) -> ForgeError:
    code = response.status_code
    if code == 401:
        what = "Gitea does not accept the connection's token"
        mend = "Put a valid access token into the token setting; decisions wait until then"
        return ForgeError(what, mend=mend)
    if code == 403:
        what = "Gitea does not allow this to the bot's account"
        mend = (
            "Make it an administrator of the repository, for only those may read other people's permissions, "
            "and give its token the scopes write:issue, read:repository and read:user"
        )
        return ForgeError(what, mend=mend)
    if code in {404, 410}:
        what = "Gitea shows nothing there"
        mend = "It was deleted or moved, or the bot's account is not a collaborator of the repository"
        return ForgeNotFound(what, mend=mend)
    if code == 423:
        return ForgeError("the repository is archived", mend="Unarchive it, or take it out of the contract")
    what, mend = f"Gitea refused with {code}", "Read what Gitea's log says of it, and mend it there"
    return ForgeError(what, mend=mend, permanent=True)
