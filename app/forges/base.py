"""The port to a forge: what every adapter offers, in our nouns, held to it by one conformance suite.

An adapter is a folder: `parse.py` (pure: verify, parse), `client.py` (HTTP), and what they need.
All methods raise ForgeError (`permanent` says whether asking again can help) and ForgeNotFound.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from app.errors import ForgeError
from app.events import (
    ForgeMilestone,
    ForgeNews,
    HistoryEntry,
    Ignored,
    Issue,
    IssueComment,
    Label,
    Person,
    Repository,
    Role,
)


@dataclass(frozen=True, slots=True)
class CommentRef:
    """A comment of ours at the forge; `url` is where a person reads it."""

    id: str
    url: str


class ForgeParser(Protocol):
    """The pure half. Header names arrive in lower case; header values and the body are as received."""

    def delivery_id(self, headers: Mapping[str, str]) -> str:
        """The forge's id of this delivery, the same on a redelivery. Raises PayloadError when missing."""

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: tuple[bytes, ...]) -> None:
        """Check the signature over the raw bytes in constant time. Raises SignatureError, nothing else."""

    def parse(self, headers: Mapping[str, str], body: bytes) -> ForgeNews | Ignored:
        """Say what a verified delivery means. Raises PayloadError when it can not be read."""


class Forge(Protocol):
    """The half that talks. Every call has a time-out; GETs are retried, nothing that writes is.

    A repository is asked for by its `id` where that is known, else by its name.
    """

    def read_repository(self, repository: Repository) -> Repository:
        """The repository's numeric id and its present name. ForgeNotFound when there is none."""

    def read_issue(self, repository: Repository, number: int) -> Issue:
        """The issue as it is now. ForgeNotFound when it was deleted, transferred away, or is a discussion."""

    def list_issues(self, repository: Repository, label: str) -> list[Issue]:
        """All issues, open and closed, that carry exactly this label now; no pull requests."""

    def read_milestone(self, repository: Repository, title: str) -> ForgeMilestone:
        """The forge's own milestone of exactly this title, with its issues. ForgeNotFound without one."""

    def list_changed(self, repository: Repository, since: str) -> list[Issue]:
        """The issues, open and closed, that changed at or after `since` (RFC 3339), the latest first.

        One request per 100 (as far as the server gives as many) and a constant. No pull requests.
        """

    def list_labels(self, repository: Repository) -> list[Label]:
        """The labels that issues of the repository may carry, with their ids and their looks."""

    def create_label(self, repository: Repository, label: Label) -> Label:
        """Make a label of this name, colour and description, and answer it as the forge shows it now.

        One that is there already, in whatever case where the forge does not tell cases apart, is refused.
        """

    def edit_label(self, repository: Repository, label: Label) -> Label:
        """Give the repository's own label of this id and name this colour and description; its name stays.

        ForgeNotFound when it is gone, or belongs to the group or organisation.
        """

    def read_history(self, repository: Repository, number: int) -> list[HistoryEntry]:
        """Who labelled, milestoned, closed and reopened the issue, oldest first."""

    def list_comments(self, repository: Repository, number: int) -> list[IssueComment]:
        """The comments of people on the issue, oldest first."""

    def find_person(self, login: str) -> Person | None:
        """The account that has this login now, None when nobody has."""

    def read_role(self, repository: Repository, person: Person) -> Role:
        """The person's present role in the repository, "none" for a stranger."""

    def write_comment(self, repository: Repository, number: int, marker: str, text: str) -> CommentRef:
        """Create our comment, or edit the one of *our own account* that contains the hidden `marker`.

        `text` is complete (it contains the marker). Nothing is sent when the comment already reads so.
        """


def connected(forges: Mapping[str, Forge], name: str) -> Forge:
    """The forge of that connection. Raises ForgeError for one that the file names and that lacks secrets."""
    forge = forges.get(name)
    if forge is None:
        raise ForgeError(f"the connection {name} is not connected", mend="closeout doctor says what it lacks")
    return forge
