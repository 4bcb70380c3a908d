"""Reading what a decision rests on: the milestone's issues as they are at the forge now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from app.errors import ForgeNotFound
from app.events import ForgeMilestone, HistoryEntry, HistoryKind, Issue, Person, Repository, Role
from app.forges.base import Forge, connected
from app.milestones.contract import Configuration, Contract, Milestone, RepositoryKey
from app.milestones.rules import NamedPerson
from app.releases.decision.identities import Identities
from app.releases.decision.judge import carries
from app.releases.decision.seen import Found, Seen

FEW = 5
"""So many open issues of a list are read again one by one; of more, one that lags would change nothing."""


@dataclass
class Reader:
    """Reads for one decision, and asks for each role only once."""

    configuration: Configuration
    forges: Mapping[str, Forge]
    identities: Identities

    def __post_init__(self) -> None:
        self._roles: dict[tuple[str, str, str], Role] = {}
        self._people: dict[tuple[NamedPerson, ...], Mapping[NamedPerson, str]] = {}

    def gather(
        self, contract: Contract, milestone: Milestone, hint: tuple[RepositoryKey, int] | None = None
    ) -> Found:
        """All issues of the milestone in the contract's repositories, with who closed and labelled them.

        `hint` is (the contract's repository, number) of the issue that an event spoke of: it is read by
        itself as well, since a forge's lists may lag behind, and so are the last few open ones: two issues
        that are closed in one moment would else wait for each other for ever. Costs a request per 100
        issues, one for each of the last few open, and three for each issue whose closer is asked for: all of
        them when nothing is open, else only the one of the hint. Raises ForgeError.
        """
        seen: dict[tuple[str, int], Seen] = {}
        native: list[ForgeMilestone] = []
        problems: list[str] = []
        for key in contract.repositories:
            forge, repository = connected(self.forges, key.connection), self.identities.repository(key)
            before = len(native)
            listed = self._listed(forge, repository, milestone, native)
            problems += [self.identities.milestone_problem(key, repository, one) for one in native[before:]]
            if hint is not None and hint[0] == key:
                _read_afresh(forge, repository, hint[1], milestone, listed)
            open_ones = [number for number, issue in listed.items() if issue.is_open]
            if len(open_ones) <= FEW:
                for number in open_ones:
                    _read_afresh(forge, repository, number, milestone, listed)
            for number, issue in sorted(listed.items()):
                seen[str(key), number] = self._seen(key, repository, milestone, issue)
        asked: Collection[tuple[str, int]] = seen.keys()
        if milestone.rules.when == "all_closed" and any(one.issue.is_open for one in seen.values()):
            asked = {(str(hint[0]), hint[1])} if hint else ()
        return Found(
            tuple(
                self.with_people(one, milestone) if place in asked and not one.issue.is_open else one
                for place, one in seen.items()
            ),
            self.people(contract, milestone),
            "; ".join(filter(None, problems)),
            _is_native_open(milestone, native),
        )

    def look(self, milestone: Milestone, key: RepositoryKey, number: int) -> Seen | None:
        """One issue as it is now, with everything about it; None when the forge has no such issue."""
        repository = self.identities.repository(key)
        try:
            issue = connected(self.forges, key.connection).read_issue(repository, number)
        except ForgeNotFound:
            return None
        return self.with_people(self._seen(key, repository, milestone, issue), milestone)

    def taken_off(
        self, milestone: Milestone, key: RepositoryKey, number: int
    ) -> tuple[Issue, HistoryEntry | None, Role | None] | None:
        """An issue that lost the milestone: as it is now, when it lost it last, and that person's role.

        None when the forge has no such issue any more.
        """
        repository = self.identities.repository(key)
        try:
            issue = connected(self.forges, key.connection).read_issue(repository, number)
            history = connected(self.forges, key.connection).read_history(repository, number)
        except ForgeNotFound:
            return None
        kind: HistoryKind = "unlabeled" if milestone.label else "demilestoned"
        named = milestone.label or milestone.native
        entry = _last([one for one in history if one.name == named], kind)
        role = self.role(key.connection, repository, entry.by) if entry and entry.by else None
        return issue, entry, role

    def is_held(self, contract: Contract, milestone: Milestone) -> str:
        """Which issue of the milestone carries the hold label now, "" if none does."""
        for key in contract.repositories:
            repository = self.identities.repository(key)
            for issue in self._listed(
                connected(self.forges, key.connection), repository, milestone, []
            ).values():
                if any(label.name == milestone.rules.hold_label for label in issue.labels):
                    return f"#{issue.number}"
        return ""

    def is_native_open(self, contract: Contract, milestone: Milestone) -> bool:
        """Whether the forge's own milestone is open again."""
        native: list[ForgeMilestone] = []
        for key in contract.repositories:
            self._listed(
                connected(self.forges, key.connection), self.identities.repository(key), milestone, native
            )
        return _is_native_open(milestone, native) is True

    def people(self, contract: Contract, milestone: Milestone) -> Mapping[NamedPerson, str]:
        """The ids of everybody whom the rules of this milestone name; asked once per reader."""
        names = tuple(named_in(contract, milestone))
        if names not in self._people:
            self._people[names] = self.identities.people(names)
        return self._people[names]

    def role(self, connection: str, repository: Repository, person: Person) -> Role:
        """A person's present role; asked once per reader."""
        key = (connection, repository.full_name, person.id or person.login)
        if key not in self._roles:
            self._roles[key] = connected(self.forges, connection).read_role(repository, person)
        return self._roles[key]

    def with_people(self, one: Seen, milestone: Milestone) -> Seen:
        """The same with who closed, reopened and labelled it, as its history says, and their roles now."""
        forge, issue = connected(self.forges, one.connection), one.issue
        history = forge.read_history(issue.repository, issue.number)
        # The last turn alone counts: what happened within one second looks alike, so order decides.
        turn = next((entry for entry in reversed(history) if entry.kind in ("closed", "reopened")), None)
        closing = turn if turn and turn.kind == "closed" else None
        reopening = _last(history, "reopened")
        hold_label = milestone.rules.hold_label
        unholding = _last([entry for entry in history if entry.name == hold_label], "unlabeled")
        if closing and _are_apart(closing.at, issue.closed_at):
            closing = None
        if closing is None:
            # An older closing, or the issue's own word, would not say what closed it this time.
            issue = replace(issue, closed_by=None)
        named = milestone.label or milestone.native
        kind: HistoryKind = "labeled" if milestone.label else "milestoned"
        labeling = _last([entry for entry in history if entry.name == named], kind)
        one = replace(
            one,
            issue=issue,
            was_asked=True,
            closing=closing,
            labeling=labeling,
            reopening=reopening,
            unholding=unholding,
        )
        return replace(
            one,
            closer_role=self._role_of(one, None if issue.is_open else one.closer),
            labeler_role=self._role_of(one, labeling.by if labeling else None),
            reopener_role=self._role_of(one, reopening.by if reopening else None),
            unholder_role=self._role_of(one, unholding.by if unholding else None),
        )

    def _role_of(self, one: Seen, person: Person | None) -> Role | None:
        return self.role(one.connection, one.issue.repository, person) if person else None

    def _listed(
        self, forge: Forge, repository: Repository, milestone: Milestone, native: list[ForgeMilestone]
    ) -> dict[int, Issue]:
        if milestone.label:
            return {issue.number: issue for issue in forge.list_issues(repository, milestone.label)}
        if not milestone.native:
            return {}
        try:
            found = forge.read_milestone(repository, milestone.native)
        except ForgeNotFound:
            forge.read_repository(repository)  # raises when it is the repository that is hidden
            return {}
        native.append(found)
        return {issue.number: issue for issue in found.issues}

    def _seen(self, key: RepositoryKey, repository: Repository, milestone: Milestone, issue: Issue) -> Seen:
        """An issue under the contract's name of its repository."""
        named = replace(issue, repository=repository)
        label = next((one for one in issue.labels if one.name == milestone.label), None)
        return Seen(
            key.connection,
            named,
            other_labels=_others(self.configuration, key, milestone, named),
            label_problem=self.identities.label_problem(key.connection, repository, label) if label else "",
        )


def named_in(contract: Contract, milestone: Milestone) -> list[NamedPerson]:
    """Everybody whom the contract names in the rules of this milestone."""
    rules = milestone.rules
    accepting = rules.acceptance.by if rules.acceptance else ()
    payees = [name for payee in contract.payees for name in payee.users]
    names = (*rules.closers.users, *rules.labelers.users, *rules.approvers, *accepting, *payees)
    return list(dict.fromkeys(names))


def _read_afresh(
    forge: Forge, repository: Repository, number: int, milestone: Milestone, listed: dict[int, Issue]
) -> None:
    try:
        issue = forge.read_issue(repository, number)
    except ForgeNotFound:
        listed.pop(number, None)
        return
    if carries(issue, milestone):
        listed[number] = issue
    else:
        listed.pop(number, None)


def _last(history: list[HistoryEntry], kind: HistoryKind) -> HistoryEntry | None:
    return next((entry for entry in reversed(history) if entry.kind == kind), None)


def _are_apart(at: str, closed_at: str | None) -> bool:
    """Whether two moments can not be the same closing; what is open has none to compare with."""
    if closed_at is None:
        return False
    return abs(datetime.fromisoformat(at) - datetime.fromisoformat(closed_at)) > timedelta(minutes=1)


def _is_native_open(milestone: Milestone, native: list[ForgeMilestone]) -> bool | Literal["missing"] | None:
    if not milestone.native:
        return None
    return any(one.is_open for one in native) if native else "missing"


def _others(
    configuration: Configuration, key: RepositoryKey, milestone: Milestone, issue: Issue
) -> tuple[str, ...]:
    """What else on the issue belongs to a milestone: it could not be told which one it bills."""
    place = (key.connection, key.full_name.lower())
    others = [
        label.name
        for label in issue.labels
        if label.name != milestone.label and (*place, label.name) in configuration.by_label
    ]
    if issue.milestone != milestone.native and (*place, issue.milestone) in configuration.by_milestone:
        others.append(f"milestone {issue.milestone}")
    return tuple(others)
