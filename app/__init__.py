"""Closeout: close the issue, release the payment.

A delivery comes in at `web/webhooks.py`; the inbox verifies and stores it (`inbox/receive.py`, `store.py`)
and answers. The relay (`inbox/relay.py`) hands it on: a forge's to `releases/forge_events.py`, which matches
the label (`milestones/match.py`) and has the milestone looked at (`releases/decision/`): the present state is
read and decided upon, purely; a gateway's to `releases/gateway_events.py`. A decision to release makes the
release due, and the durable workflow (`releases/workflow.py`) asks the client where the contract says so,
orders the invoice and later the payouts, or takes them back. Every change posts to the ledger and marks
notices, which their tellers bring out (`notices/`). What no webhook told, the sweep finds at the forges and
puts into the same inbox (`releases/sweep/`).

`create_app` is the one place where these parts are put together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.configuration.fetching import Fetcher
    from app.connect import Connections
    from app.connections.installed import Installed
    from app.db import Database
    from app.engine import Engine
    from app.inbox.receive import Receiver
    from app.inbox.relay import Relay
    from app.inbox.store import Inbox
    from app.loops import Loop
    from app.milestones.book import Book
    from app.releases.decision.identities import Identities
    from app.settings import Settings
    from app.web.asgi import AsgiApp

__all__ = ["Closeout", "create_app"]

FIRST_SWEEP_S = 5
"""After the start: what was missed meanwhile should not wait, nor should it compete with what is resumed."""


@dataclass(frozen=True)
class Closeout:
    """A server, put together but not started. `asgi` is what the web server runs."""

    book: Book
    db: Database
    inbox: Inbox
    relay: Relay
    engine: Engine
    loops: tuple[Loop, ...]
    asgi: AsgiApp

    def start(self) -> None:
        """Take the engine's lock, resume what a killed process left, and begin to work."""
        from app.releases.told.decided import tell_differences

        self.engine.launch()
        _tell_frozen(self.db)
        self.inbox.start()
        for loop in self.loops:
            loop.start()
        self.book.watch(lambda _before, present: tell_differences(self.db, present))

    def stop(self) -> None:
        """Finish what is in hand, in the order in which work flows; the rest is resumed at the next start."""
        self.inbox.stop()
        for loop in self.loops:
            loop.stop()
        self.relay.stop()
        self.engine.stop()
        self.db.close()


def _tell_frozen(db: Database) -> None:
    """Say in the log at the start that no order leaves, where that is so."""
    import structlog

    from app.releases.frozen import why_frozen

    with db.reading() as connection:
        frozen = why_frozen(connection)
    if frozen:
        structlog.get_logger().warning("frozen", why=frozen)


def create_app(settings: Settings) -> Closeout:
    """Put the parts together as `settings` and the contract file say; see the module for how work flows.

    Raises SettingsError for a missing secret and ContractError for a bad file: nothing starts half set up.
    """
    from app import migrations
    from app.configuration.events import ConfigurationEvents
    from app.connections.installed import Installed
    from app.db import Database
    from app.engine import Engine
    from app.inbox.receive import Receiver
    from app.inbox.relay import Relay
    from app.inbox.store import Inbox
    from app.loops import Loop, Waker
    from app.releases.decision.decider import Decider
    from app.releases.decision.identities import Identities
    from app.releases.forge_events import ForgeEvents
    from app.releases.gateway_events import GatewayEvents
    from app.releases.money.calls import Caller
    from app.releases.own_events import OwnEvents
    from app.releases.people.commands import Commands
    from app.releases.workflow import ReleaseWorkflow

    db = Database(settings.database_url)
    migrations.upgrade(db)
    book, connections, fetcher = _configuration(settings, db)
    forges, gateways = connections.forges, connections.gateways

    wake = Waker()
    engine = Engine(settings, db)
    caller = Caller(db, gateways)
    identities = Identities(db, forges)
    installed = Installed(db, connections.apps)
    decider = Decider(db, book, forges, identities)
    commands = Commands(db, book, forges, identities)
    workflow = ReleaseWorkflow(
        engine, db, caller, decider.look_at_release, commands.catch_up, on_progress=wake
    )
    inbox = Inbox(db, on_stored=wake)
    configured = ConfigurationEvents(db, fetcher)
    forge_events = ForgeEvents(
        db, book, connections.parsers, decider, commands, installed.refresh, configured.take
    )
    handlers = {
        "forge": forge_events.handle,
        "gateway": GatewayEvents(db, gateways, caller).handle,
        "closeout": OwnEvents(decider, forge_events, commands).handle,
    }
    relay = Relay(db, handlers, on_handled=wake)
    loops = (
        Loop("relay", relay.turn),
        Loop("releases", workflow.turn),
        *_tellers(db, connections, identities),
        Loop("configuration", partial(_refresh, book, connections), pause_s=2.0),
    )
    wake.loops = loops
    loops += _watching(fetcher, db, book, connections, identities) if fetcher else ()
    loops += _sweeping(db, book, connections, identities, installed, wake)

    receiver = Receiver(connections.doors, inbox)
    asgi = _front(connections, db, receiver, partial(_readiness, book, db, engine, loops))
    return Closeout(book, db, inbox, relay, engine, loops, asgi)


