"""Where our GitHub Apps are installed, as GitHub last said; and which contracts that leaves out.

A webhook that tells of a change is a hint only: the whole list is read afresh, so that neither a forged nor a
lost one leaves it wrong. An installation's id is taken from nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa
import structlog

from app.connections.tables import app_readings, installations, installed_repositories
from app.db import Database, later, now, serialise
from app.errors import ForgeError
from app.events import Repository
from app.forges.github.apps import AppFacts, Installation
from app.milestones.contract import RepositoryKey

log = structlog.get_logger()

PAUSE_S = 5
"""Webhooks have the list read no more often than this."""


class App(Protocol):
    """A GitHub App that tells about itself. All raise ForgeError."""

    def read(self) -> AppFacts: ...

    def installations(self) -> list[Installation]: ...

    def repositories(self, installation: Installation, /) -> list[Repository]: ...


@dataclass(frozen=True, slots=True)
class Gap:
    """A repository of a contract that the App does not reach, or not as it has to; `mend` says how to."""

    key: RepositoryKey
    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class Found:
    """An installation and what it reaches; `problem` is why that could not be read."""

    installation: Installation
    repositories: Sequence[Repository]
    problem: str = ""


class Installed:
    """Reads and remembers where the Apps of `apps`, by connection, are installed."""

    def __init__(self, db: Database, apps: Mapping[str, App]) -> None:
        self._db, self._apps = db, apps

    def hear(self, connection: str) -> str | None:
        """A webhook hints at a change: as `refresh`, but None where that began less than PAUSE_S ago.

        Then whoever asks should do so again after PAUSE_S. A public App tells of every stranger who installs
        it, and one reading answers for all of them. Raises ForgeError, also where the last reading failed.
        """
        mine = app_readings.c.connection == connection
        is_old = app_readings.c.read_at <= later(-PAUSE_S)
        with self._db.transaction() as writing:
            claimed = writing.execute(sa.update(app_readings).where(mine, is_old).values(read_at=now()))
            row = writing.execute(sa.select(app_readings).where(mine)).one_or_none()
        if row is None or claimed.rowcount:
            return self.refresh(connection)
        if row.problem:
            raise ForgeError(row.problem, retry_after_s=PAUSE_S)
        return None

    def refresh(self, connection: str) -> str:
        """Read it all afresh. Answers what was found, in words. Raises ForgeError, and writes it down.

        An installation that refuses to be read hides no other one.
        """
        app, began = self._apps.get(connection), now()
        if app is None:
            return f"the connection {connection} is no GitHub App"
        try:
            facts = app.read()
            found = [_read(app, one) for one in app.installations()]
        except ForgeError as error:
            self._failed(connection, began, str(error))
            raise
        told = _told(found)
        with self._db.transaction() as writing:
            serialise(writing, f"installations of {connection}")
            if _is_overtaken(writing, connection, began):
                return told
            reached = _reached(writing, connection, found)
            _erase(writing, connection)
            row = {"slug": facts.slug, "url": facts.url, "read_at": began, "problem": ""}
            writing.execute(sa.insert(app_readings).values(connection=connection, **row))
            if found:
                writing.execute(sa.insert(installations), [_row(connection, one) for one in found])
            if reached:
                writing.execute(sa.insert(installed_repositories), reached)
        log.info("app installations read", connection=connection, found=told)
        return told

    def _failed(self, connection: str, began: str, problem: str) -> None:
        values = {"read_at": began, "problem": problem}
        with self._db.transaction() as writing:
            serialise(writing, f"installations of {connection}")
            if _is_overtaken(writing, connection, began):
                return
            mine = app_readings.c.connection == connection
            changed = writing.execute(sa.update(app_readings).where(mine).values(**values))
            if changed.rowcount == 0:
                row = {"connection": connection, "slug": "", "url": "", **values}
                writing.execute(sa.insert(app_readings).values(**row))


def _is_overtaken(reading: sa.Connection, connection: str, began: str) -> bool:
    """Whether a later reading began meanwhile: what an older, slower one found is not the present.

    One that is to begin only in the future is of a clock that was wrong.
    """
    mine = app_readings.c.connection == connection
    read_at = reading.scalar(sa.select(app_readings.c.read_at).where(mine))
    return read_at is not None and began < read_at <= now()


def forget(db: Database, connection: str) -> None:
    """What was known of a connection's App, once it is no connection any more."""
    with db.transaction() as writing:
        _erase(writing, connection)


