"""Closeout: close the issue, release the payment.

A delivery comes in at `web/webhooks.py`; the inbox verifies and stores it (`inbox/receive.py`, `store.py`)
and answers. The relay (`inbox/relay.py`) hands it on: a forge's to `releases/forge_events.py`, which matches
the label (`milestones/match.py`) and has the milestone looked at (`releases/decision/`): the present state is
read and decided upon, purely; a gateway's to `releases/gateway_events.py`. A decision to release makes the
release due, and the durable workflow (`releases/workflow.py`) asks the client where the contract says so,
orders the invoice and later the payouts, or takes them back. Every change posts to the ledger and marks
notices, which their tellers bring out (`notices/`). What no webhook told, the sweep finds at the forges and
puts into the same inbox (`releases/sweep/`).

`create_app` is the one place where these parts are put together: all of them in one process, or, on
PostgreSQL, the door and the pages in some processes ("web") and the work in others ("work").
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.configured import Configured
    from app.connect import Connections
    from app.connections.installed import Installed
    from app.db import Database
    from app.engine import Engine
    from app.inbox.relay import Relay
    from app.inbox.store import Inbox
    from app.loops import Loop, Waker
    from app.milestones.book import Book
    from app.presence import Presence
    from app.releases.decision.identities import Identities
    from app.settings import Settings
    from app.setup.desk import Desk
    from app.web.asgi import AsgiApp

__all__ = ["Closeout", "Role", "create_app"]

Role = Literal["all", "web", "work"]

FIRST_SWEEP_S = 5
"""After the start: what was missed meanwhile should not wait, nor should it compete with what is resumed."""


@dataclass(frozen=True)
class Work:
    """What a process has that hands deliveries on, runs the workflows and brings notices out."""

    engine: Engine
    relay: Relay
    loops: tuple[Loop, ...]


@dataclass(frozen=True)
class Closeout:
    """A server, put together but not started. `asgi` is what the web server runs.

    "web" has no `work`, but a `presence` of its own; else the engine holds the process's.
    """

    book: Book
    db: Database
    inbox: Inbox
    work: Work | None
    presence: Presence | None
    loops: tuple[Loop, ...]
    asgi: AsgiApp
    announce: Callable[[str], None]
    """Is told the address when the server listens; where something is missing it says how to set it up."""

    def start(self) -> None:
        """Take the engine's lock, resume what a killed process left, and begin to work."""
        from app.releases.told.decided import tell_differences

        if self.presence:
            self.presence.take()
        if self.work:
            self.work.engine.launch()
        _tell_frozen(self.db)
        self.inbox.start()
        for loop in self.loops:
            loop.start()
        if self.work:
            self.book.watch(lambda _before, present: tell_differences(self.db, present))

    def stop(self) -> None:
        """Finish what is in hand, in the order in which work flows; the rest is resumed at the next start."""
        self.inbox.stop()
        for loop in self.loops:
            loop.finish()
        for loop in self.loops:
            loop.stop()
        if self.work:
            self.work.relay.stop()
            self.work.engine.stop()
        if self.presence:
            self.presence.leave()
        self.db.close()


def _tell_frozen(db: Database) -> None:
    """Say in the log at the start that no order leaves, where that is so."""
    import structlog

    from app.releases.frozen import why_frozen

    with db.reading() as connection:
        frozen = why_frozen(connection)
    if frozen:
        structlog.get_logger().warning("frozen", why=frozen)


def create_app(settings: Settings, role: Role = "all") -> Closeout:
    """Put the parts together as `settings` and the contract file say; see the module for how work flows.

    Raises SettingsError for a missing secret and ContractError for a bad file: nothing starts half set up.
    """
    from app import migrations
    from app.configured import Configured
    from app.db import Database
    from app.errors import SettingsError
    from app.inbox.store import Inbox
    from app.loops import Loop, Waker
    from app.presence import Presence
    from app.setup.announce import announce
    from app.setup.desk import Desk
    from app.web.health import read_readiness

    if role != "all" and settings.is_sqlite:
        raise SettingsError(
            "with SQLite one process does everything",
            where="CLOSEOUT_DATABASE_URL",
            mend="Run `closeout serve` alone, or name a PostgreSQL database",
        )
    db = Database(settings.database_url)
    migrations.upgrade(db)
    configured = Configured.of(settings, db)
    book, connections = configured.book, configured.connections

    wake = Waker()
    inbox = Inbox(db, on_stored=wake)
    work = None if role == "web" else _work(settings, configured, wake)
    presence = Presence(db) if role == "web" else None
    loops = (
        *(work.loops if work else ()),
        *((Loop("presence", presence.keep, pause_s=5.0),) if presence else ()),
        Loop("configuration", configured.refresh, pause_s=2.0),
    )
    readiness = partial(read_readiness, connections, db, work.engine if work else None, loops)
    desk = Desk(db, connections)
    asgi = _health(db, readiness) if role == "work" else _front(desk, inbox, readiness)
    return Closeout(book, db, inbox, work, presence, loops, asgi, partial(announce, desk))


