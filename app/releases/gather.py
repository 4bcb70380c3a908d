"""Reading what a decision rests on: the milestone's issues as they are at the forge now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from app.errors import ForgeNotFound
from app.events import Issue, Person, Repository, Role
from app.forges.base import Forge
from app.milestones.contract import Configuration, Contract, Milestone, RepositoryKey
from app.releases.decide import Seen

FEW = 5
"""So many open issues of a list are read again one by one; of more, one that lags would change nothing."""


def gather(
    configuration: Configuration,
    contract: Contract,
    milestone: Milestone,
    forges: Mapping[str, Forge],
    hint: tuple[RepositoryKey, int] | None = None,
) -> list[Seen]:
    """All issues that carry the milestone's label in the contract's repositories, with the closers' roles.

    `hint` is (the contract's repository, number) of the issue that an event spoke of: it is read by itself as
    well, since a forge's lists may lag behind, and so are the last few open ones: two issues that are closed
    in one moment would else wait for each other for ever. Costs a request per 100 issues, one for each of the
    last few open, and three for each issue whose closer is asked for: all of them when nothing is open, else
    only the one of the hint. Raises ForgeError.
    """
    seen: dict[tuple[str, int], Seen] = {}
    for key in contract.repositories:
        forge, repository = forges[key.connection], Repository("", key.full_name)
        listed = {issue.number: issue for issue in forge.list_issues(repository, milestone.label)}
        if hint is not None and hint[0] == key:
            _read_afresh(forge, repository, hint[1], milestone.label, listed)
        open_ones = [number for number, issue in listed.items() if issue.is_open]
        if len(open_ones) <= FEW:
            for number in open_ones:
                _read_afresh(forge, repository, number, milestone.label, listed)
        for number, issue in sorted(listed.items()):
            named = replace(issue, repository=Repository(issue.repository.id, key.full_name))
            others = _other_labels(configuration, key, milestone, named)
            seen[str(key), number] = Seen(key.connection, named, other_labels=others)
    asked: Collection[tuple[str, int]] = seen.keys()
    if any(one.issue.is_open for one in seen.values()):
        asked = {(str(hint[0]), hint[1])} if hint else ()
    return _with_closers(seen, asked, milestone.label, forges)


def _read_afresh(
    forge: Forge, repository: Repository, number: int, label: str, listed: dict[int, Issue]
) -> None:
    try:
        issue = forge.read_issue(repository, number)
    except ForgeNotFound:
        listed.pop(number, None)
        return
    if any(found.name == label for found in issue.labels):
        listed[number] = issue
    else:
        listed.pop(number, None)


def _with_closers(
    seen: dict[tuple[str, int], Seen],
    asked: Collection[tuple[str, int]],
    label: str,
    forges: Mapping[str, Forge],
) -> list[Seen]:
    roles: dict[tuple[str, str, str], Role] = {}
    complete: list[Seen] = []
    for place, one in seen.items():
        if place not in asked or one.issue.is_open:
            complete.append(one)
            continue
        forge, issue = forges[one.connection], one.issue
        if issue.closed_by is None:
            issue = replace(forge.read_issue(issue.repository, issue.number), repository=issue.repository)
        role, labeling, labeler_role = None, None, None
        if issue.close_reason == "completed" and issue.closed_by is not None:
            role = _role(roles, forge, one.connection, issue.repository, issue.closed_by)
            labelings = forge.list_labelings(issue.repository, issue.number)
            labeling = next((each for each in reversed(labelings) if each.label.name == label), None)
            if labeling is not None and labeling.by is not None:
                labeler_role = _role(roles, forge, one.connection, issue.repository, labeling.by)
        complete.append(
            replace(one, issue=issue, closer_role=role, labeling=labeling, labeler_role=labeler_role)
        )
    return complete


def _role(
    known: dict[tuple[str, str, str], Role],
    forge: Forge,
    connection: str,
    repository: Repository,
    person: Person,
) -> Role:
    key = (connection, repository.full_name, person.id or person.login)
    if key not in known:
        known[key] = forge.read_role(repository, person)
    return known[key]


def _other_labels(
    configuration: Configuration, key: RepositoryKey, milestone: Milestone, issue: Issue
) -> tuple[str, ...]:
    place = (key.connection, key.full_name.lower())
    return tuple(
        label.name
        for label in issue.labels
        if label.name != milestone.label and (*place, label.name) in configuration.by_label
    )