def _configuration(settings: Settings, db: Database) -> tuple[Book, Connections, Fetcher | None]:
    """The contracts, what they name, and what reads their file where it is in a repository.

    Only the first reading of a repository is waited for: later a server starts with what the database keeps,
    whether or not the forge is there.
    """
    from app.configuration.fetching import Fetcher
    from app.configuration.kept import source_of
    from app.connect import Connections
    from app.errors import ContractError
    from app.milestones.book import Book
    from app.place import InRepository
    from app.vault.store import Vault

    place, must_be = settings.config, settings.is_by_environment
    in_repository = isinstance(place, InRepository)
    book = Book(source_of(settings, db), may_come=in_repository or not must_be)
    connections = Connections(settings, Vault(db, settings), book)
    fetcher = Fetcher(db, place, connections.contents) if isinstance(place, InRepository) else None
    if fetcher is not None and not book.current.commit:
        fetcher.fetch()
        _refresh(book, connections)
        if must_be and not book.current.commit:
            raise ContractError(book.problem or f"nothing was read from {place}")
    if must_be:
        connections.require_all()
    return book, connections, fetcher


def _watching(
    fetcher: Fetcher, db: Database, book: Book, connections: Connections, identities: Identities
) -> tuple[Loop, ...]:
    """The loops that read the contract file's repository, and tell its pull requests."""
    from app.configuration.teller import PlanTeller
    from app.configuration.watching import watching

    teller = PlanTeller(db, fetcher.place, connections.contents, book, connections.forges, identities)
    return watching(db, fetcher, teller, connections.settings.sweep_s)


def _front(
    connections: Connections,
    db: Database,
    receiver: Receiver,
    readiness: Callable[[], dict[str, str]],
) -> AsgiApp:
    """What the web server runs: the hooks by themselves, and the pages behind them."""
    from app.web.acceptance import acceptance_pages
    from app.web.metrics import Metrics
    from app.web.pages import pages
    from app.web.server import front
    from app.web.webhooks import Hooks

    def settings() -> Settings:
        return connections.settings

    metrics = Metrics(db)
    return front(
        Hooks(receiver, observe=metrics.observe),
        pages(
            db,
            readiness,
            settings,
            metrics=metrics,
            more=(acceptance_pages(db, settings),),
        ),
    )


def _refresh(book: Book, connections: Connections) -> None:
    book.refresh()
    connections.refresh()


def _tellers(db: Database, connections: Connections, identities: Identities) -> tuple[Loop, ...]:
    """The loops that bring notices out; of several processes one at a time works at each kind."""
    from app.loops import Loop
    from app.notices.comments import CommentTeller
    from app.notices.mail import MailTeller
    from app.notices.outbound import EventTeller
    from app.notices.smtp import MailServer
    from app.releases.people.question import question_to_mail
    from app.releases.told.stories import read_stories

    settings = connections.settings
    server = MailServer(settings.smtp_url) if settings.smtp_url else None
    questions = partial(question_to_mail, lambda: connections.settings)
    turns = {
        "comments": CommentTeller(db, connections.forges, read_stories, identities.named).turn,
        "events": EventTeller(db, connections.gateways).turn,
        "mails": MailTeller(db, server, settings.mail_from, questions).turn,
    }
    return tuple(Loop(name, db.alone(name, turn)) for name, turn in turns.items())


def _sweeping(
    db: Database,
    book: Book,
    connections: Connections,
    identities: Identities,
    installed: Installed,
    on_found: Callable[[], None],
) -> tuple[Loop, ...]:
    """The loop that looks for what no webhook told; nothing wakes it, and of several servers one sweeps."""
    from app.loops import Loop
    from app.releases.sweep.sweeper import Sweeper

    settings = connections.settings
    if settings.sweep_s == 0:
        return ()
    forges, deliveries = connections.forges, connections.deliveries
    sweeper = Sweeper(db, book, forges, identities, deliveries, on_found, installed.refresh)
    return (
        Loop(
            "sweep",
            db.alone("sweep", sweeper.turn),
            pause_s=settings.sweep_s,
            first_s=min(FIRST_SWEEP_S, settings.sweep_s),
            jitter=0.2,
            hurry=sweeper.stop,
            patience_s=5.0,
        ),
    )


def _readiness(book: Book, db: Database, engine: Engine, loops: tuple[Loop, ...]) -> dict[str, str]:
    """ "ok" or what is wrong, for database, engine and configuration."""
    from sqlalchemy import text

    from app.errors import StorageUnavailable

    database = "ok"
    try:
        with db.reading() as connection:
            connection.execute(text("SELECT 1"))
    except StorageUnavailable as error:
        database = str(error)
    stopped = [loop.name for loop in loops if not loop.is_alive]
    return {
        "database": database,
        "engine": f"stopped: {', '.join(stopped)}" if stopped else engine.state,
        "configuration": book.problem or "ok",
    }
