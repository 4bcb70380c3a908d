"""The labels that the contracts need in each repository, and how they look there. Pure.

A milestone that the forge's own milestone or a person releases needs none; the label that stops everything
is needed wherever an issue can be closed for a milestone.
"""

from __future__ import annotations

from app import money
from app.events import Label
from app.milestones.contract import Configuration, Contract, Milestone, RepositoryKey

LONGEST_DESCRIPTION = 100
"""GitHub's limit, the narrowest: https://docs.github.com/en/rest/issues/labels#create-a-label"""

COLORS = ("c5def5", "1d76db", "5319e7", "0e8a16", "fbca04", "006b75")
"""By the milestone's index, and from the start again after the last."""

HOLD_COLOR = "b60205"
"""Red, which no milestone has."""

HOLD_DESCRIPTION = "Closeout: nothing of the milestone moves while one of its issues carries this"

_SHORTEST_CUT = 8
"""Less of a contract's title than this would tell nobody anything."""

# GitLab takes out what looks like a tag of HTML (app/models/label.rb), and would differ from us for ever.
_PLAIN = str.maketrans("<>", "‹›")


def wanted_labels(
    configuration: Configuration, *, shows_amounts: bool = False
) -> dict[RepositoryKey, tuple[Label, ...]]:
    """The labels of every repository that needs any, without ids, in the order of the contracts.

    A repository that several contracts name is one. `shows_amounts` adds each milestone's amount to its
    description, where everybody who sees the repository reads it.
    """
    keys: dict[tuple[str, str], RepositoryKey] = {}
    labels: dict[RepositoryKey, dict[str, Label]] = {}
    for contract in configuration.contracts.values():
        own = _labels_of(contract, shows_amounts)
        for key in contract.repositories if own else ():
            place = keys.setdefault((key.connection, key.full_name.lower()), key)
            there = labels.setdefault(place, {})
            for label in own:
                there.setdefault(label.name, label)
    return {key: tuple(there.values()) for key, there in labels.items()}


def _labels_of(contract: Contract, shows_amounts: bool) -> list[Label]:
    milestones = [
        Label(
            "", one.label, COLORS[(one.index - 1) % len(COLORS)], _description(contract, one, shows_amounts)
        )
        for one in contract.milestones
        if one.label
    ]
    holds = dict.fromkeys(one.rules.hold_label for one in contract.milestones if one.label or one.native)
    return [*milestones, *(Label("", hold, HOLD_COLOR, HOLD_DESCRIPTION) for hold in holds)]


def _description(contract: Contract, milestone: Milestone, shows_amounts: bool) -> str:
    """ "Milestone 2 of 4: Sign-off (Alpha storefront), 7,500.00 usd": titles are cut, numbers never."""
    begin = f"Milestone {milestone.index} of {len(contract.milestones)}: "
    end = f", {money.show(milestone.amount_minor, contract.currency)}" if shows_amounts else ""
    room = LONGEST_DESCRIPTION - len(begin) - len(end)
    title, work = _plain(milestone.title), _plain(contract.title)
    left = room - len(title) - len(" ()")
    is_named = left >= min(len(work), _SHORTEST_CUT)
    middle = f"{title} ({_cut(work, left)})" if is_named else _cut(title, room)
    return f"{begin}{middle}{end}"


def _plain(text: str) -> str:
    return " ".join(text.translate(_PLAIN).split())


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"
