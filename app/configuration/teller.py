"""One comment on each pull request that touches the contract file: what merging it would change.

It is rewritten with each push, and says in the end what became of it. Nothing here puts anything in force.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa
import structlog

from app.configuration import pulls
from app.configuration.changes import changes
from app.configuration.kept import Kept, read_kept
from app.configuration.standing import standing
from app.configuration.words import Plan, comment, marker, of_plan
from app.db import Database
from app.errors import CloseoutError, ForgeError
from app.events import Repository
from app.forges.base import Forge
from app.forges.contents import Contents, PullRequest, Unreadable
from app.logs import hide
from app.milestones import document
from app.milestones.book import Book
from app.milestones.problems import Problem
from app.place import SHORT, InRepository
from app.releases.decision.identities import Identities
from app.releases.names import release_id
from app.releases.told.decided import read_decided
from app.releases.told.differences import differences, placed

MOST_BYTES = 1_000_000
"""Of a file that nobody approved of; a plan of more would not fit into a comment."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Told:
    """What a comment says now; `headline` is None where there is nothing to say."""

    state: pulls.State
    headline: str | None
    body: str = ""


class PlanTeller:
    """Tells the pull requests of one place. One process at a time should."""

    def __init__(
        self,
        db: Database,
        place: InRepository,
        contents: Callable[[], Contents],
        book: Book,
        forges: Mapping[str, Forge],
        identities: Identities,
    ) -> None:
        self._db, self._place, self._contents, self._book = db, place, contents, book
        self._forges, self._identities = forges, identities

    def turn(self) -> bool:
        """Tell what is due; True when there may be more."""
        rows = pulls.due(self._db, self._place)
        for row in rows:
            try:
                self._tell(row)
            except CloseoutError as error:
                pulls.note_failed(self._db, row, str(error), getattr(error, "retry_after_s", None))
                log.warning("a plan was not told", number=row["number"], problem=str(error))
        return len(rows) == pulls.BATCH

    def catch_up(self) -> bool:
        """Mark the pull requests of which no webhook told, or not of their last push. For a loop."""
        kept = read_kept(self._db, self._place)
        if not kept.repository_id:
            return False
        try:
            opened = self._contents().list_pulls(self._repository(kept), self._place.branch)
        except CloseoutError as error:
            log.warning("the pull requests could not be read", place=str(self._place), problem=str(error))
            return False
        if count := pulls.mark_missed(self._db, self._place, opened):
            log.info("pull requests to look at", place=str(self._place), count=count)
        return False

    def _tell(self, row: sa.RowMapping) -> None:
        place, number = self._place, row["number"]
        kept, contents = read_kept(self._db, place), self._contents()
        if not kept.repository_id:
            raise ForgeError(f"{place} was not read yet", mend="Asked again later by itself")
        repository = self._repository(kept)
        pull = contents.read_pull(repository, number)
        told = self._told(row, kept, contents, pull)
        written = None
        if told.headline is not None:
            text = hide(comment(place, told.headline, told.body))
            written = contents.write_comment(repository, number, marker(place), text)
            log.info("plan told", place=str(place), number=number, url=written.url)
        pulls.note_told(self._db, row, told.state, pull.head, told.body or row["body"], written)

    def _told(self, row: sa.RowMapping, kept: Kept, contents: Contents, pull: PullRequest) -> _Told:
        place, repository = self._place, self._repository(kept)
        was_told = bool(row["url"])
        if pull.state == "closed":
            head = "**Closed without a merge:** nothing of this came into force."
            return _Told("done", head if was_told else None, row["body"])
        if pull.state == "merged":
            return self._merged(row, kept, contents, pull)
        if pull.base != place.branch:
            head = f"**This is for the branch `{place.branch}` no longer:** it would change nothing."
        elif not contents.touches(repository, pull.number, place.path):
            head = f"**This changes `{place.path}` no longer:** it would change nothing."
        else:
            head = "**Closeout's plan.** Nothing of it is in force before it is merged."
            plan = self._plan(kept, contents, pull)
            return _Told("told", head, of_plan(place, plan, self._link(contents)))
        return _Told("told", head) if was_told else _Told("new", None)

    def _merged(self, row: sa.RowMapping, kept: Kept, contents: Contents, pull: PullRequest) -> _Told:
        if not row["url"]:
            return _Told("done", None)
        repository, link = self._repository(kept), self._link(contents)
        merged = f"[{pull.merged_as[:SHORT]}](<{link(pull.merged_as)}>)"
        if kept.commit and contents.is_after(repository, pull.merged_as, kept.commit):
            now = f"[{kept.commit[:SHORT]}](<{link(kept.commit)}>)"
            return _Told("done", f"**Merged as {merged}, and in force** with commit {now}.", row["body"])
        if kept.problem:
            head = f"**Merged as {merged}, but not in force:** see `closeout doctor` for what is wrong."
            return _Told("merged", head, row["body"])
        return _Told("merged", f"**Merged as {merged};** it is being read.", row["body"])

    def _plan(self, kept: Kept, contents: Contents, pull: PullRequest) -> Plan:
        place, repository = self._place, self._repository(kept)
        self._book.refresh(wait=True)  # a plan against an older commit would clear the newer one's mark
        before = self._book.current
        is_behind = bool(before.commit) and not contents.is_after(repository, before.commit, pull.head)
        try:
            data = contents.read_file(repository, place.path, pull.head, MOST_BYTES)
        except Unreadable as error:
            problem = Problem("error", place.path, 1, 1, "", error.what, error.mend)
            return Plan(pull.head, before.commit, None, (problem,), is_behind=is_behind)
        after, problems = document.read(data, place.path)
        if after is None:
            return Plan(pull.head, before.commit, None, tuple(problems), is_behind=is_behind)
        plan = Plan(pull.head, before.commit, changes(before, after), tuple(problems), is_behind=is_behind)
        if not pull.is_by_member:  # strangers hear neither of our books nor of issues that they may not see
            return plan
        with self._db.reading() as reading:
            decided = read_decided(reading)
        released = {release_id(one.contract_id, one.index) for one in decided}
        return replace(
            plan,
            differences=tuple(placed(data, place.path, differences(after, decided))),
            standing=tuple(standing(before, after, released, self._forges, self._identities)),
        )

    def _repository(self, kept: Kept) -> Repository:
        return Repository(kept.repository_id, self._place.full_name)

    def _link(self, contents: Contents) -> Callable[[str], str]:
        return lambda commit: contents.file_url(self._place.full_name, self._place.path, commit)
