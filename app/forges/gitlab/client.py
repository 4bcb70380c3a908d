"""GitLab through python-gitlab: issues, roles, label history and our one comment.

GitLab tells why an issue was closed only where it was moved or marked as a duplicate. The newer work item
status ("Won't do") is not in this API (https://gitlab.com/gitlab-org/gitlab/-/issues/560083), and a duplicate
of an issue that the token may not read looks completed: give the bot access to the projects it judges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import requests
from gitlab import Gitlab
from gitlab.exceptions import GitlabError
from gitlab.v4.objects import Project

from app.errors import ForgeError, ForgeNotFound
from app.events import CloseReason, Issue, IssueKind, Label, Labeling, Person, Repository, Role
from app.forges.base import CommentRef
from app.forges.transport import BoundedTransport

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


class GitLabForge:
    """The Forge port for one GitLab server; `api_url` is "" for gitlab.com, else https://host[/api/v4]."""

    def __init__(self, token: str, api_url: str = "", timeout_s: float = 20) -> None:
        session = requests.Session()
        transport = BoundedTransport("GitLab", timeout_s)
        session.mount("https://", transport)
        session.mount("http://", transport)
        # The transport repeats reads and raises for 429: python-gitlab would repeat a POST after a 429, and
        # sleep for as long as the server says (gitlab/utils.py, Retry). It also follows "next" links to any
        # host with our token unless the base URL is kept.
        self._gitlab = Gitlab(
            url=api_url.rstrip("/").removesuffix("/api/v4") or None,
            private_token=token,
            timeout=timeout_s,
            session=session,
            keep_base_url=True,
        )
        self._bots: dict[int, bool] = {}

    def read_issue(self, repository: Repository, number: int) -> Issue:
        """See Forge. Read as a list of one: only lists name the ids of labels (with_labels_details)."""
        with _asking(f"{repository.full_name}#{number}"):
            found = self._issues(repository, iids=[number])
        if not found:
            raise ForgeNotFound(
                "GitLab shows no such issue",
                where=f"{repository.full_name}#{number}",
                mend="It was deleted, or the bot's account may not see it",
            )
        return found[0]

    def list_issues(self, repository: Repository, label: str) -> list[Issue]:
        """See Forge. The words None and Any select all issues without or with labels, so names are compared.

        https://docs.gitlab.com/api/issues/#list-project-issues
        """
        with _asking(f"{repository.full_name} label {label!r}"):
            found = self._issues(repository, labels=[label])
        return [issue for issue in found if any(each.name == label for each in issue.labels)]

    def read_role(self, repository: Repository, person: Person) -> Role:
        """See Forge. A role inherited from a group counts; an expired or blocked member has none.

        https://docs.gitlab.com/api/project_members/
        """
        with _asking(f"{repository.full_name} member {person.login}"):
            user_id = int(person.id) if person.id else self._user_id(person.login)
            if user_id is None:
                return "none"
            try:
                member = self._project(repository).members_all.get(user_id).asdict()
            except GitlabError as error:
                # The same 404 answers for a project that we may not see; then the role is not known.
                if error.response_code == 404 and "project" not in str(error.error_message).lower():
                    return "none"
                raise
            return _role(member, datetime.now(UTC))

    def list_labelings(self, repository: Repository, number: int) -> list[Labeling]:
        """See Forge. Source: https://docs.gitlab.com/api/resource_label_events/."""
        with _asking(f"{repository.full_name}#{number}"):
            issue = self._project(repository).issues.get(number, lazy=True)
            listed = issue.resourcelabelevents.list(iterator=True, per_page=100)
            entries = [entry.asdict() for entry in listed]
            found = [
                Labeling(
                    label=Label(id=str(entry["label"]["id"]), name=entry["label"]["name"]),
                    by=self._person(entry["user"]),
                    at=_utc(entry["created_at"]),
                )
                for entry in sorted(entries, key=lambda entry: int(entry["id"]))
                if entry["action"] == "add" and entry["label"]  # a deleted label leaves null behind
            ]
        return found

    def write_comment(self, repository: Repository, number: int, marker: str, text: str) -> CommentRef:
        """See Forge. Lines that GitLab would carry out as commands are made inert first."""
        text = _inert(text)
        with _asking(f"{repository.full_name}#{number}"):
            issue = self._project(repository).issues.get(number)
            own_id = self._own_id()
            for note in issue.notes.list(iterator=True, per_page=100, order_by="created_at", sort="asc"):
                if note.author["id"] == own_id and not note.system and marker in note.body:
                    # GitLab cuts blanks off the end (lib/gitlab/quick_actions/extractor.rb).
                    if note.body.rstrip() != text.rstrip():
                        note.body = text
                        note.save()
                    break
            else:
                note = issue.notes.create({"body": text})
            return CommentRef(id=str(note.id), url=f"{issue.web_url}#note_{note.id}")

    def _project(self, repository: Repository) -> Project:
        key = int(repository.id) if repository.id else repository.full_name
        return self._gitlab.projects.get(key, lazy=True)

    def _issues(self, repository: Repository, **filters: Any) -> list[Issue]:
        listed = self._project(repository).issues.list(
            iterator=True,
            per_page=100,
            **filters,
            scope="all",
            state="all",
            order_by="created_at",
            sort="asc",
            with_labels_details=True,
        )
        return [self._issue(found.asdict()) for found in listed]

    def _issue(self, found: dict[str, Any]) -> Issue:
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
            labels=tuple(Label(id=str(each["id"]), name=each["name"]) for each in found["labels"]),
            close_reason=None if is_open else _close_reason(found),
            closed_at=None if is_open or not found["closed_at"] else _utc(found["closed_at"]),
            closed_by=None if is_open else self._person(found["closed_by"]),
        )

    def _person(self, user: dict[str, Any] | None) -> Person | None:
        """An account, with the one fact that lists leave out: whether it is a bot."""
        if user is None:
            return None
        user_id = int(user["id"])
        if user_id not in self._bots:
            self._bots[user_id] = self._is_bot(user_id)
        return Person(id=str(user_id), login=user["username"], is_bot=self._bots[user_id])

    def _is_bot(self, user_id: int) -> bool:
        """Ask once per account: this endpoint is limited (https://docs.gitlab.com/api/users/)."""
        try:
            return bool(self._gitlab.users.get(user_id).asdict().get("bot", False))
        except GitlabError as error:
            if error.response_code == 404:  # the account is gone; its role will say so
                return False
            raise

    def _user_id(self, login: str) -> int | None:
        users = [user.asdict() for user in self._gitlab.users.list(iterator=True, username=login)]
        return next((int(user["id"]) for user in users if user["username"] == login), None)

    def _own_id(self) -> int:
        self._gitlab.auth()
        user = self._gitlab.user
        if user is None:
            raise ValueError("GitLab names no account for this token")
        return int(user.id)


