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
    """One pretend forge with one repository and one bot account, whose token the adapter uses."""

    api_url: str
    token: str
    bot: Person
    repository: Repository
    secret: str

    def add_person(self, login: str, role: Role) -> Person: ...
    def open_issue(self, title: str, labels: Sequence[str], by: Person, kind: IssueKind = "issue") -> int: ...
    def label(self, number: int, label: str, by: Person) -> None: ...
    def unlabel(self, number: int, label: str, by: Person) -> None: ...
    def close(self, number: int, by: Person, reason: CloseReason = "completed") -> None: ...
    def reopen(self, number: int, by: Person) -> None: ...
    def delete(self, number: int) -> None: ...
    def comment(self, number: int, by: Person, text: str) -> None: ...
    def comments(self, number: int) -> list[tuple[str, str]]:
        """(login, text) of every comment, oldest first."""

    def sent(self) -> list[Sent]:
        """Every webhook so far, oldest first."""

    def fail_next(self, fault: Fault, times: int = 1, method: str = "") -> None:
        """Make the next API requests (of this method; "" is any) go wrong; 500 before anything is done."""

    def requests(self) -> list[tuple[str, str]]:
        """(method, path) of every API request that it saw."""
