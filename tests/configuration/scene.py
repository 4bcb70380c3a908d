"""A contract file in a repository of the pretend GitHub, and Closeout as an App that is installed there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from app.configuration.events import ConfigurationEvents
from app.configuration.fetching import Fetcher
from app.configuration.kept import KeptSource
from app.configuration.teller import PlanTeller
from app.db import Database
from app.forges.base import Forge
from app.forges.contents import Contents
from app.forges.github.contents import contents_by_app
from app.milestones.book import Book
from app.place import InRepository
from app.releases.decision.identities import Identities
from app.sandbox.forge import SandboxForge
from app.sandbox.world import EXAMPLE
from tests.forges.described import described
from tests.sandbox.app_makers import Made, made

CONTRACTS, SHOP = "acme/contracts", "acme/storefront"
PLACE = InRepository("github", CONTRACTS, "main")
GOOD = EXAMPLE.read_text(encoding="utf-8")
BAD = GOOD.replace("currency: usd", "currency: dollars")
DEARER = GOOD.replace("total: 30000.00", "total: 40000.00")
PERMISSIONS = {"contents": "read", "issues": "write", "metadata": "read", "pull_requests": "write"}


@dataclass
class Scene:
    """One database, one sandbox. `book` and `teller` are a server's; `fetcher` may be another's."""

    sandbox: SandboxForge
    db: Database
    place: InRepository = PLACE
    forges: dict[str, Forge] = field(default_factory=dict)

    @cached_property
    def app(self) -> Made:
        return made(self.sandbox, default_permissions=PERMISSIONS, default_events=["push", "pull_request"])

    @cached_property
    def installation(self) -> int:
        return int(self.sandbox.apps.install(self.app.slug, "acme").id)

    @cached_property
    def contents(self) -> Contents:
        assert self.installation
        return contents_by_app(str(self.app.answer["id"]), self.app.answer["pem"], self.sandbox.url, 5)

    @cached_property
    def fetcher(self) -> Fetcher:
        return Fetcher(self.db, self.place, lambda: self.contents, lambda: None)

    @cached_property
    def book(self) -> Book:
        return Book(KeptSource(self.db, self.place), may_come=True)

    @cached_property
    def events(self) -> ConfigurationEvents:
        return ConfigurationEvents(self.db, self.fetcher)

    @cached_property
    def teller(self) -> PlanTeller:
        identities = Identities(self.db, self.forges)
        return PlanTeller(self.db, self.place, lambda: self.contents, self.book, self.forges, identities)

    def push(self, text: str | None, path: str = "closeout.yml", **how: str) -> str:
        """Somebody pushes the file to the main branch; the commit."""
        return self.sandbox.git.push(CONTRACTS, {path: text}, **how)

    def look(self) -> str:
        """The server looks, and takes up what there is; what the look said."""
        told = self.fetcher.fetch()
        self.book.refresh()
        return told

    def comments(self, number: int) -> list[str]:
        """What Closeout wrote on a pull request."""
        issue = self.sandbox.state.repositories[CONTRACTS].issues[number]
        return [one.body for one in issue.comments if one.author.login == f"{self.app.slug}[bot]"]


@contextmanager
def scene(db: Database, place: InRepository = PLACE) -> Iterator[Scene]:
    """The scene, with the example in the repository; all that passes must fit GitHub's description."""
    with SandboxForge() as sandbox, described(sandbox):
        for login in ("olga", "dana", "mallory"):
            sandbox.add_user(login, f"token-of-{login}")
        for name in (CONTRACTS, SHOP):
            sandbox.add_repository(name)
            sandbox.set_role(name, "olga", "admin")
            sandbox.set_role(name, "dana", "write")
        sandbox.git.push(CONTRACTS, {"closeout.yml": GOOD, "README.md": "Contracts"})
        yield Scene(sandbox, db, place)
