"""Where the GitHub Apps are installed, read afresh: what stands in an address counts for nothing."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.connections.installed import App, Installed, fault
from app.connections.tables import app_readings, installations, installed_repositories
from app.errors import CloseoutError, ForgeError
from app.setup import manifest
from app.setup.desk import Desk
from app.setup.github import host_of


@dataclass(frozen=True, slots=True)
class Place:
    """The App on one account, and what it reaches there. `problem` says why it can do nothing."""

    account: str
    url: str
    repositories: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class InstalledApp:
    """A connection's App; `hook_url` is where its webhook goes, `error` why it could not be asked."""

    connection: str
    slug: str
    install_url: str = ""
    places: tuple[Place, ...] = ()
    hook_url: str = ""
    wanted_url: str = ""
    error: CloseoutError | None = None


def read_apps(desk: Desk) -> list[InstalledApp]:
    """Every connection that is a GitHub App. Costs a few requests each; raises nothing that GitHub does."""
    return [_read(desk, name) for name in sorted(desk.connections.apps)]


def owners_repositories(desk: Desk, connection: str) -> list[str]:
    """What the connection's App reached on its own owner's account when it was last read, by the names.

    Anybody may install a public App: what it reaches elsewhere may be a stranger's. Costs one request; none
    where GitHub does not tell the owner.
    """
    app = desk.connections.apps.get(connection)
    try:
        owner = app.read().owner if app else ""
    except ForgeError:
        return []
    place = installed_repositories.join(
        installations,
        sa.and_(
            installations.c.connection == installed_repositories.c.connection,
            installations.c.installation_id == installed_repositories.c.installation_id,
        ),
    )
    is_owners = sa.func.lower(installations.c.account) == owner.lower()
    query = sa.select(installed_repositories.c.full_name).select_from(place)
    with desk.db.reading() as reading:
        found = reading.scalars(query.where(installations.c.connection == connection, is_owners))
        return sorted(found)


def _read(desk: Desk, name: str) -> InstalledApp:
    app = desk.connections.apps[name]
    places: dict[str, App] = {name: app}
    try:
        Installed(desk.db, places).refresh(name)
        hook_url = app.webhook_url()
    except CloseoutError as error:
        return InstalledApp(name, desk.settings.value(name, "APP_SLUG"), error=error)
    with desk.db.reading() as reading:
        facts = reading.execute(sa.select(app_readings).where(app_readings.c.connection == name)).one()
        query = sa.select(installations).where(installations.c.connection == name)
        found = reading.execute(query).mappings().all()
        mine = sa.select(installed_repositories).where(installed_repositories.c.connection == name)
        repositories = reading.execute(mine.order_by(installed_repositories.c.full_name)).all()
    return InstalledApp(
        name,
        facts.slug,
        manifest.installation_url(host_of(desk, name), facts.slug, facts.url),
        tuple(
            Place(
                one["account"],
                one["url"],
                tuple(
                    each.full_name for each in repositories if each.installation_id == one["installation_id"]
                ),
                next(iter(fault(one) or ()), ""),
            )
            for one in found
        ),
        hook_url=hook_url,
        wanted_url=f"{desk.settings.public_url}/hooks/{name}",
    )
