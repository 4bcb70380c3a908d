"""Where the issues stand of milestones that a pull request would have decided for the first time, or anew."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from app.configuration.changes import paired
from app.errors import ForgeError
from app.events import Issue
from app.forges.base import Forge
from app.milestones.contract import Configuration, Contract, Milestone
from app.milestones.problems import number_of
from app.releases.decision.identities import Identities
from app.releases.names import release_id

MOST = 20
"""Each costs a request."""


def standing(
    before: Configuration,
    after: Configuration,
    released: Collection[str],
    forges: Mapping[str, Forge],
    identities: Identities,
) -> Iterator[str]:
    """A sentence for each of these milestones that was not released. Nothing is stored of what is seen.

    Only repositories that are under contract are asked: a file that nobody approved of must not make
    Closeout tell of others.
    """
    count = 0
    for contract in after.contracts.values():
        for milestone in _anew(before.contracts.get(contract.id), contract):
            if release_id(contract.id, milestone.index) in released or not milestone.label:
                continue
            count += 1
            if count > MOST:
                yield "there are more milestones that change; their issues were not looked at"
                return
            name = f"{contract.id}, milestone {milestone.index} ({milestone.label})"
            try:
                yield f"{name}: {_told(before, contract, milestone, forges, identities)}"
            except ForgeError as error:
                yield f"{name}: its issues could not be read: {error.what}"


def _anew(before: Contract | None, after: Contract) -> Iterator[Milestone]:
    pairs = paired(before, after) if before else {}
    is_elsewhere = before is None or before.repositories != after.repositories
    for milestone in after.milestones:
        old = pairs.get(milestone.index)
        if is_elsewhere or old is None or (old.trigger, old.rules) != (milestone.trigger, milestone.rules):
            yield milestone


def _told(
    before: Configuration,
    contract: Contract,
    milestone: Milestone,
    forges: Mapping[str, Forge],
    identities: Identities,
) -> str:
    found: list[Issue] = []
    for key in contract.repositories:
        if (key.connection, key.full_name.lower()) not in before.repositories or key.connection not in forges:
            return f"{key} is not under contract yet, so its issues were not looked at"
        repository, _ = identities.remembered(key)
        found += forges[key.connection].list_issues(repository, milestone.label)
    waiting = [one for one in found if one.is_open or one.close_reason not in milestone.rules.close_reasons]
    if not found:
        return "no issue carries the label yet"
    is_done = len(waiting) < len(found) if milestone.rules.when == "any_closed" else not waiting
    if is_done:
        return f"{_closed(len(found) - len(waiting), found)}: it is decided as soon as this is in force"
    return f"{_closed(len(found) - len(waiting), found)}: it waits for the others"


def _closed(count: int, found: list[Issue]) -> str:
    return f"{count} of {number_of(len(found), 'issue')} done"
