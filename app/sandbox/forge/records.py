"""The things that the pretend GitHub keeps. Times are RFC 3339 in UTC, as text."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass, field

from app.events import Role

ROLES: tuple[Role, ...] = ("none", "read", "triage", "write", "maintain", "admin")
"""From nothing to everything; each may do what those before it may."""

DEFAULT_BRANCH = "main"


@dataclass
class User:
    """An account; `type` is User, Bot or Organization."""

    id: int
    login: str
    type: str = "User"
    created_at: str = "2020-01-01T00:00:00Z"
    """The same for everybody: nothing depends on it."""


@dataclass
class Label:
    """A label of a repository. Issues hold this very record, so that a rename shows on them."""

    id: int
    name: str
    color: str = "ededed"
    description: str = ""


@dataclass
class Milestone:
    """A milestone of a repository. Issues hold this very record as well."""

    id: int
    number: int
    title: str
    creator: User
    created_at: str
    updated_at: str
    description: str = ""
    state: str = "open"
    closed_at: str | None = None


@dataclass
class Comment:
    """A comment on an issue."""

    id: int
    author: User
    body: str
    created_at: str
    updated_at: str


@dataclass(frozen=True)
class File:
    """What stands under a path. `mode` is git's: 100644 a file, 120000 a link, 160000 a submodule."""

    content: bytes
    mode: str = "100644"

    @property
    def sha(self) -> str:
        """As git names it; a submodule is a commit of another repository."""
        head = b"blob %d\0" % len(self.content)
        return hashlib.sha1(head + self.content, usedforsecurity=False).hexdigest()


@dataclass
class Commit:
    """A commit. `author` and `committer` are what it says of itself; git lets everybody write any name.

    `changes` are the files that differ from its first parent's, None for one that is gone.
    """

    sha: str
    message: str
    author: User
    committer: User
    created_at: str
    pull_number: int | None = None
    """The pull request that brought it in."""
    parents: list[Commit] = field(default_factory=list)
    changes: dict[str, File | None] = field(default_factory=dict)

    def files(self) -> dict[str, File]:
        """The whole tree, by paths."""
        found = self.parents[0].files() if self.parents else {}
        for path, file in self.changes.items():
            if file is None:
                found.pop(path, None)
            else:
                found[path] = file
        return found

    def history(self) -> dict[str, Commit]:
        """This commit and all that led to it, by their hashes."""
        found, waiting = dict[str, Commit](), [self]
        while waiting:
            one = waiting.pop()
            if one.sha not in found:
                found[one.sha] = one
                waiting += one.parents
        return found


@dataclass
class Happening:
    """One line of an issue's history. Names are those of then: a later rename does not change them."""

    id: int
    event: str
    actor: User
    created_at: str
    label: tuple[str, str] | None = None
    """Name and colour."""
    milestone: str = ""
    commit_id: str | None = None
    source: Issue | None = None
    """What mentioned the issue; only the timeline tells such lines."""


@dataclass
class Pull:
    """What makes an issue a pull request; `head` and `base` are names of branches."""

    head: str
    base: str
    commits: list[Commit]
    merged_at: str | None = None
    merged_by: User | None = None
    merge_sha: str | None = None


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
    pull: Pull | None = None
    labels: list[Label] = field(default_factory=list)
    milestone: Milestone | None = None
    state: str = "open"
    state_reason: str | None = None
    closed_at: str | None = None
    closed_by: User | None = None
    is_locked: bool = False
    is_discussion: bool = False
    """It was converted: what stays behind is closed, locked and can not be changed."""
    comments: list[Comment] = field(default_factory=list)
    history: list[Happening] = field(default_factory=list)

    def as_pull(self) -> Pull:
        """Raises LookupError for what is no pull request."""
        if self.pull is None:
            raise LookupError(f"#{self.number} is no pull request")
        return self.pull


@dataclass
class Hook:
    """A webhook of a repository, or of an App (`app_id`)."""

    id: int
    url: str
    secret: str
    events: list[str]
    created_at: str
    content_type: str = "json"
    is_active: bool = True
    app_id: int | None = None


@dataclass
class Repository:
    """A repository with all that belongs to it; `roles` are by login."""

    id: int
    full_name: str
    owner: User
    created_at: str
    is_private: bool = True
    roles: dict[str, Role] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    """By name in lower case: GitHub takes names that differ only in case for the same."""
    milestones: dict[int, Milestone] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, list[Commit]] = field(default_factory=dict)
    """Commits, oldest first."""
    gone: set[int] = field(default_factory=set)
    """Numbers of deleted issues, which answer 410 for ever."""
    moved: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Numbers of transferred issues: the repository's id and the number where each lives now."""
    hooks: dict[int, Hook] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    milestone_numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def name(self) -> str:
        return self.full_name.split("/")[1]

    def role_of(self, user: User) -> Role:
        """Strangers may read what is public."""
        return self.roles.get(user.login, "none" if self.is_private else "read")

    def may(self, user: User, least: Role) -> bool:
        return ROLES.index(self.role_of(user)) >= ROLES.index(least)