def _work(settings: Settings, configured: Configured, wake: Waker) -> Work:
    """The way of a delivery from the inbox to the money and the notices. `wake` then wakes its loops."""
    from app.connections.installed import Installed
    from app.engine import Engine
    from app.inbox.relay import Relay
    from app.loops import Loop
    from app.releases.decision.decider import Decider
    from app.releases.decision.identities import Identities
    from app.releases.forge_events import ForgeEvents
    from app.releases.gateway_events import GatewayEvents
    from app.releases.money.calls import Caller
    from app.releases.own_events import OwnEvents
    from app.releases.people.commands import Commands
    from app.releases.workflow import ReleaseWorkflow

    db, book, connections = configured.db, configured.book, configured.connections
    forges, gateways = connections.forges, connections.gateways
    engine = Engine(settings, db)
    caller = Caller(db, gateways)
    identities = Identities(db, forges)
    installed = Installed(db, connections.apps)
    decider = Decider(db, book, forges, identities)
    commands = Commands(db, book, forges, identities)
    workflow = ReleaseWorkflow(
        engine, db, caller, decider.look_at_release, commands.catch_up, on_progress=wake
    )
    told = (installed.hear, configured.events.take)
    forge_events = ForgeEvents(db, book, connections.parsers, decider, commands, *told)
    handlers = {
        "forge": forge_events.handle,
        "gateway": GatewayEvents(db, gateways, caller).handle,
        "closeout": OwnEvents(decider, forge_events, commands).handle,
    }
    relay = Relay(db, handlers, on_handled=wake)
    wake.loops = (
        Loop("relay", relay.turn),
        Loop("releases", workflow.turn),
        *_tellers(db, connections, identities),
    )
    presence = Loop("presence", engine.keep_lock, pause_s=5.0)
    sweeping = _sweeping(db, book, connections, identities, installed, wake)
    return Work(engine, relay, (*wake.loops, presence, *configured.loops(identities), *sweeping))


def _front(desk: Desk, inbox: Inbox, readiness: Callable[[], dict[str, str]]) -> AsgiApp:
    """What the web server runs: the hooks by themselves, and the pages behind them."""
    from app.inbox.receive import Receiver
    from app.web.acceptance import acceptance_pages
    from app.web.invoice import invoice_pages
    from app.web.metrics import Metrics
    from app.web.pages import pages
    from app.web.server import front
    from app.web.setup import setup_pages
    from app.web.setup.gate import Gate
    from app.web.webhooks import Hooks

    def settings() -> Settings:
        return desk.settings

    metrics, gate = Metrics(desk.db), Gate(desk)
    more = (
        acceptance_pages(desk.db, settings),
        invoice_pages(desk.db, settings),
        setup_pages(desk, gate),
    )
    return front(
        Hooks(Receiver(desk.connections.doors, inbox), observe=metrics.observe),
        pages(
            desk.db,
            readiness,
            settings,
            metrics=metrics,
            more=more,
            gate=gate,
            standing=desk.connections.standing,
        ),
    )


def _health(db: Database, readiness: Callable[[], dict[str, str]]) -> AsgiApp:
    """What a process that only works shows of itself."""
    from app.web.health import health_alone
    from app.web.metrics import Metrics
    from app.web.server import front

    return front(None, health_alone(readiness, Metrics(db)))


def _tellers(db: Database, connections: Connections, identities: Identities) -> tuple[Loop, ...]:
    """The loops that bring notices out; of several processes one at a time works at each kind."""
    from app.banking.mailing import mail_turn
    from app.loops import Loop
    from app.notices.comments import CommentTeller
    from app.notices.outbound import EventTeller
    from app.releases.told.stories import read_stories

    turns = {
        "comments": CommentTeller(db, connections.forges, read_stories, identities.named).turn,
        "events": EventTeller(db, connections.gateways).turn,
        "mails": mail_turn(db, lambda: connections.settings),
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
