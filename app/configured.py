"""The contracts, what they connect to, and what reads their file where it is in a repository."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from app.configuration.events import ConfigurationEvents
from app.configuration.fetching import POLL_S, Fetcher
from app.configuration.kept import source_of
from app.configuration.teller import PlanTeller
from app.connect import Connections
from app.db import Database
from app.errors import ContractError
from app.loops import Loop
from app.milestones.book import Book
from app.place import InRepository
from app.releases.decision.identities import Identities
from app.settings import Settings
from app.vault.store import Vault


@dataclass(frozen=True)
class Configured:
    """What every process holds of the contracts; `fetcher` is None where they are in a local file."""

    db: Database
    book: Book
    connections: Connections
    fetcher: Fetcher | None

    @staticmethod
    def of(settings: Settings, db: Database) -> Configured:
        """Raises SettingsError for a missing secret and ContractError for a file that can not be used.

        Only the first reading of a repository is waited for: later a server starts with what the database
        keeps, whether or not the forge is there.
        """
        place, must_be = settings.config, settings.is_by_environment
        connections = connections_of(settings, db, may_come=isinstance(place, InRepository) or not must_be)
        book = connections.book
        fetcher = None
        if isinstance(place, InRepository):
            fetcher = Fetcher(db, place, connections.contents, partial(book.refresh, wait=True))
        found = Configured(db, book, connections, fetcher)
        if fetcher is not None and not book.current.commit:
            fetcher.fetch()
            found.refresh()
            if must_be and not book.current.commit:
                raise ContractError(book.problem or f"nothing was read from {place}")
        if must_be:
            connections.require_all()
        return found

    @property
    def events(self) -> ConfigurationEvents:
        """What pushes and pull requests are told to."""
        return ConfigurationEvents(self.db, self.fetcher)

    def refresh(self) -> None:
        """Take up what changed in the contracts and in the vault."""
        self.book.refresh()
        self.connections.refresh()

    def loops(self, identities: Identities) -> tuple[Loop, ...]:
        """Those that read the repository and tell its pull requests; of several servers one works at each."""
        if self.fetcher is None:
            return ()
        db, connections = self.db, self.connections
        teller = PlanTeller(
            db, self.fetcher.place, connections.contents, self.book, connections.forges, identities
        )
        turns = [("fetching", self.fetcher.turn, POLL_S), ("plans", teller.turn, 1.0)]
        if sweep_s := connections.settings.sweep_s:
            turns.append(("pull requests", teller.catch_up, sweep_s))
        return tuple(
            Loop(name, db.alone(name, turn), pause_s=pause_s, jitter=0.1, patience_s=5.0)
            for name, turn, pause_s in turns
        )


def connections_of(settings: Settings, db: Database, *, may_come: bool = False) -> Connections:
    """What the contracts connect. Raises ContractError for a file that can not be used, SettingsError.

    With `may_come` there may be no file yet.
    """
    return Connections(settings, Vault(db, settings), Book(source_of(settings, db), may_come=may_come))
