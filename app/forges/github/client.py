"""GitHub through PyGithub: issues, roles, label history and our one comment.

Reads are repeated a few times by PyGithub; what writes is sent once (its default re-sends a POST after a 502,
and a comment that was created behind that 502 then stands there twice).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from typing import Any
from urllib.parse import quote

import requests
from github import Auth, Github
from github.Consts import DEFAULT_BASE_URL
from github.GithubException import GithubException
from github.GithubRetry import GithubRetry
from github.Issue import Issue as RemoteIssue
from github.Repository import Repository as RemoteRepository

from app.errors import ForgeError, ForgeNotFound
from app.events import CloseReason, Issue, Label, Labeling, Person, Repository, Role
from app.forges.base import CommentRef
from app.forges.github.parse import read_labels, read_person

LONGEST_PAUSE_S = 5
USUAL_PAUSE_S = 60
"""What we assume where GitHub limits us without saying for how long."""

_ROLES: frozenset[str] = frozenset({"read", "triage", "write", "maintain", "admin"})
_REASONS: dict[str | None, CloseReason] = {
    "completed": "completed",
    "not_planned": "not_planned",
    "duplicate": "duplicate",
    None: "completed",  # closed before reasons existed, or by a server that does not know them
}


class GitHubForge:
    """The Forge port for one account's token; `api_url` is "" for github.com, else https://host/api/v3."""

    def __init__(self, token: str, api_url: str = "", timeout_s: float = 20) -> None:
        self._github = Github(
            auth=Auth.Token(token),
            base_url=api_url.rstrip("/") or DEFAULT_BASE_URL,
            timeout=timeout_s,  # type: ignore[arg-type]
            per_page=100,
            retry=GithubRetry(
                total=2,
                backoff_factor=0.1,
                allowed_methods=frozenset({"GET"}),
                max_rate_limit_wait=LONGEST_PAUSE_S,
                respect_retry_after_header=False,
                raise_on_status=False,
            ),
            seconds_between_requests=0,
            seconds_between_writes=0,
            lazy=True,
        )
        self._own_id = ""

    def read_issue(self, repository: Repository, number: int) -> Issue:
        """See Forge. GitHub answers for a transferred issue with its new place, which is another issue."""
        with _asking(f"{repository.full_name}#{number}"):
            raw = self._repository(repository).get_issue(number).raw_data
        if raw.get("number") != number or not _is_in(raw, repository):
            raise ForgeNotFound(
                f"the issue now lives at {raw.get('html_url')}", where=f"{repository.full_name}#{number}"
            )
        return _issue(repository, raw)

    def list_issues(self, repository: Repository, label: str) -> list[Issue]:
        """See Forge. GitHub compares labels without case, so the names are compared again here."""
        with _asking(f"{repository.full_name} label {label!r}"):
            listed = self._repository(repository).get_issues(state="all", labels=[label])
            # Not `raw_data`: on a list's entry that would ask for every issue once more.
            raws = [one._rawData for one in listed]
        for raw in raws:
            if not _is_in(raw, repository):
                raise ForgeError(
                    f"the repository is now {raw.get('repository_url')}",
                    where=repository.full_name,
                    mend="Name it by its new name in the contract",
                )
        issues = [_issue(repository, raw) for raw in raws if not raw.get("pull_request")]
        return [one for one in issues if any(found.name == label for found in one.labels)]

    def read_role(self, repository: Repository, person: Person) -> Role:
        """See Forge. `permission` shows triage as read and maintain as write; `role_name` tells them apart.

        A role that an organisation made itself counts as the permission that it is built on.
        https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
        """
        found = self._repository(repository)
        path = f"{found.url}/collaborators/{quote(person.login, safe='')}/permission"
        try:
            with _asking(f"{repository.full_name} role of {person.login}"):
                _, data = found.requester.requestJsonAndCheck("GET", path)
        except ForgeNotFound:
            return "none"
        now = read_person(data.get("user"))
        if now is not None and person.id and now.id != person.id:
            return "none"  # the login was given to somebody else
        for name in (data.get("role_name"), data.get("permission")):
            if name in _ROLES:
                role: Role = name
                return role
        return "none"

    def list_labelings(self, repository: Repository, number: int) -> list[Labeling]:
        """See Forge. An event's label has a name and a colour but no id."""
        with _asking(f"{repository.full_name}#{number} events"):
            events = list(self._lazy_issue(repository, number).get_events())
            return [
                Labeling(
                    Label("", event.label.name),
                    read_person(event.actor.raw_data) if event.actor else None,
                    event.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
                )
                for event in events
                if event.event == "labeled" and event.label is not None
            ]

    def write_comment(self, repository: Repository, number: int, marker: str, text: str) -> CommentRef:
        """See Forge. A comment of another account that contains the marker is left alone."""
        with _asking(f"{repository.full_name}#{number} comments"):
            issue = self._lazy_issue(repository, number)
            for comment in issue.get_comments():
                if marker in (comment.body or "") and str(comment.user.id) == self._account_id():
                    if comment.body != text:
                        comment.edit(text)
                    return CommentRef(str(comment.id), comment.html_url)
            written = issue.create_comment(text)
            return CommentRef(str(written.id), written.html_url)

    def _account_id(self) -> str:
        if not self._own_id:
            self._own_id = str(self._github.get_user().id)
        return self._own_id

    def _repository(self, repository: Repository) -> RemoteRepository:
        return self._github.get_repo(repository.full_name, lazy=True)

    def _lazy_issue(self, repository: Repository, number: int) -> RemoteIssue:
        return self._repository(repository).get_issue(number)


