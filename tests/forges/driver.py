"""How the conformance suite drives a pretend forge: as people would, over HTTP or by a side door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from app.events import CloseReason, IssueKind, Person, Repository, Role

Fault = Literal["500", "slow", "reset", "rate_limited", "unauthorized"]


@dataclass(frozen=True)
class Sent:
    """One webhook that the pretend forge emitted: header names as that forge writes them, raw body."""

    headers: dict[str, str]
    body: bytes


class ForgeDriver(Protocol):
    """One pretend forge with one repository and one bot account, whose token the adapter uses.

    `repository` stays what it was at the start, whatever is renamed or made anew.
    """

    api_url: str
    token: str
    bot: Person
    repository: Repository
    secret: str

    def add_person(self, login: str, role: Role) -> Person: ...
    def set_role(self, person: Person, role: Role) -> None: ...
    def rename_person(self, person: Person, login: str) -> Person:
        """The same account under another login; the old one is free for anybody."""

    # Issues

    def open_issue(self, title: str, labels: Sequence[str], by: Person, kind: IssueKind = "issue") -> int: ...
    def label(self, number: int, label: str, by: Person) -> None: ...
    def unlabel(self, number: int, label: str, by: Person) -> None: ...
    def close(self, number: int, by: Person, reason: CloseReason = "completed") -> None: ...
    def close_by_pull_request(self, number: int, author: Person, merger: Person) -> int:
        """A pull request with a closing keyword was merged; its number."""

    def close_by_commit(self, number: int, author: Person, pusher: Person) -> str:
        """Somebody pushed a commit with a closing keyword, perhaps another's; its SHA."""

    def reopen(self, number: int, by: Person) -> None: ...
    def delete(self, number: int) -> None: ...
    def transfer_issue(self, number: int) -> None:
        """To another repository, where the forge offers that."""

    def convert_to_discussion(self, number: int) -> None:
        """Where the forge offers that."""

    def comment(self, number: int, by: Person, text: str) -> None: ...
    def edit_comment(self, number: int, by: Person, text: str) -> None:
        """Rewrite that person's last comment."""

    def comments(self, number: int) -> list[tuple[str, str]]:
        """(login, text) of every comment, oldest first."""

    # What is around the issues

    def add_to_milestone(self, number: int, title: str, by: Person) -> None:
        """Into the forge's own milestone, which is made when there is none; out of any other."""

    def remove_from_milestone(self, number: int, by: Person) -> None: ...
    def close_milestone(self, title: str, by: Person) -> None: ...
    def rename_label(self, old: str, new: str) -> None: ...
    def delete_label(self, name: str) -> None: ...
    def rename_repository(self, full_name: str) -> None: ...
    def recreate_repository(self) -> None:
        """Delete it, and make a new, empty one under the old name, with the same people."""

    # The machine room

    def sent(self) -> list[Sent]:
        """Every webhook so far, oldest first."""

    def fail_next(self, fault: Fault, times: int = 1, method: str = "") -> None:
        """Make the next API requests (of this method; "" is any) go wrong; 500 before anything is done."""

    def requests(self) -> list[tuple[str, str]]:
        """(method, path) of every API request that it saw."""
