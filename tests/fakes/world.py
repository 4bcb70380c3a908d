"""What every pretend forge remembers: people, labels, issues, comments, their history, and who asked what.

No forge's words are here. `gitlab.py` and `gitea.py` show this state in their own API, and turn each thing
that happens into their own webhook.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from flask import Flask

from app.events import CloseReason, IssueKind, Person, Repository, Role
from tests.fakes.things import SILENT, Account, Comment, Happening, Phase, Tag, Ticket, What
from tests.forges.driver import Fault, Sent


class World:
    """The state of one repository with one bot. A subclass speaks a forge's words: `app` and `announce`."""

    app: Flask
    full_name = "acme/storefront"
    repository_id = 7401

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.token = "pretend-token-of-the-bot"
        self.people: dict[int, Account] = {}
        self.tags: dict[str, Tag] = {}
        self.phases: list[Phase] = []
        self.tickets: dict[int, Ticket] = {}
        self.hooks: list[Sent] = []
        self.journal: list[tuple[str, str]] = []
        self.faults: list[tuple[Fault, str]] = []
        self.closing = threading.Event()
        self.on_request: Callable[[str, str], None] = lambda _method, _path: None
        """Told of each API request that wholly came, before it is answered: there a test can intervene."""
        self._ids, self.numbers = count(9001), count(1)
        self._clock = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
        self.robot = self._account("closeout-bot", "admin", is_bot=True)
        self.bot = self.robot.person
        self.repository = Repository(id=str(self.repository_id), full_name=self.full_name)
        self.api_url = ""

    def announce(self, ticket: Ticket, happening: Happening) -> None:
        """Emit the webhook for what just happened."""
        raise NotImplementedError

    def next_id(self) -> int:
        return next(self._ids)

    def now(self) -> datetime:
        """A clock that moves a second each time somebody looks."""
        self._clock += timedelta(seconds=1)
        return self._clock

    def account(self, person: Person) -> Account:
        return self.people[int(person.id)]

    def add_person(self, login: str, role: Role) -> Person:
        return self._account(login, role).person

    def set_role(self, person: Person, role: Role) -> None:
        self.account(person).role = role

    def open_issue(self, title: str, labels: Sequence[str], by: Person, kind: IssueKind = "issue") -> int:
        author, number, moment = self.account(by), next(self.numbers), self.now()
        ticket = Ticket(self.next_id(), number, title, kind, author, moment, moment)
        ticket.tags = [self.tag(name) for name in labels]
        self.tickets[number] = ticket
        for tag in ticket.tags:
            ticket.history.append(Happening(self.next_id(), "labeled", author, ticket.created_at, tag))
        self.happen(ticket, "opened", author)
        return number

    def label(self, number: int, label: str, by: Person) -> None:
        ticket, tag = self.tickets[number], self.tag(label)
        before = tuple(ticket.tags)
        if tag not in before:
            ticket.tags.append(tag)
            self.happen(ticket, "labeled", self.account(by), tag=tag, before=before)

    def unlabel(self, number: int, label: str, by: Person) -> None:
        ticket, tag = self.tickets[number], self.tag(label)
        before = tuple(ticket.tags)
        ticket.tags.remove(tag)
        self.happen(ticket, "unlabeled", self.account(by), tag=tag, before=before)

    def close(self, number: int, by: Person, reason: CloseReason = "completed") -> None:
        self.shut(self.tickets[number], self.account(by), reason)

    def shut(self, ticket: Ticket, by: Account, reason: CloseReason = "completed", **cause: Any) -> None:
        """Close an issue, for the `cause` that its history will tell (see Happening)."""
        ticket.is_open, ticket.reason = False, reason
        ticket.closed_at, ticket.closed_by = self.now(), by
        self.happen(ticket, "moved" if reason == "moved" else "closed", by, **cause)

    def reopen(self, number: int, by: Person) -> None:
        ticket = self.tickets[number]
        ticket.is_open, ticket.reason, ticket.closed_at, ticket.closed_by = True, None, None, None
        self.happen(ticket, "reopened", self.account(by))

    def retitle(self, number: int, title: str, by: Person) -> None:
        self.tickets[number].title = title
        self.happen(self.tickets[number], "edited", self.account(by))

    def delete(self, number: int) -> None:
        """Forget an issue, silently as these forges do. Its number is not used again."""
        del self.tickets[number]

    def comment(self, number: int, by: Person, text: str) -> None:
        self.write(self.tickets[number], self.account(by), text)

    def edit_comment(self, number: int, by: Person, text: str) -> None:
        ticket, author = self.tickets[number], self.account(by)
        comment = [each for each in ticket.comments if each.by is author][-1]
        comment.text, comment.edited_at = text, self.now()
        self.happen(ticket, "comment_edited", author, comment=comment)

    def write(self, ticket: Ticket, by: Account, text: str, is_system: bool = False) -> Comment:
        """Add a comment and say so by webhook."""
        comment = Comment(self.next_id(), by, text, self.now(), is_system)
        ticket.comments.append(comment)
        self.happen(ticket, "commented", by, comment=comment)
        return comment

    def comments(self, number: int) -> list[tuple[str, str]]:
        return [(each.by.login, each.text) for each in self.tickets[number].comments if not each.is_system]

    def sent(self) -> list[Sent]:
        return list(self.hooks)

    def fail_next(self, fault: Fault, times: int = 1, method: str = "") -> None:
        self.faults += [(fault, method)] * times

    def next_fault(self, method: str) -> Fault | None:
        """Take the oldest fault that is meant for a request of this method."""
        meant = next((each for each in self.faults if each[1] in {"", method}), None)
        if meant is None:
            return None
        self.faults.remove(meant)
        return meant[0]

    def requests(self) -> list[tuple[str, str]]:
        return list(self.journal)

    def tag(self, name: str) -> Tag:
        """The label of that name, made on the spot when there is none."""
        return self.tags.setdefault(name, Tag(self.next_id(), name))

    def happen(self, ticket: Ticket, what: What, by: Account, **details: Any) -> None:
        """Write down what happened; most things touch the issue, and are told by webhook."""
        happening = Happening(self.next_id(), what, by, self.now(), **details)
        ticket.updated_at = happening.at
        ticket.history.append(happening)
        if what not in SILENT:
            self.announce(ticket, happening)

    def _account(self, login: str, role: Role, is_bot: bool = False) -> Account:
        account = Account(self.next_id(), login, role, is_bot)
        self.people[account.id] = account
        return account
