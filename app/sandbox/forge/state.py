"""What the pretend GitHub knows: people, repositories, issues, and everything that happened to them."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.events import Role

ROLES: tuple[Role, ...] = ("none", "read", "triage", "write", "maintain", "admin")
"""From nothing to everything; each may do what those before it may."""


@dataclass
class User:
    """An account; `type` is User, Bot or Organization."""

    id: int
    login: str
    type: str = "User"


@dataclass
class Label:
    """A label of a repository. Issues hold this very record, so that a rename shows on them."""

    id: int
    name: str
    color: str = "ededed"
    description: str = ""


@dataclass
class Comment:
    """A comment on an issue; times are RFC 3339 in UTC, here and below."""

    id: int
    author: User
    body: str
    created_at: str
    updated_at: str


@dataclass
class Happening:
    """One line of an issue's history: labeled, unlabeled, closed, reopened."""

    id: int
    event: str
    actor: User
    created_at: str
    label: Label | None = None


@dataclass
class Issue:
    """An issue, or a pull request: both share one row of numbers."""

    id: int
    number: int
    title: str
    body: str
    author: User
    created_at: str
    updated_at: str
    is_pull_request: bool = False
    labels: list[Label] = field(default_factory=list)
    state: str = "open"
    state_reason: str | None = None
    closed_at: str | None = None
    closed_by: User | None = None
    comments: list[Comment] = field(default_factory=list)
    history: list[Happening] = field(default_factory=list)


@dataclass
class Hook:
    """A webhook of a repository."""

    id: int
    url: str
    secret: str
    events: list[str]
    content_type: str = "json"
    is_active: bool = True


@dataclass
class Repository:
    """A repository with all that belongs to it; `roles` are by login."""

    id: int
    full_name: str
    owner: User
    is_private: bool = True
    roles: dict[str, Role] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    """By name in lower case: GitHub takes names that differ only in case for the same."""
    issues: dict[int, Issue] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    """Numbers of deleted issues, which answer 410 for ever."""
    moved: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Numbers of transferred issues: the repository's id and the number where each lives now."""
    hooks: dict[int, Hook] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def role_of(self, user: User) -> Role:
        """Strangers may read what is public."""
        return self.roles.get(user.login, "none" if self.is_private else "read")

    def may(self, user: User, least: Role) -> bool:
        return ROLES.index(self.role_of(user)) >= ROLES.index(least)


class State:
    """Everything, behind one lock. Ids are numeric and never used twice, as at GitHub."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.users: dict[str, User] = {}
        self.tokens: dict[str, User] = {}
        self.organisations: dict[str, User] = {}
        self.repositories: dict[str, Repository] = {}
        self.former_names: dict[str, Repository] = {}
        """Where a renamed repository's old name leads, until somebody takes that name."""
        self._ids = itertools.count(1001)

    def next_id(self) -> int:
        return next(self._ids)

    def add_user(self, login: str, token: str, kind: str = "User") -> User:
        """Make an account. Raises ValueError when its login or its token is taken, or there is no token."""
        with self.lock:
            if login.lower() in self.users or token in self.tokens or not token:
                raise ValueError(f"the login {login!r}, or its token, can not be taken")
            user = User(self.next_id(), login, kind)
            self.users[login.lower()] = self.tokens[token] = user
            return user

    def add_repository(self, full_name: str, *, is_private: bool = True) -> Repository:
        """Make a repository of a user, or of an organisation. Raises ValueError when the name is taken."""
        with self.lock:
            if full_name.lower() in self.repositories:
                raise ValueError(f"{full_name} is there already")
            login = full_name.split("/", maxsplit=1)[0]
            owner = self.users.get(login.lower()) or self.organisations.get(login.lower())
            if owner is None:
                owner = self.organisations[login.lower()] = User(self.next_id(), login, "Organization")
            repository = Repository(self.next_id(), full_name, owner, is_private)
            if owner.type != "Organization":
                repository.roles[owner.login] = "admin"
            self.repositories[full_name.lower()] = repository
            self.former_names.pop(full_name.lower(), None)
            return repository

    def rename_repository(self, repository: Repository, name: str) -> None:
        """The old name leads here from now on. Raises ValueError when the new one is taken."""
        full_name = f"{repository.owner.login}/{name}"
        if self.repositories.get(full_name.lower(), repository) is not repository:
            raise ValueError(f"{full_name} is there already")
        del self.repositories[repository.full_name.lower()]
        self.former_names[repository.full_name.lower()] = repository
        repository.full_name = full_name
        self.repositories[full_name.lower()] = repository
        self.former_names.pop(full_name.lower(), None)

    def transfer(self, source: Repository, number: int, target: Repository) -> Issue:
        """Move an issue: it gets another id and number, and keeps the labels whose names the target has."""
        issue = source.issues.pop(number)
        issue.id, issue.number = self.next_id(), next(target.numbers)
        kept = [target.labels.get(label.name.lower()) for label in issue.labels]
        issue.labels = [label for label in kept if label is not None]
        target.issues[issue.number] = issue
        source.moved[number] = (target.id, issue.number)
        return issue

    def name_of(self, repository_id: int) -> str:
        """The full name of the repository with this id; one that leads nowhere if there is none."""
        with self.lock:
            return next(
                (one.full_name for one in self.repositories.values() if one.id == repository_id), "none/none"
            )

    def add_issue(self, repository: Repository, author: User, title: str, body: str = "") -> Issue:
        """A new issue; its number is the repository's next, for ever."""
        moment = now()
        issue = Issue(self.next_id(), next(repository.numbers), title, body, author, moment, moment)
        repository.issues[issue.number] = issue
        return issue

    def label(self, repository: Repository, name: str) -> Label:
        """The repository's label of that name, made on the spot when there is none, as GitHub does."""
        found = repository.labels.get(name.lower())
        if found is None:
            found = repository.labels[name.lower()] = Label(self.next_id(), name)
        return found

    def note(self, issue: Issue, event: str, actor: User, label: Label | None = None) -> None:
        issue.updated_at = now()
        issue.history.append(Happening(self.next_id(), event, actor, issue.updated_at, label))


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
