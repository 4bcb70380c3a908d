"""The rarer things that happen in a pretend forge: milestones, keywords in code, renames, moves."""

from __future__ import annotations

import hashlib
from itertools import count

from app.events import Person, Role
from tests.fakes.things import Account, Phase, Ticket
from tests.fakes.world import World


class Upheavals(World):
    """A world in which everything of `ForgeDriver` can happen."""

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.former_names: set[str] = set()
        """Old names of the repository, in lower case, that lead to it until somebody takes them."""
        self.former_logins: dict[str, Account] = {}

    def announce_milestone(self, phase: Phase, action: str) -> None:
        """Emit the webhook for what became of a milestone, where the forge has one."""

    def closer_by_commit(self, author: Account, pusher: Account) -> Account:
        """Whom the forge takes for the closer when a pushed commit closes an issue."""
        raise NotImplementedError

    # Milestones

    def add_to_milestone(self, number: int, title: str, by: Person) -> None:
        phase = next((each for each in self.phases if each.title == title), None)
        if phase is None:
            phase = Phase(self.next_id(), title)
            self.phases.append(phase)
        self._set_milestone(self.tickets[number], phase, by)

    def remove_from_milestone(self, number: int, by: Person) -> None:
        self._set_milestone(self.tickets[number], None, by)

    def close_milestone(self, title: str, by: Person) -> None:
        phase = next(each for each in self.phases if each.title == title)
        phase.is_open = False
        self.announce_milestone(phase, "close")

    def _set_milestone(self, ticket: Ticket, phase: Phase | None, by: Person) -> None:
        former, ticket.phase = ticket.phase, phase
        if former is not phase:
            self.happen(ticket, "milestoned", self.account(by), phase=phase, former=former)

    # Keywords in code

    def close_by_pull_request(self, number: int, author: Person, merger: Person) -> int:
        made = self.tickets[self.open_issue(f"Fix #{number}", [], author, kind="pull_request")]
        made.closes.append(number)
        issue = self.tickets[number]
        self.happen(issue, "referenced", self.account(author), pull_request=made)
        made.merged_at, made.merged_by = self.now(), self.account(merger)
        self.shut(made, made.merged_by)
        self.shut(issue, made.merged_by, pull_request=made)
        return made.number

    def close_by_commit(self, number: int, author: Person, pusher: Person) -> str:
        issue = self.tickets[number]
        sha = hashlib.sha1(f"Fix #{number} {self.now()}".encode(), usedforsecurity=False).hexdigest()
        self.happen(issue, "committed", self.account(pusher), commit=sha)
        closer = self.closer_by_commit(self.account(author), self.account(pusher))
        self.shut(issue, closer, commit=sha)
        return sha

    # Renames and moves

    def add_person(self, login: str, role: Role) -> Person:
        self.former_logins.pop(login.lower(), None)
        return super().add_person(login, role)

    def rename_person(self, person: Person, login: str) -> Person:
        account = self.account(person)
        self.former_logins[account.login.lower()] = account
        account.login = login
        return account.person

    def rename_repository(self, full_name: str) -> None:
        self.former_names.add(self.full_name.lower())
        self.full_name = full_name

    def recreate_repository(self) -> None:
        self.full_name, self.repository_id = self.repository.full_name, self.next_id()
        self.former_names.clear()
        self.tickets, self.tags, self.phases, self.numbers = {}, {}, [], count(1)

    def transfer_issue(self, number: int) -> None:
        raise NotImplementedError

    def convert_to_discussion(self, number: int) -> None:
        raise NotImplementedError

    def rename_label(self, old: str, new: str) -> None:
        tag = self.tags.pop(old)
        tag.name, self.tags[new] = new, tag

    def delete_label(self, name: str) -> None:
        tag = self.tags.pop(name)
        for ticket in self.tickets.values():
            ticket.tags = [each for each in ticket.tags if each is not tag]
