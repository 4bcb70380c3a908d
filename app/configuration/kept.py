"""The version in force of a contract file in a repository, as the database keeps it for every server."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.configuration.tables import configurations
from app.db import Database, insert_or_ignore
from app.errors import CloseoutError
from app.milestones.problems import Source as Text
from app.milestones.source import ContractFile, Source, Taken
from app.notices.text import moment
from app.place import SHORT, InRepository
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of one place; texts are "" for what was never seen. See `tables.configurations`."""

    repository_id: str
    commit: str
    taken_at: str
    head: str
    allowed: str
    problem: str

    @property
    def stays(self) -> str:
        """What is in force meanwhile, in words."""
        if not self.commit:
            return "nothing was read before, so nothing is under contract"
        return f"commit {self.commit[:SHORT]} stays in force, read {moment(self.taken_at)}"


class KeptSource:
    """A book's source that reads what the database keeps; nothing outside is asked."""

    def __init__(self, db: Database, place: InRepository) -> None:
        self._db, self._place, self._commit = db, place, ""

    def read(self) -> Taken | None:
        """See Source. Raises ConfigurationInvalid while nothing is kept."""
        mine = configurations.c.place == str(self._place)
        with self._db.reading() as reading:
            commit = reading.scalar(sa.select(configurations.c.commit).where(mine))
            if not commit:
                mend = "Start closeout serve, which reads it; closeout doctor says what keeps it from that"
                raise Text("", str(self._place)).refuse(0, self.missing(), mend)
            if commit == self._commit:
                return None
            found = reading.execute(
                sa.select(configurations.c.commit, configurations.c.content).where(mine)
            ).one()
        self._commit = found.commit
        return Taken(found.content, self._place.at(found.commit), found.commit)

    def missing(self) -> str:
        kept = read_kept(self._db, self._place)
        if kept.commit:
            return ""
        return kept.problem or f"nothing was read from {self._place} yet"

    def trouble(self) -> str:
        return read_kept(self._db, self._place).problem


def source_of(settings: Settings, db: Database) -> Source:
    """Where the settings say that the contract file is."""
    place = settings.config
    return KeptSource(db, place) if isinstance(place, InRepository) else ContractFile(place)


def read_kept(db: Database, place: InRepository) -> Kept:
    """What is known of that place; all "" before the first look."""
    columns = [configurations.c[name] for name in Kept.__slots__]
    with db.reading() as reading:
        row = reading.execute(sa.select(*columns).where(configurations.c.place == str(place))).first()
    return Kept(*row) if row is not None else Kept(*[""] * len(columns))


def write_kept(
    connection: sa.Connection, place: InRepository, content: bytes | None = None, /, **values: str
) -> None:
    """Write down what was seen, and the file's bytes where they are news, in the caller's transaction."""
    empty = dict.fromkeys(Kept.__slots__, "")
    row = insert_or_ignore(connection, configurations).values(place=str(place), content=None, **empty)
    connection.execute(row)
    mine = configurations.c.place == str(place)
    news = values if content is None else {**values, "content": content}
    connection.execute(sa.update(configurations).where(mine).values(**news))


def allow(db: Database, place: InRepository, commit: str) -> str:
    """Take that commit as the next although the branch was rewritten; answers what happens, in a sentence.

    Raises CloseoutError for one that is not what the branch leads to.
    """
    kept = read_kept(db, place)
    if len(commit) < 7 or not kept.head.startswith(commit):
        raise CloseoutError(
            f"{commit} is not what {place} leads to",
            mend=f"Name the commit that was looked at last: {kept.head or 'none was yet'}",
        )
    with db.transaction() as writing:
        write_kept(writing, place, allowed=kept.head, head="")
    return f"commit {kept.head[:SHORT]} is taken with the next look, if there is nothing wrong with it"


def forget(db: Database, place: InRepository) -> None:
    """Take whatever repository has the name now for the one that is meant. What is in force stays so."""
    with db.transaction() as writing:
        write_kept(writing, place, repository_id="", head="")


def read_anew(connection: sa.Connection) -> None:
    """Have nothing in force before it was read from its repository: what is kept may be another's words."""
    nothing = {"commit": "", "content": None, "head": "", "allowed": "", "problem": ""}
    connection.execute(sa.update(configurations).values(nothing))
