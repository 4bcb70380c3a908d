"""Nothing forgotten: what no webhook told is read from the forges, and goes the way of every delivery.

Forges drop webhooks. Every few minutes each repository of a contract is asked what changed since the last
time; what is news to us goes into the inbox and is judged like a webhook, by the state of the forge and never
by what the sweep saw. It costs one request per 100 changed issues and a constant, whatever the history, and
one for each changed issue that waits for the client's word. A repository that can not be read is told, keeps
its place, and is read from there the next time.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import sqlalchemy as sa
import structlog

from app.connections import troubles
from app.db import Database, later, now
from app.errors import ForgeError, ForgeNotFound
from app.events import Issue, Repository
from app.forges.base import Forge, connected
from app.inbox.store import NewDelivery, add
from app.milestones.book import Book
from app.milestones.contract import RepositoryKey
from app.releases.again import SOURCE, another_look
from app.releases.decision.identities import Identities
from app.releases.stages import LEASE_S
from app.releases.sweep.findings import deliveries_of, news
from app.releases.sweep.known import CHUNK, Notebook, Place, places, read_notebook
from app.releases.sweep.marks import WHOLE, read_mark, set_mark
from app.releases.sweep.pinning import Pins
from app.releases.sweep.redelivery import Redelivers, redeliver
from app.releases.sweep.window import moved, window
from app.releases.sweep.words import unheard
from app.releases.tables import billed_issues, holds, releases

log = structlog.get_logger()

LONGEST_FAILING_S = 60
"""A connection that did nothing but fail for so long is left alone until the next sweep."""
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one repository, or of an App's log of deliveries.

    `changed`: how many issues changed, or deliveries failed; `new`: how many of them nobody had told us.
    `problem`: why it could not be read, "" if it was.
    """

    where: str
    changed: int = 0
    new: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Swept:
    """One sweep over everything."""

    readings: tuple[Reading, ...]

    @property
    def is_whole(self) -> bool:
        return not any(reading.problem for reading in self.readings)