def _issue(repository: Repository, raw: Mapping[str, Any]) -> Issue:
    is_open = raw.get("state") != "closed"
    return Issue(
        repository=repository,
        number=int(raw["number"]),
        id=str(raw["id"]),
        url=str(raw.get("html_url") or ""),
        title=str(raw.get("title") or ""),
        is_open=is_open,
        kind="pull_request" if raw.get("pull_request") else "issue",
        labels=read_labels(raw.get("labels")),
        close_reason=None if is_open else _REASONS.get(raw.get("state_reason"), "unknown"),
        closed_at=None if is_open else raw.get("closed_at"),
        closed_by=None if is_open else read_person(raw.get("closed_by")),
    )


def _is_in(raw: Mapping[str, Any], repository: Repository) -> bool:
    """Whether the answer is about the repository that was asked for, whatever redirects lay between."""
    where = str(raw.get("repository_url") or "").lower()
    return not where or where.endswith(f"/repos/{repository.full_name.lower()}")


@contextmanager
def _asking(where: str) -> Iterator[None]:
    """Every way in which GitHub or the way to it can fail, as a ForgeError that says what to do."""
    try:
        yield
    except GithubException as error:
        raise _judged(error, where) from error
    except requests.Timeout as error:
        raise ForgeError(
            "GitHub did not answer in time", where=where, mend="Asked again later by itself"
        ) from error
    except requests.RequestException as error:
        raise ForgeError(
            f"GitHub can not be reached ({type(error).__name__})",
            where=where,
            mend="Asked again later by itself",
        ) from error


def _judged(error: GithubException, where: str) -> ForgeError:
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    told = str(error.message or "")
    if error.status in (404, 410):
        return ForgeNotFound(
            "GitHub shows nothing here", where=where, mend="It is gone, or hidden from the token"
        )
    if error.status == 429 or (error.status == 403 and _is_limit(headers, told)):
        pause_s = _pause_s(headers)
        return ForgeError(
            "GitHub limits how often we may ask",
            where=where,
            mend=f"Asked again by itself in {pause_s} s",
            retry_after_s=pause_s,
        )
    if error.status == 401:
        return ForgeError(
            "GitHub does not accept the token", where=where, mend="Set a valid token and restart"
        )
    if error.status == 403:
        return ForgeError(
            f"the token may not do this: {told}",
            where=where,
            mend="Give it the permissions issues: write and metadata: read",
        )
    if error.status >= 500:
        return ForgeError(
            f"GitHub failed with {error.status}", where=where, mend="Asked again later by itself"
        )
    return ForgeError(f"GitHub answered {error.status}: {told}", where=where, permanent=True)


def _is_limit(headers: Mapping[str, Any], told: str) -> bool:
    return (
        "retry-after" in headers
        or headers.get("x-ratelimit-remaining") == "0"
        or "rate limit" in told.lower()
    )


def _pause_s(headers: Mapping[str, Any]) -> int:
    """https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api"""
    asked = str(headers.get("retry-after", ""))
    if asked.isdecimal():
        return int(asked)
    reset = str(headers.get("x-ratelimit-reset", ""))
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return max(1, int(reset) - int(time.time()) + 1)
    return USUAL_PAUSE_S
