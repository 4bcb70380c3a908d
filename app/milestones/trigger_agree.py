"""What releases a milestone: a label, a milestone of the forge, or a person; exactly one, and no other's."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from fractions import Fraction
from typing import Literal, NamedTuple

from app.milestones.contract import Milestone
from app.milestones.peek import value_of
from app.milestones.problems import FieldPath, quoted
from app.milestones.rule_sketch import overlaid
from app.milestones.rules import HOLD_LABEL, When
from app.milestones.sketch import (
    ContractSketch,
    EndpointSketch,
    Finding,
    MilestoneSketch,
    RepositorySketch,
    Where,
)

_VENDOR = {"github": "https://api.github.com", "gitlab": "https://gitlab.com"}

_NOUNS: dict[str, tuple[str, str]] = {
    "label": ("label", "Give each milestone a label of its own"),
    "milestone": ("forge's milestone", "Give each milestone one of the forge's for its own"),
}

Field = Literal["label", "milestone"]
Place = tuple[str, str]


class _Home(NamedTuple):
    """A contract, and its repositories by the place where they really are."""

    contract: ContractSketch
    places: dict[Place, RepositorySketch]


class _Owner(NamedTuple):
    """The first milestone in the file that claims a label or title on a repository."""

    path: FieldPath
    text: str


Owners = dict[tuple[str, str, str], _Owner]


def disagreements(
    contracts: tuple[ContractSketch, ...], connections: dict[str, EndpointSketch], where: Where
) -> Iterator[Finding]:
    """All findings about labels, titles and what is released by hand, across contracts."""
    homes = [
        _Home(one, {identity(repository, connections): repository for repository in one.repositories})
        for one in contracts
    ]
    labels = _owners(homes, "label")
    yield from _stands_once(homes, "label", labels, where)
    yield from _stands_once(homes, "milestone", _owners(homes, "milestone"), where)
    yield from _holds(homes, labels, where)
    for contract in contracts:
        for milestone in contract.milestones:
            yield from _exactly_one(contract, milestone)
        yield from _recognised(contract, where)


def identity(repository: RepositorySketch, connections: dict[str, EndpointSketch]) -> Place:
    """The forge's address and the repository's name there: two connections may lead to one repository."""
    connection = connections.get(repository.connection)
    kind = connection.kind or "" if connection else ""
    url = connection.url.rstrip("/").lower() if connection else ""
    return url or _VENDOR.get(kind) or repository.connection, repository.full_name.lower()


def _text(milestone: MilestoneSketch, field: Field) -> str:
    return (milestone.label if field == "label" else milestone.native) or ""


def _folded(text: str) -> str:
    """GitHub's labels are the same in upper and lower case, so ours are too, and titles."""
    return unicodedata.normalize("NFC", text).casefold()


def _owners(homes: list[_Home], field: Field) -> Owners:
    owners: Owners = {}
    for contract, places in homes:
        for index, milestone in enumerate(contract.milestones, start=1):
            if text := _text(milestone, field):
                me = _Owner(milestone.path, f"milestone {index} of {quoted(contract.id or '')}")
                for place in places:
                    owners.setdefault((*place, _folded(text)), me)
    return owners


def _stands_once(homes: list[_Home], field: Field, owners: Owners, where: Where) -> Iterator[Finding]:
    """A label means one milestone, and so does a milestone of the forge."""
    noun, mend = _NOUNS[field]
    for contract, places in homes:
        for milestone in contract.milestones:
            text = _text(milestone, field)
            folded = _folded(text)
            for place, repository in places.items() if text else ():
                owner = owners[*place, folded]
                if owner.path != milestone.path:
                    what = (
                        f"on {repository.connection}:{repository.full_name} the {noun} {quoted(text)}"
                        f" stands for {owner.text} already ({where((*owner.path, field))})"
                    )
                    yield Finding((*milestone.path, field), what, mend)
                    break


def _holds(homes: list[_Home], labels: Owners, where: Where) -> Iterator[Finding]:
    """A label that freezes a milestone may not be one that completes a milestone."""
    told: set[FieldPath] = set()
    for contract, places in homes:
        own = [one.rules.hold_label for one in contract.milestones]
        uses_default = contract.rules.hold_label is None and not all(own)
        written = [hold for hold in (contract.rules.hold_label, *own) if hold is not None]
        for place in places:
            for hold in written:
                owner = labels.get((*place, _folded(hold.value or "")))
                if owner and hold.path not in told:
                    told.add(hold.path)
                    what = f"this is the label of {owner.text} ({where((*owner.path, 'label'))})"
                    yield Finding(hold.path, what, f"Choose another, for example {HOLD_LABEL}")
            owner = labels.get((*place, _folded(HOLD_LABEL)))
            if uses_default and owner and owner.path not in told:
                told.add(owner.path)
                what = f"{HOLD_LABEL} is the label that puts a milestone on hold"
                mend = "Choose another label, or write another hold_label into the contract's rules"
                yield Finding((*owner.path, "label"), what, mend)


def _exactly_one(contract: ContractSketch, milestone: MilestoneSketch) -> Iterator[Finding]:
    """A label, a milestone of the forge, or by hand; what could not be read is passed over."""
    label, native, own = milestone.label, milestone.native, milestone.rules.when
    rule = overlaid(contract.rules, milestone.rules).when
    if label is None or native is None or milestone.is_misspelt or (rule and rule.value is None):
        return
    when = value_of(rule) or "all_closed"
    field: Field = "label" if label else "milestone"
    if label and native:
        what = "a label and a milestone of the forge can not both release it"
        yield Finding((*milestone.path, "milestone"), what, "Remove one of the two", of_key=True)
    elif not label and not native and when != "manual":
        mend = 'Add label: "milestone:launch", milestone: v1.0 (one of the forge), or rules: {when: manual}'
        yield Finding((*milestone.path, "label"), "nothing says what releases it", mend)
    elif (what := _contradiction(when, field)) and (label or native):
        mend = f"Remove this rule, or the {field}"
        if own is None:
            mend = f"Add rules: {{when: all_closed}} to this milestone, or remove the {field}"
        yield Finding(own.path if own else (*milestone.path, field), what, mend)


def _contradiction(when: When, field: Field) -> str:
    if when == "manual":
        return f"what is released by hand (when: manual) is not released by a {field}"
    if when == "any_closed" and field == "milestone":
        return "a milestone of the forge bills when none of its issues is open, not at the first (any_closed)"
    return ""


def _recognised(contract: ContractSketch, where: Where) -> Iterator[Finding]:
    """Two of one kind are told by `_stands_once`; what is left are titles, and names across the kinds."""
    first: dict[str, tuple[FieldPath, int]] = {}
    if all(milestone.label for milestone in contract.milestones):
        return
    for index, milestone in enumerate(contract.milestones, start=1):
        field = "label" if milestone.label else "milestone" if milestone.native else "title"
        label, native, title = milestone.label, milestone.native, milestone.title
        if label is None or native is None or title is None or milestone.is_misspelt:
            continue
        trigger = Milestone(index, label, title, Fraction(1), 0, native=native).trigger
        path, number = first.setdefault(trigger, ((*milestone.path, field), index))
        if number != index and (path[-1] != field or field == "title"):
            what = f"{quoted(trigger)} is what milestone {number} is recognised by already ({where(path)})"
            yield Finding((*milestone.path, field), what, "Give each milestone a name of its own")
