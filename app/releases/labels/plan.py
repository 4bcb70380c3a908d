"""What is to be done about each label that a repository needs. Pure.

Nothing is ever deleted or renamed: issues carry labels by their ids, which Closeout remembers, and a label
made anew is a stranger to the contract. Whatever would need that is left to a person, with the reason.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.events import Label
from app.milestones.contract import RepositoryKey
from app.milestones.lookalike import difference, skeleton
from app.milestones.problems import printable

Action = Literal["create", "mend", "keep", "leave"]

SHOWN = 100
"""So much of a description is told: what differs may be the amount at its end."""


@dataclass(frozen=True, slots=True)
class Change:
    """What to do about one label. `note` tells more of it, or why it is left; `mend` what a person can do.

    `label` is as it is to be. `mend` is set exactly where a label is left alone that needs a person.
    """

    action: Action
    label: Label
    note: str = ""
    mend: str = ""


def plan(
    key: RepositoryKey, wanted: Sequence[Label], present: Sequence[Label], remembered: Mapping[str, str]
) -> list[Change]:
    """The changes that bring a repository's `present` labels to the `wanted` ones, in the order of these.

    `remembered` are the ids that labels of this repository had when they were first seen, by name.
    """
    names = {label.name for label in wanted}
    strangers = [label for label in present if label.name not in names]
    looks = {label.name: skeleton(label.name) for label in (*strangers, *wanted)}
    changes: list[Change] = []
    for label in wanted:
        alike = [one for one in strangers if looks[one.name] == looks[label.name]]
        same = [one for one in present if one.name == label.name]
        if same:
            changes.append(_present(key, label, same, remembered))
            changes += _beside(label, alike)
        else:
            changes += _absent(key, label, alike, present, remembered)
    return changes


def _present(
    key: RepositoryKey, label: Label, same: Sequence[Label], remembered: Mapping[str, str]
) -> Change:
    there, known = same[0], remembered.get(label.name, "")
    before = next((name for name, of in remembered.items() if of == there.id and name != label.name), "")
    if len(same) > 1:
        ids = ", ".join(one.id for one in same)
        rest = f"all but {known}, which was seen first" if known else "all but one"
        return _leave(label, f"there are {len(same)} labels of this name ({ids})", f"Rename {rest}")
    if known and known != there.id:
        return _leave(
            label, f"it is another one than before: its id was {known} at first", _forget(key, label)
        )
    if not known and before:
        mend = f"Rename it back, and make a label {printable(label.name)} of its own"
        return _leave(label, f"it was {printable(before)} before: somebody renamed it", mend)
    wrong = _differences(there, label)
    if wrong and there.is_shared:
        return Change("keep", there, "it belongs to the group or organisation, where its looks are not ours")
    return Change("mend" if wrong else "keep", replace(label, id=there.id), ", ".join(wrong))


def _differences(there: Label, wanted: Label) -> list[str]:
    pairs = {
        "colour": (there.color, wanted.color),
        "description": (there.description, wanted.description),
    }
    return [
        f"{name}: {printable(before, SHOWN) or 'none'} → {printable(after, SHOWN)}"
        for name, (before, after) in pairs.items()
        if before != after
    ]


def _absent(
    key: RepositoryKey,
    label: Label,
    alike: Sequence[Label],
    present: Sequence[Label],
    remembered: Mapping[str, str],
) -> Iterator[Change]:
    """A new label would be a stranger where one was known, and a trap beside one that looks the same."""
    known = remembered.get(label.name, "")
    renamed = next((one for one in present if known and one.id == known), None)
    if renamed is not None:
        mend = f"Rename it back to {printable(label.name)}: its issues keep it"
        yield _leave(label, f"somebody renamed it to {printable(renamed.name)}", mend)
    elif known:
        yield _leave(
            label, f"somebody deleted it: its id was {known}", f"{_forget(key, label)}; then sync again"
        )
    elif alike:
        name = printable(alike[0].name)
        what = f"there is {name}, which looks like it but {difference(alike[0].name, label.name)}"
        yield _leave(label, what, f"Rename that to exactly {printable(label.name)}: its issues keep it")
    else:
        yield Change("create", label, label.description)


def _beside(label: Label, alike: Sequence[Label]) -> Iterator[Change]:
    for one in alike:
        why = (
            f"it looks like {printable(label.name)} but {difference(one.name, label.name)}: it bills nothing"
        )
        yield _leave(one, why, "Rename or delete it, so that nobody takes it for the other")


def _leave(label: Label, why: str, mend: str) -> Change:
    return Change("leave", label, why, mend)


def _forget(key: RepositoryKey, label: Label) -> str:
    name = shlex.quote(f"{key.full_name.lower()}/{label.name}")
    return f"If that is meant: closeout identities forget {key.connection} label {name}"
