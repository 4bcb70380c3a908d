"""What names meant when they were first seen, for the operator: listing it, and forgetting one on purpose.

A name that is forgotten is looked up again when it is needed next, and whoever or whatever has it then is
believed from then on. That is for a label that was made anew, or a repository that was replaced.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa

from app.db import Database
from app.errors import CloseoutError
from app.milestones.contract import Configuration, Contract, Milestone
from app.milestones.explain import nearest
from app.releases.again import look_again
from app.releases.decision.gather import named_in
from app.releases.decision.identities import Kind
from app.releases.names import release_id
from app.releases.tables import identities, releases
from app.releases.who import Who


@dataclass(frozen=True, slots=True)
class KnownName:
    """A name and the numeric id that it had, as stored: repositories and people in lower case, a label after
    its repository's id. `repositories` are the names by which a label's repository is known.
    """

    connection: str
    kind: Kind
    name: str
    forge_id: str
    first_seen_at: str
    repositories: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """A label's own name, "" for what is none."""
        return self.name.partition("/")[2] if self.kind == "label" else ""

    @property
    def shown(self) -> str:
        """The name for people: a label after its repository's name, where that is known."""
        return f"{self.repositories[0]}/{self.label}" if self.repositories else self.name

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "shown": self.shown}


def list_names(db: Database) -> list[KnownName]:
    """Every name, by connection, kind and name."""
    with db.reading() as connection:
        return _read(connection)


def find_name(db: Database, connection_name: str, kind: Kind, name: str) -> KnownName:
    """The one that is meant. Raises CloseoutError when there is none, or when several labels bear the name.

    A label may be named alone, after its repository's name, or after its repository's id.
    """
    listed = list_names(db)
    connections = {one.connection for one in listed}
    if listed and connection_name not in connections:
        what = f"no name of a connection {connection_name!r} is known"
        raise CloseoutError(what, mend=nearest(connection_name, connections))
    of_kind = [one for one in listed if (one.connection, one.kind) == (connection_name, kind)]
    if kind == "label":
        names = {one.name: {one.name, *(f"{of}/{one.label}" for of in one.repositories)} for one in of_kind}
        found = [one for one in of_kind if name in names[one.name]] or [
            one for one in of_kind if one.label == name
        ]
    else:
        found = [one for one in of_kind if one.name == name.lower()]
    if len(found) > 1:
        raise CloseoutError(
            f"{len(found)} repositories of {connection_name} have a label {name!r}",
            mend=f"Name one of them: {', '.join(one.shown for one in found)}",
        )
    if not found:
        known = [one.shown for one in of_kind] + [one.label for one in of_kind if kind == "label"]
        mend = nearest(name, known) if known else "See what is known with closeout identities"
        raise CloseoutError(f"nothing is known of the {kind} {name!r} of {connection_name}", mend=mend)
    return found[0]


def forget(db: Database, configuration: Configuration, known: KnownName, who: Who) -> list[str]:
    """Forget what it was, and have the undecided milestones that use it looked at again; answers their ids.

    Raises CloseoutError when it is not there any more.
    """
    concerned = {release_id(*place) for place in _used_by(configuration, known)}
    why = f"{who} had the {known.kind} {known.shown} of {known.connection} looked up again"
    with db.transaction() as connection:
        place = {"connection": known.connection, "kind": known.kind, "name": known.name}
        gone = connection.execute(sa.delete(identities).filter_by(**place, forge_id=known.forge_id))
        if gone.rowcount != 1:
            raise CloseoutError(
                f"the {known.kind} {known.shown} of {known.connection} was forgotten meanwhile",
                mend="See what is known with closeout identities",
            )
        undecided = sa.or_(
            releases.c.snapshot.is_(None),
            sa.and_(releases.c.state == "voided", releases.c.recalled.is_not(None)),
        )
        found = connection.scalars(sa.select(releases.c.id).where(undecided).order_by(releases.c.id))
        again = [one for one in found if one in concerned]
        for identity in again:
            look_again(connection, identity, why)
    return again


def forget_connection(db: Database, name: str) -> int:
    """Forget every name of a connection, which goes away or to another server: numbers mean nothing there.

    Answers how many there were.
    """
    with db.transaction() as connection:
        return connection.execute(sa.delete(identities).where(identities.c.connection == name)).rowcount


def _read(connection: sa.Connection) -> list[KnownName]:
    columns = identities.c
    ordered = sa.select(identities).order_by(columns.connection, columns.kind, columns.name)
    found = [KnownName(**row) for row in connection.execute(ordered).mappings()]
    names: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for one in found:
        if one.kind == "repository":
            names[one.connection, one.forge_id].append(one.name)
    return [
        replace(one, repositories=tuple(names[one.connection, one.name.partition("/")[0]]))
        if one.kind == "label"
        else one
        for one in found
    ]


def _used_by(configuration: Configuration, known: KnownName) -> Iterator[tuple[str, int]]:
    """The milestones for which the name is looked up."""
    for contract in configuration.contracts.values():
        for milestone in contract.milestones:
            if _uses(contract, milestone, known):
                yield contract.id, milestone.index


def _uses(contract: Contract, milestone: Milestone, known: KnownName) -> bool:
    if known.kind == "person":
        people = named_in(contract, milestone)
        return any((one.connection, one.login.lower()) == (known.connection, known.name) for one in people)
    names = known.repositories if known.kind == "label" else (known.name,)
    is_here = any(
        key.connection == known.connection and key.full_name.lower() in names for key in contract.repositories
    )
    return is_here and (known.kind == "repository" or milestone.label == known.label)