class Sweeper:
    """Reads what changed in every repository of every contract. One process at a time should sweep.

    `apps` are the GitHub Apps by connection, whose failed deliveries GitHub sends again; `on_found` is called
    when something was put into the inbox; `read_app` reads where the App of a connection is installed.
    """

    def __init__(
        self,
        db: Database,
        book: Book,
        forges: Mapping[str, Forge],
        identities: Identities,
        apps: Mapping[str, Redelivers],
        on_found: Callable[[], None] = lambda: None,
        read_app: Callable[[str], str] | None = None,
    ) -> None:
        self._db, self._book, self._forges, self._identities = db, book, forges, identities
        self._apps, self._on_found, self._read_app = apps, on_found, read_app
        self._stopping = threading.Event()
        self._pins = Pins(book, identities)

    def stop(self) -> None:
        """Let a sweep end after the repository in hand."""
        self._stopping.set()

    def turn(self) -> bool:
        """A sweep for a loop, which then pauses."""
        self.sweep()
        return False

    def sweep(self) -> Swept:
        """Read everything once; what fails is in the answer, and is read again by the next sweep."""
        readings: list[Reading] = []
        for connection, repositories in places(self._book.current).items():
            readings += self._connection(connection, repositories)
        swept = Swept(tuple(readings))
        if not self._stopping.is_set():
            troubles.note(self._db, {one.where: one.problem for one in readings if one.problem})
        if swept.is_whole and not self._stopping.is_set():
            with self._db.transaction() as writing:
                set_mark(writing, *WHOLE, now())
        if any(reading.new for reading in readings):
            self._on_found()
        return swept

    def _connection(self, connection: str, repositories: list[Place]) -> list[Reading]:
        """Everything of one connection, in an order that changes, so that none is always the last."""
        readings = []
        if connection in self._apps and self._read_app is not None:
            where = f"{connection}, where its App is installed"
            readings.append(self._guarded(where, partial(_read, self._read_app, connection, where))[0])
        if connection in self._apps:
            where = f"{connection}, deliveries of its App"
            readings.append(self._guarded(where, partial(self._redeliver, connection, where))[0])
        if connection in self._forges:
            where = f"{connection}, the people of the contracts"
            people, error = self._guarded(where, partial(self._pin_people, connection, where))
            readings += [people] if error else []
        failing_since: float | None = None
        for place in random.sample(repositories, len(repositories)):
            if self._stopping.is_set():
                break
            began = time.monotonic()
            reading, error = self._guarded(str(place.key), partial(self._read, place))
            readings.append(reading)
            failing_since = (failing_since or began) if error and not error.permanent else None
            is_hopeless = failing_since is not None and time.monotonic() - failing_since > LONGEST_FAILING_S
            if error and (error.retry_after_s is not None or is_hopeless):
                asked = {one.where for one in readings}
                rest = [str(one.key) for one in repositories if str(one.key) not in asked]
                readings += [Reading(one, problem=f"not asked, since {error}") for one in rest]
                break
        return readings

    def _guarded(self, where: str, read: Callable[[], Reading]) -> tuple[Reading, ForgeError | None]:
        """One that fails never stops the others: it is logged, and its place in the history stays."""
        try:
            return read(), None
        except ForgeError as error:
            log.warning("a sweep could not read this", where=where, problem=str(error))
            return Reading(where, problem=str(error)), error

    def _pin_people(self, connection: str, where: str) -> Reading:
        self._pins.people(connection)
        return Reading(where)

    def _redeliver(self, connection: str, where: str) -> Reading:
        failed, told = redeliver(self._db, connection, self._apps[connection])
        return Reading(where, failed, told)

    def _read(self, place: Place) -> Reading:
        """One repository: what changed there goes into the inbox as far as it is news. Raises ForgeError."""
        key, started = place.key, datetime.now(UTC)
        forge, repository = connected(self._forges, key.connection), self._identities.repository(key)
        with self._db.reading() as reading:
            before = read_mark(reading, key.connection, key.full_name)
        is_new = self._pins.place(place, forge, repository)
        since = window(before, started, is_milestone_new=is_new)
        found = forge.list_changed(repository, since.since)
        rows = []
        if found or place.natives:
            notebook = read_notebook(self._db, place, found)
            rows = [
                *_news(repository, notebook, place, found, since.closed_since),
                *self._closed_milestones(place, forge, repository, notebook),
                *self._held_by_label(place, found),
                *unheard(self._db, place, forge, repository, found),
            ]
        new = self._store(key, rows, moved(since.since, found, started))
        if new:
            names = [row.delivery_id for row in new[:SHOWN]]
            log.warning("a sweep found what no webhook told", where=str(key), count=len(new), found=names)
        return Reading(str(key), len(found), len(new))

    def _closed_milestones(
        self, place: Place, forge: Forge, repository: Repository, notebook: Notebook
    ) -> list[NewDelivery]:
        """Forges' own milestones that were closed, of which Gitea and GitLab send no webhook.

        Asked are only those in which all else is done, each for two or three requests.
        """
        rows = []
        for waiting in notebook.waiting:
            try:
                milestone = forge.read_milestone(repository, waiting.title)
            except ForgeNotFound:
                continue
            if milestone.is_open:
                continue
            why = f"the forge's milestone {waiting.title} was closed"
            name = f"sweep/{place.key}/milestone {milestone.id}/{waiting.release_id}/{waiting.changed_at}"
            rows.append(another_look(name, waiting.release_id, why))
        return rows

    def _held_by_label(self, place: Place, found: list[Issue]) -> list[NewDelivery]:
        """Releases that a label holds, where anything changed: it may have come off, also off what left."""
        held = (
            sa.select(holds.c.release_id)
            .join(billed_issues, billed_issues.c.release_id == holds.c.release_id)
            .where(
                holds.c.source == "label",
                holds.c.lifted_at.is_(None),
                billed_issues.c.connection == place.key.connection,
            )
            .distinct()
        )
        with self._db.reading() as reading:
            held_ids = reading.scalars(held).all() if found else []
        at = max((issue.updated_at for issue in found), default="")
        return [
            another_look(f"sweep/{place.key}/hold/{one}/{at}", one, "an issue changed while a label holds it")
            for one in held_ids
        ]

    def _store(self, key: RepositoryKey, rows: list[NewDelivery], until: str) -> list[NewDelivery]:
        """Put the news into the inbox and remember how far we read, both or neither; answers what is new."""
        new: list[NewDelivery] = []
        with self._db.transaction() as writing:
            for start in range(0, len(rows), CHUNK):
                some = rows[start : start + CHUNK]
                stored = add(writing, some)
                new += [row for row, one in zip(some, stored, strict=True) if not one.duplicate]
            set_mark(writing, key.connection, key.full_name, until)
        return new


def _news(
    repository: Repository, notebook: Notebook, place: Place, found: list[Issue], closed_since: str
) -> list[NewDelivery]:
    rows = []
    for issue in found:
        told = news(issue, notebook.concerned(issue), place.labels.keys(), closed_since)
        for name, body in deliveries_of(issue, told, place.key.connection, repository) if told else ():
            rows.append(NewDelivery(SOURCE, "", name, {}, json.dumps(body).encode()))
    return rows


def ask_gateways(db: Database) -> int:
    """Have every open invoice and every payout on its way asked about at once, not hourly; how many releases.

    What is due within a lease is left alone: a run may be at work on it, or will ask soon anyway.
    """
    waiting = releases.c.state.in_(("invoiced", "disbursing"))
    is_later = releases.c.due_at.is_(None) | (releases.c.due_at > later(LEASE_S))
    with db.transaction() as writing:
        changed = writing.execute(sa.update(releases).where(waiting, is_later).values(due_at=now()))
    return changed.rowcount


def _read(read_app: Callable[[str], str], connection: str, where: str) -> Reading:
    read_app(connection)
    return Reading(where)