def unread(reading: sa.Connection, connection: str) -> list[tuple[str, str, str]]:
    """(account, why, page) of the installations that could not be read of late."""
    mine = sa.and_(installations.c.connection == connection, installations.c.problem != "")
    query = sa.select(installations).where(mine).order_by(installations.c.account)
    return [(row.account, row.problem, row.url) for row in reading.execute(query)]


def gaps(reading: sa.Connection, keys: Iterable[RepositoryKey]) -> list[Gap]:
    """The repositories among `keys` that an App does not reach; none where no App was ever read."""
    apps = {row["connection"]: row for row in reading.execute(sa.select(app_readings)).mappings()}
    query = sa.select(installed_repositories, installations).join(
        installations,
        sa.and_(
            installations.c.connection == installed_repositories.c.connection,
            installations.c.installation_id == installed_repositories.c.installation_id,
        ),
    )
    rows = reading.execute(query).mappings().all()
    reached = {(row["connection"], row["full_name"].lower()): row for row in rows}
    rows = reading.execute(sa.select(installations)).mappings().all()
    accounts = {(row["connection"], row["account"].lower()): row for row in rows}
    found = []
    for key in sorted(set(keys), key=str):
        app = apps.get(key.connection)
        if app is not None and not app["problem"]:
            place = key.full_name.lower()
            account = accounts.get((key.connection, place.partition("/")[0]))
            gap = _gap(key, app, reached.get((key.connection, place)), account)
            found += [gap] if gap else []
    return found


def _gap(key: RepositoryKey, app: Any, reached: Any, account: Any) -> Gap | None:
    place = reached or account
    if place and (wrong := fault(place)):
        return Gap(key, *wrong)
    if reached is None:
        mend = f"Install it, or let it reach this repository: {app['url']}/installations/new"
        return Gap(key, "the GitHub App is not installed there", mend)
    return None


def fault(row: Mapping[Any, Any]) -> tuple[str, str] | None:
    """What is wrong with an installation, a row of their table, and what to do about it."""
    if row["suspended_at"]:
        mend = f"Unsuspend it at {row['url']}; what waits goes on then"
        return "the installation of the GitHub App is suspended", mend
    if row["problem"]:
        return f"what the GitHub App reaches there can not be read: {row['problem']}", f"See {row['url']}"
    if json.loads(row["permissions"]).get("issues") != "write":
        what = "the installation does not allow the GitHub App to write issues"
        return what, f"Grant it what it asks for at {row['url']}"
    return None


def problems(reading: sa.Connection) -> dict[str, str]:
    """The Apps that could not be read of late, by connection, with the reason."""
    query = sa.select(app_readings).where(app_readings.c.problem != "")
    return {row.connection: row.problem for row in reading.execute(query)}


def _read(app: App, installation: Installation) -> Found:
    """Raises ForgeError for what would meet every other installation too: GitHub fails.

    A limit is an installation's own,
    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    try:
        return Found(installation, app.repositories(installation))
    except ForgeError as error:
        if error.status is None or error.status >= 500:
            raise
        log.warning("an installation could not be read", account=installation.account, problem=str(error))
        return Found(installation, (), error.what)


def _reached(reading: sa.Connection, connection: str, found: Sequence[Found]) -> list[dict[str, str]]:
    """The rows of all that the App reaches; of installations that could not be read, what it was before."""
    unread_ids = [one.installation.id for one in found if one.problem]
    before = installed_repositories.c.connection == connection
    query = sa.select(installed_repositories).where(
        before, installed_repositories.c.installation_id.in_(unread_ids)
    )
    rows = {row["repository_id"]: {**row} for row in reading.execute(query).mappings()}
    for one in found:
        place = {"connection": connection, "installation_id": one.installation.id}
        rows |= {
            each.id: {**place, "repository_id": each.id, "full_name": each.full_name}
            for each in one.repositories
        }
    return list(rows.values())


def _row(connection: str, found: Found) -> dict[str, str]:
    one = found.installation
    return {
        "connection": connection,
        "installation_id": one.id,
        "account": one.account,
        "url": one.url,
        "permissions": json.dumps(dict(one.permissions)),
        "suspended_at": one.suspended_at,
        "problem": found.problem,
    }


def _erase(writing: sa.Connection, connection: str) -> None:
    for table in (installed_repositories, installations, app_readings):
        writing.execute(sa.delete(table).where(table.c.connection == connection))


def _told(found: Sequence[Found]) -> str:
    if not found:
        return "the App is installed nowhere"
    return f"the App is installed on {', '.join(_how(one) for one in found)}"


def _how(found: Found) -> str:
    if found.problem:
        return f"{found.installation.account} (can not be read)"
    how = "suspended" if found.installation.suspended_at else len(found.repositories)
    return f"{found.installation.account} ({how})"