def _close_reason(found: dict[str, Any]) -> CloseReason:
    """Moving an issue and marking it as a duplicate both close it: https://docs.gitlab.com/api/issues/."""
    if found["moved_to_id"]:
        return "moved"
    return "duplicate" if found["_links"].get("closed_as_duplicate_of") else "completed"


def _role(member: dict[str, Any], now: datetime) -> Role:
    expires = member.get("expires_at") or "9999-12-31"
    # A membership ends at 00:00 UTC of its day; the server may tidy up hours later.
    is_expired = expires[:10] <= now.date().isoformat()
    if is_expired or member["state"] != "active" or member.get("membership_state", "active") != "active":
        return "none"
    level = int(member["access_level"])
    return next((role for least, role in _ROLES if level >= least), "none")


def _inert(text: str) -> str:
    r"""Escape a slash that begins a line: "/close" is a command, "\/close" is text that reads the same.

    https://docs.gitlab.com/user/project/quick_actions/
    """
    return re.sub(r"^/", r"\\/", text, flags=re.MULTILINE)


def _utc(text: str) -> str:
    """RFC 3339 with any offset, as GitLab sends it, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC).isoformat().replace("+00:00", "Z")


@contextmanager
def _asking(where: str) -> Iterator[None]:
    """Turn what GitLab refuses into ForgeError, with what to do about it."""
    try:
        yield
    except GitlabError as error:
        raise _refusal(error, where) from error
    except (KeyError, TypeError, ValueError, AttributeError, requests.RequestException) as error:
        raise ForgeError(
            f"GitLab answered in a form that we do not know ({type(error).__name__}: {error})",
            where=where,
            mend="Check that the connection's api_url is a GitLab server of version 16 or newer",
            permanent=True,
        ) from error


def _refusal(error: GitlabError, where: str) -> ForgeError:
    code = error.response_code
    if code == 401:
        what = "GitLab does not accept the connection's token"
        mend = "Put a valid access token with the scope api into the token setting; decisions wait until then"
        return ForgeError(what, where=where, mend=mend)
    if code == 403:
        what = "GitLab does not allow this to the bot's account"
        mend = "Give the account the role Reporter or higher in the project, and its token the scope api"
        return ForgeError(what, where=where, mend=mend)
    if code in {404, 410}:
        what = "GitLab shows nothing there"
        mend = "It was deleted or moved, or the bot's account is not a member of the project"
        return ForgeNotFound(what, where=where, mend=mend)
    if code is None:
        what = "GitLab did not answer with JSON"
        mend = "Check that the connection's api_url is the address of the GitLab server"
    else:
        said = "".join(char if char.isprintable() else " " for char in str(error.error_message)[:200])
        what = f"GitLab refused with {code} ({said})"
        mend = "Read what GitLab says, and mend it there"
    return ForgeError(what, where=where, mend=mend, permanent=True)
