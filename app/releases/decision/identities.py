"""Numeric ids, stored when a name was first seen: names are given away, ids are not.

A repository that is renamed or transferred keeps its id and is still the contract's; one made anew under the
old name has another and is not. The same holds for people whom a contract names, and for labels.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Literal

import sqlalchemy as sa
import structlog

from app.db import Database, insert_or_ignore, now
from app.errors import ForgeError
from app.events import ForgeMilestone, Label, Repository
from app.forges.base import Forge, connected
from app.milestones.contract import RepositoryKey
from app.milestones.rules import NamedPerson
from app.releases.tables import identities

log = structlog.get_logger()

Kind = Literal["repository", "person", "label", "milestone"]


class Identities:
    """Looks names up, and asks the forge once for those that were never seen. Raises ForgeError."""

    def __init__(self, db: Database, forges: Mapping[str, Forge]) -> None:
        self._db, self._forges = db, forges

    def repository(self, key: RepositoryKey) -> Repository:
        """The contract's repository with the id that it was first seen with, under the contract's name."""
        known = self._known("repository", key.connection, key.full_name.lower())
        if known is None:
            found = connected(self._forges, key.connection).read_repository(Repository("", key.full_name))
            known = self._keep("repository", key.connection, key.full_name.lower(), found.id)
        return Repository(known, key.full_name)

    def remembered(self, key: RepositoryKey) -> tuple[Repository, dict[str, str]]:
        """The repository with the id that it was first seen with, "" if never, and its labels' ids by name.

        Asks no forge and stores nothing.
        """
        repository = Repository(
            self._known("repository", key.connection, key.full_name.lower()) or "", key.full_name
        )
        inside = identities.c.name.startswith(f"{repository.id}/", autoescape=True)
        of_labels = sa.select(identities.c.name, identities.c.forge_id).filter_by(
            connection=key.connection, kind="label"
        )
        with self._db.reading() as reading:
            rows = reading.execute(of_labels.where(inside)).all() if repository.id else ()
        return repository, {row.name.partition("/")[2]: str(row.forge_id) for row in rows}

    def named(self, connection: str, full_name: str) -> Repository:
        """The same, by the words of a row."""
        return self.repository(RepositoryKey(connection, full_name))

    def configured_name(
        self, connection: str, repository: Repository, configured: Container[tuple[str, str]]
    ) -> str:
        """The name under which the contracts know an event's repository: its present one, or one from before.

        `configured` are (connection, full name in lower case) of all contracts. Raises ForgeError for a
        repository that took over the name of one that was seen before.
        """
        present = repository.full_name.lower()
        with self._db.reading() as reading:
            of_repositories = sa.select(identities.c.name, identities.c.forge_id).where(
                identities.c.connection == connection, identities.c.kind == "repository"
            )
            same_id = reading.execute(of_repositories.where(identities.c.forge_id == repository.id)).all()
            same_name = reading.execute(of_repositories.where(identities.c.name == present)).first()
        if same_name is None or same_name.forge_id == repository.id:
            names = [present, *(str(one.name) for one in same_id)]
            return next((one for one in names if (connection, one) in configured), names[-1])
        raise ForgeError(
            f"{connection}:{repository.full_name} is another repository now: its id is {repository.id},"
            f" the contract's was {same_name.forge_id}",
            mend=f"If that is meant: closeout identities forget {connection} repository {present}",
            permanent=True,
        )

    def people(self, names: Iterable[NamedPerson]) -> dict[NamedPerson, str]:
        """The ids of those of `names` that are or were accounts; a name that is nobody's yet is left out."""
        found: dict[NamedPerson, str] = {}
        for name in names:
            known = self._known("person", name.connection, name.login.lower())
            if known is None:
                person = connected(self._forges, name.connection).find_person(name.login)
                if person is None or not person.id:
                    continue
                known = self._keep("person", name.connection, name.login.lower(), person.id)
            found[name] = known
        return found

    def unpinned(
        self, connection: str, repository: Repository, names: Iterable[str], kind: Kind = "label"
    ) -> set[str]:
        """Those of `names` of which no id is stored yet."""
        pinned = sa.select(identities.c.name).filter_by(connection=connection, kind=kind)
        with self._db.reading() as reading:
            return {
                name
                for name in names
                if reading.scalar(pinned.filter_by(name=f"{repository.id}/{name}")) is None
            }

    def label_problem(self, connection: str, repository: Repository, label: Label) -> str:
        """Why this label is not the one that bore its name when it was first seen; "" if it is."""
        return self._problem("label", connection, repository, label.id, label.name)

    def milestone_problem(self, key: RepositoryKey, repository: Repository, found: ForgeMilestone) -> str:
        """The same for a milestone of the forge and its title."""
        return self._problem("milestone", key.connection, repository, found.id, found.title)

    def _problem(self, kind: Kind, connection: str, repository: Repository, forge_id: str, name: str) -> str:
        if not forge_id:
            return ""
        full = f"{repository.id}/{name}"
        known = self._known(kind, connection, full)
        if known is None:
            with self._db.reading() as reading:
                before = reading.scalar(
                    sa.select(identities.c.name).where(
                        identities.c.connection == connection,
                        identities.c.kind == kind,
                        identities.c.forge_id == forge_id,
                        identities.c.name.startswith(f"{repository.id}/", autoescape=True),
                    )
                )
            if before is not None:
                return f"the {kind} {name} was {before.partition('/')[2]} before: somebody renamed it"
            known = self._keep(kind, connection, full, forge_id)
        if known != forge_id:
            return (
                f"the {kind} {name} is another one than when the contract was accepted: somebody deleted or"
                f" renamed {kind}s"
            )
        return ""

    def _known(self, kind: Kind, connection: str, name: str) -> str | None:
        with self._db.reading() as reading:
            found = reading.scalar(
                sa.select(identities.c.forge_id).filter_by(connection=connection, kind=kind, name=name)
            )
        return None if found is None else str(found)

    def _keep(self, kind: Kind, connection: str, name: str, forge_id: str) -> str:
        """Store an id for ever; of two that do so at once, the first counts."""
        place = {"connection": connection, "kind": kind, "name": name}
        with self._db.transaction() as writing:
            row = insert_or_ignore(writing, identities).values(
                **place, forge_id=forge_id, first_seen_at=now()
            )
            writing.execute(row)
            kept = str(writing.execute(sa.select(identities.c.forge_id).filter_by(**place)).scalar_one())
        log.info("first seen", kind=kind, connection=connection, name=name, id=kept)
        return kept
