"""Reading the contract file at its branch's head. What is good goes into the database, and so into force.

A webhook only says that it is time to look: what counts is what the forge shows then. A bad file, a branch
that was rewritten or deleted, a forge that is away: all leave the version in force as it is, and say so.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import structlog

from app.configuration.kept import Kept, read_kept, write_kept
from app.configuration.pulls import mark_all
from app.db import Database, now
from app.errors import CloseoutError, ForgeError
from app.events import Repository
from app.forges.contents import Contents, Unreadable
from app.milestones import document, yamlmap
from app.milestones.problems import ConfigurationInvalid
from app.place import SHORT, InRepository

POLL_S = 60
log = structlog.get_logger()


class Fetcher:
    """Looks at one place. `contents` answers the connection, and raises CloseoutError where there is none.

    `on_taken` is called as soon as another commit is in force, so that this process decides by it at once.
    """

    def __init__(
        self,
        db: Database,
        place: InRepository,
        contents: Callable[[], Contents],
        on_taken: Callable[[], None],
    ) -> None:
        self._db, self.place, self._contents, self._on_taken = db, place, contents, on_taken

    def turn(self) -> bool:
        """A look for a loop, which then pauses."""
        self.fetch()
        return False

    def fetch(self) -> str:
        """Look now; answers what came of it, in a sentence. Of several servers one looks at a time."""
        with self._db.turn_of(f"configuration {self.place}"):
            kept = read_kept(self._db, self.place)
            try:
                return self._look(kept)
            except CloseoutError as error:
                # The head is forgotten, so that the next look begins anew.
                return self._stays(kept, str(error), head=error.head if isinstance(error, _AtHead) else "")

    def _look(self, kept: Kept) -> str:
        place, contents = self.place, self._contents()
        repository = self._repository(contents, kept)
        try:
            head = contents.read_head(repository, place.branch)
        except ForgeError:
            self._check_name(contents, repository)
            raise
        if head == kept.head and (kept.problem or head == kept.commit):
            return kept.problem or f"nothing is new in {place}"
        if head == kept.commit:
            self._write(kept, head=head, problem="")
            return f"{place} is at commit {head[:SHORT]}, which is in force"
        if kept.commit and kept.allowed != head and not contents.is_after(repository, kept.commit, head):
            raise _AtHead(
                head,
                f"the branch {place.branch} was rewritten:"
                f" {head[:SHORT]} does not contain {kept.commit[:SHORT]}",
                where=str(place),
                mend=f"Push what was there again, or take it as it is: closeout configuration allow {head}",
            )
        return self._take(contents, repository, head)

    def _repository(self, contents: Contents, kept: Kept) -> Repository:
        """By the id that it was first seen with: one made anew under its name is another one."""
        if kept.repository_id:
            return Repository(kept.repository_id, self.place.full_name)
        found = contents.read_repository(Repository("", self.place.full_name))
        self._write(kept, repository_id=found.id)
        return Repository(found.id, self.place.full_name)

    def _check_name(self, contents: Contents, repository: Repository) -> None:
        """Raises ForgeError where the name is that of another repository by now."""
        with contextlib.suppress(ForgeError):
            there = contents.read_repository(Repository("", repository.full_name))
            if there.id != repository.id:
                name = f"{self.place.connection}:{repository.full_name}"
                what = f"it is another repository now: its id is {there.id}, ours was {repository.id}"
                raise _Another(what, where=name, mend="If that is meant: closeout configuration forget")

    def _take(self, contents: Contents, repository: Repository, head: str) -> str:
        place = self.place
        try:
            data = contents.read_file(repository, place.path, head, yamlmap.MAX_BYTES)
            document.parse(data, place.at(head), head)
        except Unreadable as error:
            raise _AtHead(head, error.what, where=place.at(head), mend=error.mend) from error
        except ConfigurationInvalid as invalid:
            more = f" (and {invalid.count - 1} more)" if invalid.count > 1 else ""
            raise _AtHead(head, f"{invalid.what}{more}", where=invalid.where, mend=invalid.mend) from invalid
        values = {"commit": head, "head": head, "taken_at": now(), "allowed": "", "problem": ""}
        with self._db.transaction() as writing:
            write_kept(writing, place, data, **values)
            mark_all(writing, place)
        log.info("configuration.taken", place=str(place), commit=head)
        self._on_taken()
        return f"commit {head[:SHORT]} of {place} is in force"

    def _stays(self, kept: Kept, problem: str, head: str) -> str:
        told = f"{problem} ({kept.stays})"
        self._write(kept, head=head, problem=told)
        return told

    def _write(self, kept: Kept, **values: str) -> None:
        """Write what is news; pull requests that were told about the file hear of it as well."""
        news = {name: value for name, value in values.items() if value != getattr(kept, name)}
        if news:
            with self._db.transaction() as writing:
                write_kept(writing, self.place, **news)
                if "problem" in news:
                    mark_all(writing, self.place)


class _Another(CloseoutError):
    """The name that is configured is that of another repository."""


class _AtHead(CloseoutError):
    """What is wrong with one commit; it stays so until there is another."""

    def __init__(self, head: str, what: str, *, where: str, mend: str) -> None:
        super().__init__(what, where=where, mend=mend)
        self.head = head
