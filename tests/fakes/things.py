"""What a pretend forge's world is made of. Plain records, in no forge's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from app.events import CloseReason, IssueKind, Person, Role

What = Literal[
    "opened",
    "closed",
    "moved",  # closed because it lives in another repository now
    "reopened",
    "labeled",
    "unlabeled",
    "milestoned",  # put into a milestone, or taken out of one
    "edited",
    "commented",
    "comment_edited",
    "referenced",  # named by a pull request that will close it
    "committed",  # named by a commit that was pushed
]
SILENT: frozenset[What] = frozenset({"referenced", "committed"})
"""What no forge tells by webhook."""


@dataclass
class Account:
    """One account and its role in the one repository; `state` is the forge's word for who may sign in."""

    id: int
    login: str
    role: Role
    is_bot: bool = False
    state: str = "active"
    expires_at: str | None = None

    @property
    def person(self) -> Person:
        return Person(id=str(self.id), login=self.login, is_bot=self.is_bot)


@dataclass
class Tag:
    """A label. Issues and their history hold this very record, so that a rename shows on them."""

    id: int
    name: str
    is_shared: bool = False
    """Whether it belongs to the group or organisation around the repository."""
    color: str = "0033cc"
    description: str = ""


@dataclass
class Phase:
    """A milestone of the forge."""

    id: int
    title: str
    is_open: bool = True
    is_shared: bool = False


@dataclass
class Comment:
    """A comment; `is_system` marks those that the forge writes by itself."""

    id: int
    by: Account
    text: str
    at: datetime
    is_system: bool = False
    edited_at: datetime | None = None


@dataclass
class Happening:
    """One entry of an issue's history. `before` are the labels as they were, `former` the milestone left."""

    id: int
    what: What
    by: Account
    at: datetime
    tag: Tag | None = None
    before: tuple[Tag, ...] = ()
    comment: Comment | None = None
    phase: Phase | None = None
    former: Phase | None = None
    commit: str = ""
    pull_request: Ticket | None = None


@dataclass
class Ticket:
    """One issue (or whatever shares its numbers). `closes` are the issues that a pull request closes."""

    id: int
    number: int
    title: str
    kind: IssueKind
    by: Account
    created_at: datetime
    updated_at: datetime
    tags: list[Tag] = field(default_factory=list)
    phase: Phase | None = None
    is_open: bool = True
    reason: CloseReason | None = None
    closed_at: datetime | None = None
    closed_by: Account | None = None
    comments: list[Comment] = field(default_factory=list)
    history: list[Happening] = field(default_factory=list)
    closes: list[int] = field(default_factory=list)
    merged_at: datetime | None = None
    merged_by: Account | None = None
