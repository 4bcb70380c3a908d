"""What the contract file says otherwise than what was decided from it before. Pure.

Nothing here stops anything: a release keeps its snapshot whatever the file says, and what would be unsafe is
held where it is decided. This tells people of it before they wonder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from app import money
from app.milestones import yamlmap
from app.milestones.contract import Configuration, Contract, Milestone
from app.milestones.problems import FieldPath, Problem, dotted, number_of, quoted

FINISHED = ("disbursed", "voided", "refunded")
"""States in which nothing of a release is to come by itself."""
UNDONE = ("voided", "refunded")
"""States in which the client owes and has paid nothing."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A release as it was decided. `triggers` and `payees` are those of its whole contract at that time."""

    contract_id: str
    index: int
    trigger: str
    title: str
    amount_minor: int
    currency: str
    state: str
    decided_at: str
    triggers: frozenset[str]
    payees: tuple[tuple[str, Fraction], ...]

    @property
    def keeps(self) -> str:
        """What the release stays with, whatever the file says."""
        shown = money.show(self.amount_minor, self.currency)
        return f"the release keeps {shown} as decided on {self.decided_at[:10]}"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; `path` is where it stands in the file, or would have to."""

    severity: Literal["error", "warning"]
    path: FieldPath
    message: str
    mend: str


def differences(configuration: Configuration, decided: Iterable[Decided]) -> list[Difference]:
    """All differences, by the contracts of the database."""
    by_contract: defaultdict[str, list[Decided]] = defaultdict(list)
    for one in decided:
        by_contract[one.contract_id].append(one)
    positions = {name: position for position, name in enumerate(configuration.contracts)}
    found: list[Difference] = []
    for name, releases in by_contract.items():
        if name in positions:
            contract, path = configuration.contracts[name], ("contracts", positions[name])
            found += _of_contract(path, contract, sorted(releases, key=lambda one: one.index))
        elif unfinished := [one for one in releases if one.state not in FINISHED]:
            found.append(_vanished_contract(name, unfinished))
    return found


def placed(source: bytes, file: str, found: Sequence[Difference]) -> list[Problem]:
    """The differences with their line and column in the file, whose content is `source`."""
    document = yamlmap.compose(yamlmap.decode(source, file), file)
    problems = []
    for one in found:
        line, column = document.source.position(document.offset(one.path))
        problems.append(Problem(one.severity, file, line, column, dotted(one.path), one.message, one.mend))
    return sorted(problems, key=lambda one: (one.line, one.column, one.severity, one.message))


def _vanished_contract(name: str, unfinished: list[Decided]) -> Difference:
    told = ", ".join(f"milestone {one.index} is {one.state}" for one in unfinished)
    return Difference(
        "error",
        ("contracts",),
        f"the contract {quoted(name)} is gone, but {told}: its releases go on as they were decided",
        "Put it back until they are finished",
    )


def _of_contract(path: FieldPath, contract: Contract, releases: list[Decided]) -> Iterator[Difference]:
    others = sorted({one.currency for one in releases if one.currency != contract.currency})
    if others:
        count = len(releases)
        yield Difference(
            "error",
            (*path, "currency"),
            f"the contract is in {contract.currency} now, but {number_of(count, 'release')} of it"
            f" {'was' if count == 1 else 'were'} decided in {', '.join(others)}",
            "Put the currency back; what is agreed anew in another one is another contract",
        )
    else:
        yield from _total(path, contract, releases)
    yield from _payees(path, contract, releases)
    yield from _milestones(path, contract, releases)


def _total(path: FieldPath, contract: Contract, releases: list[Decided]) -> Iterator[Difference]:
    billed_minor = sum(one.amount_minor for one in releases if one.state not in UNDONE)
    if billed_minor > contract.total_minor:
        billed, total = (
            money.show(amount_minor, contract.currency)
            for amount_minor in (billed_minor, contract.total_minor)
        )
        yield Difference(
            "error",
            (*path, "total"),
            f"the total is {total}, but {billed} of it were released before",
            "A total can not drop below what was released: refund a milestone first, or put the total back",
        )


def _payees(path: FieldPath, contract: Contract, releases: list[Decided]) -> Iterator[Difference]:
    present = {payee.account: payee.share for payee in contract.payees}
    changed = [one for one in releases if one.state not in FINISHED and dict(one.payees) != present]
    if changed:
        before = " or ".join(
            dict.fromkeys(
                ", ".join(f"{account} {money.show_share(share)}" for account, share in one.payees)
                for one in changed
            )
        )
        numbers = ", ".join(str(one.index) for one in changed)
        yield Difference(
            "warning",
            (*path, "payout", "to"),
            f"the payees changed, but the release of milestone {numbers} still pays {before}",
            "Nothing has to be done if that is meant; else hold the release and refund it",
        )


def _milestones(path: FieldPath, contract: Contract, releases: list[Decided]) -> Iterator[Difference]:
    by_trigger = {milestone.trigger: milestone for milestone in contract.milestones}
    known = frozenset[str]().union(*(one.triggers for one in releases))
    pairs = [(one, by_trigger.get(one.trigger)) for one in releases]
    pushed = [(one.trigger, same.index) for one, same in pairs if same and same.index > one.index]
    inserted = []
    for new in contract.milestones:
        below = [trigger for trigger, index in pushed if index > new.index]
        if new.trigger not in known and below:
            inserted.append(new.index)
            yield Difference(
                "error",
                (*path, "milestones", new.index - 1),
                f"{quoted(new.trigger)} is new and stands above {', '.join(map(quoted, below))}, which"
                f" {'was' if len(below) == 1 else 'were'} released under an earlier number",
                "Milestones are numbered in the file's order: put the new one at the end",
            )
    for one, same in pairs:
        milestone = same or _successor(contract, one, known)
        if milestone is not None:
            shift = sum(index < milestone.index for index in inserted)
            yield from _of_milestone(
                (*path, "milestones", milestone.index - 1), contract, one, milestone, shift
            )
        elif one.state not in FINISHED:
            yield Difference(
                "error",
                (*path, "milestones"),
                f"milestone {one.index} ({quoted(one.trigger)}) is gone, but its release is {one.state}:"
                f" {one.keeps}",
                "Put it back until it is finished",
            )


def _successor(contract: Contract, one: Decided, known: frozenset[str]) -> Milestone | None:
    """The new milestone that stands under the number of one that is gone: the same with another label."""
    if one.index > len(contract.milestones):
        return None
    milestone = contract.milestone(one.index)
    return None if milestone.trigger in known else milestone


def _of_milestone(
    path: FieldPath, contract: Contract, one: Decided, milestone: Milestone, shift: int
) -> Iterator[Difference]:
    """`shift`: so many new milestones above explain that its number grew, and are told by themselves."""
    if milestone.trigger != one.trigger:
        field = "label" if milestone.label else "milestone" if milestone.native else "title"
        yield Difference(
            "error",
            (*path, field),
            f"milestone {one.index} was released as {quoted(one.trigger)} and is {quoted(milestone.trigger)}"
            f" now: {one.keeps}, and nothing bills that number again",
            "Put the old one back, and add what is new at the end",
        )
    elif milestone.index != one.index + shift:
        yield Difference(
            "error",
            path,
            f"{quoted(one.trigger)} was released as number {one.index} and is number {milestone.index} now",
            "Milestones are numbered in the file's order: put it back to its place",
        )
    if contract.currency == one.currency and milestone.amount_minor != one.amount_minor:
        shown = money.show(milestone.amount_minor, contract.currency)
        yield Difference(
            "error",
            (*path, "share"),
            f"this milestone is {shown} now, but it was released before: {one.keeps}",
            "Put its amount back (share and total); what was agreed anew is a milestone at the end",
        )
    if milestone.title != one.title and milestone.trigger == one.trigger:
        yield Difference(
            "warning",
            (*path, "title"),
            f"the title was {quoted(one.title)} when it was released on {one.decided_at[:10]}: its invoice"
            " says so",
            "Nothing has to be done if that is meant",
        )
