"""Where the GitHub Apps are installed, as GitHub says now: asked with the App's own key."""

from __future__ import annotations

from dataclasses import dataclass

from app.errors import CloseoutError
from app.forges.github.apps import AppFacts, GitHubApp, Installation
from app.setup import manifest
from app.setup.desk import Desk
from app.setup.github import app_of, host_of

NEEDED = {"issues": "write", "metadata": "read"}


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
    install_url: str
    places: tuple[Place, ...] = ()
    hook_url: str = ""
    wanted_url: str = ""
    error: CloseoutError | None = None

    @property
    def repositories(self) -> list[str]:
        return [name for place in self.places for name in place.repositories]


def installed_apps(desk: Desk) -> list[InstalledApp]:
    """Every connection that is a GitHub App. Costs a few requests each; raises nothing that GitHub does."""
    names = [name for name, forge in desk.forges().items() if forge == "github" and desk.has(name, "APP_ID")]
    return [_installed(desk, name) for name in names]


def _installed(desk: Desk, name: str) -> InstalledApp:
    slug = desk.settings.value(name, "APP_SLUG")
    try:
        host, app = host_of(desk, name), app_of(desk, name)
        facts = app.read()
        return InstalledApp(
            name,
            facts.slug,
            manifest.installation_url(host, facts.slug, facts.url),
            tuple(_place(app, one, facts) for one in app.installations()),
            hook_url=app.webhook_url(),
            wanted_url=f"{desk.settings.public_url}/hooks/{name}",
        )
    except CloseoutError as error:
        return InstalledApp(name, slug, "", error=error)


def _place(app: GitHubApp, one: Installation, facts: AppFacts) -> Place:
    if one.suspended_at:
        return Place(one.account, one.url, (), "it is suspended there")
    lacking = [f"{what}: {level}" for what, level in NEEDED.items() if not _allows(one, what, level)]
    problem = f"it may not do what it has to there: {', '.join(lacking)}" if lacking else ""
    waiting = [what for what in facts.permissions if what not in one.permissions]
    if not problem and waiting:
        problem = f"the account has not accepted what the App asks for since: {', '.join(sorted(waiting))}"
    return Place(one.account, one.url, tuple(each.full_name for each in app.repositories(one)), problem)


def _allows(one: Installation, what: str, level: str) -> bool:
    return one.permissions.get(what) in (
        ("write", "admin") if level == "write" else ("read", "write", "admin")
    )
