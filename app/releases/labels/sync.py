"""Bringing the labels of every contract's repositories to what the contracts need. Safe to do again.

One repository's trouble is told and does not stop the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from app.errors import ForgeError, ForgeNotFound
from app.events import Label, Repository
from app.forges.base import Forge, connected
from app.milestones.contract import Configuration, RepositoryKey
from app.releases.decision.identities import Identities
from app.releases.labels.plan import Action, Change, plan
from app.releases.labels.wanted import wanted_labels

AGAIN = "Run closeout labels sync again"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one label; of a repository as a whole, where `label` is "".

    `mend` is what a person has to do, and set exactly where something is wrong.
    """

    repository: RepositoryKey
    label: str
    action: Action | Literal["fail"]
    note: str = ""
    mend: str = ""

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "repository": str(self.repository)}


def sync_labels(
    configuration: Configuration,
    forges: Mapping[str, Forge],
    identities: Identities,
    *,
    shows_amounts: bool = False,
    is_dry: bool = False,
) -> Iterator[Outcome]:
    """Do what the plan of each repository says, or only tell it when `is_dry`; an outcome for each label."""
    for key, wanted in wanted_labels(configuration, shows_amounts=shows_amounts).items():
        try:
            forge = connected(forges, key.connection)
            repository, remembered = _known(key, forge, identities)
            changes = plan(key, wanted, forge.list_labels(repository), remembered)
        except ForgeError as error:
            yield _failed(key, "", error)
            continue
        if is_dry:
            yield from (_outcome(key, change) for change in changes)
        else:
            yield from _carried_out(key, forge, repository, changes)


def _known(key: RepositoryKey, forge: Forge, identities: Identities) -> tuple[Repository, dict[str, str]]:
    """The repository by its id, the remembered one if there is; and its labels' remembered ids."""
    repository, labels = identities.remembered(key)
    return (repository if repository.id else forge.read_repository(repository)), labels


def _carried_out(
    key: RepositoryKey, forge: Forge, repository: Repository, changes: list[Change]
) -> Iterator[Outcome]:
    """Trouble with one label alone does not stop those after it; with the repository it would be repeated."""
    for change in changes:
        try:
            shown = _written(forge, repository, change)
        except ForgeError as error:
            yield _failed(key, change.label.name, error)
            if not error.permanent or isinstance(error, ForgeNotFound):
                return
        else:
            if shown.name == change.label.name:
                yield _outcome(key, change)
            else:
                what = f"the forge made a label {shown.name} of it"
                mend = "Delete that at the forge, and choose a label without special signs in the contract"
                yield Outcome(key, change.label.name, "fail", what, mend)


def _written(forge: Forge, repository: Repository, change: Change) -> Label:
    if change.action == "create":
        return forge.create_label(repository, change.label)
    if change.action == "mend":
        return forge.edit_label(repository, change.label)
    return change.label


def _outcome(key: RepositoryKey, change: Change) -> Outcome:
    return Outcome(key, change.label.name, change.action, change.note, change.mend)


def _failed(key: RepositoryKey, label: str, error: ForgeError) -> Outcome:
    """A server asks again by itself; this does it when somebody runs it again."""
    mend = error.mend
    if error.retry_after_s is not None:
        mend = f"{AGAIN} in {error.retry_after_s} s"
    elif not mend or mend.startswith("Asked again"):
        mend = AGAIN
    return Outcome(key, label, "fail", error.what, mend)
