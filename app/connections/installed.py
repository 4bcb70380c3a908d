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
from app.db import Database, now, serialise
from app.errors import ForgeError
from app.events import Repository
from app.forges.github.apps import AppFacts, Installation
from app.milestones.contract import RepositoryKey

log = structlog.get_logger()


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


class Installed:
    """Reads and remembers where the Apps of `apps`, by connection, are installed."""

    def __init__(self, db: Database, apps: Mapping[str, App]) -> None:
        self._db, self._apps = db, apps

    def refresh(self, connection: str) -> str:
        """Read it all afresh. Answers what was found, in words. Raises ForgeError, and writes it down."""
        app = self._apps.get(connection)
        if app is None:
            return f"the connection {connection} is no GitHub App"
        try:
            facts = app.read()
            found = [(one, app.repositories(one)) for one in app.installations()]
        except ForgeError as error:
            self._failed(connection, str(error))
            raise
        with self._db.transaction() as writing:
            serialise(writing, f"installations of {connection}")
            for table in (installed_repositories, installations, app_readings):
                writing.execute(sa.delete(table).where(table.c.connection == connection))
            row = {"slug": facts.slug, "url": facts.url, "read_at": now(), "problem": ""}
            writing.execute(sa.insert(app_readings).values(connection=connection, **row))
            for installation, repositories in found:
                _write(writing, connection, installation, repositories)
        told = _told(found)
        log.info("app installations read", connection=connection, found=told)
        return told

    def _failed(self, connection: str, problem: str) -> None:
        with self._db.transaction() as writing:
            mine = app_readings.c.connection == connection
            changed = writing.execute(sa.update(app_readings).where(mine).values(problem=problem))
            if changed.rowcount == 0:
                row = {"slug": "", "url": "", "read_at": now(), "problem": problem}
                writing.execute(sa.insert(app_readings).values(connection=connection, **row))


def forget(db: Database, connection: str) -> None:
    """What was known of a connection's App, once it is no connection any more."""
    with db.transaction() as writing:
        for table in (installed_repositories, installations, app_readings):
            writing.execute(sa.delete(table).where(table.c.connection == connection))


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
    if account is not None and account["suspended_at"]:
        mend = f"Unsuspend it at {account['url']}; what waits goes on then"
        return Gap(key, "the installation of the GitHub App is suspended", mend)
    if reached is None:
        mend = f"Install it, or let it reach this repository: {app['url']}/installations/new"
        return Gap(key, "the GitHub App is not installed there", mend)
    if json.loads(reached["permissions"]).get("issues") != "write":
        what = "the installation does not allow the GitHub App to write issues"
        return Gap(key, what, f"Grant it what it asks for at {reached['url']}")
    return None


def problems(reading: sa.Connection) -> dict[str, str]:
    """The Apps that could not be read of late, by connection, with the reason."""
    query = sa.select(app_readings).where(app_readings.c.problem != "")
    return {row.connection: row.problem for row in reading.execute(query)}


def _write(
    writing: sa.Connection, connection: str, one: Installation, repositories: Sequence[Repository]
) -> None:
    place = {"connection": connection, "installation_id": one.id}
    writing.execute(
        sa.insert(installations).values(
            **place,
            account=one.account,
            url=one.url,
            permissions=json.dumps(dict(one.permissions)),
            suspended_at=one.suspended_at,
        )
    )
    rows = [{**place, "repository_id": each.id, "full_name": each.full_name} for each in repositories]
    if rows:
        writing.execute(sa.insert(installed_repositories), rows)


def _told(found: Sequence[tuple[Installation, Sequence[Repository]]]) -> str:
    if not found:
        return "the App is installed nowhere"
    parts = [
        f"{one.account} (suspended)" if one.suspended_at else f"{one.account} ({len(repositories)})"
        for one, repositories in found
    ]
    return f"the App is installed on {', '.join(parts)}"
