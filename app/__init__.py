"""Closeout: close the issue, release the payment.

A delivery comes in at `web/webhooks.py`; the inbox verifies and stores it (`inbox/receive.py`, `store.py`)
and answers. The relay (`inbox/relay.py`) hands it on: a forge's to `releases/forge_events.py`, which matches
the label (`milestones/match.py`), reads the present state (`releases/gather.py`) and decides, purely
(`releases/decide.py`); a gateway's to `releases/gateway_events.py`. A decision to release makes the release
due, and the durable workflow (`releases/workflow.py`) orders the invoice and later the payouts. Every change
posts to the ledger and marks notices, which their tellers bring out (`notices/`).

`create_app` is the one place where these parts are put together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.db import Database
    from app.engine import Engine
    from app.gateways.base import Gateway
    from app.inbox.receive import Receiver
    from app.inbox.relay import Relay
    from app.inbox.store import Inbox
    from app.loops import Loop
    from app.milestones.book import Book
    from app.settings import Settings

__all__ = ["Closeout", "create_app"]


@dataclass
class Closeout:
    """The parts of a server, made but not started. `pages` is the Flask app, `receiver` takes webhooks."""

    settings: Settings
    db: Database
    book: Book
    gateways: Mapping[str, Gateway]
    inbox: Inbox
    receiver: Receiver
    relay: Relay
    engine: Engine
    loops: list[Loop] = field(default_factory=list)
    pages: Flask | None = None

    def start(self) -> None:
        """Bring the tables up to date, resume what a killed process left, and begin to work."""
        self.engine.launch()
        self.inbox.start()
        for loop in self.loops:
            loop.start()

    def stop(self) -> None:
        """Finish what is in hand, in the order in which work flows; the rest is resumed at the next start."""
        self.inbox.stop()
        for loop in self.loops:
            loop.stop()
        self.relay.stop()
        self.engine.stop()
        self.db.close()

    def wake(self) -> None:
        """Something became due: let every loop look at once."""
        for loop in self.loops:
            loop.wake()

    def readiness(self) -> dict[str, str]:
        """What a load balancer asks: "ok" or what is wrong, for database, engine and configuration."""
        return {
            "database": _database_state(self.db),
            "engine": _engine_state(self.engine, self.loops),
            "configuration": self.book.problem or "ok",
        }


def create_app(settings: Settings) -> Closeout:
    """Put the parts together as `settings` and the contract file say; see the module for how work flows.

    Raises SettingsError for a missing secret and ContractError for a bad file: nothing starts half set up.
    """
    from app import migrations
    from app.connect import connect_forges, connect_gateways, doors
    from app.db import Database
    from app.engine import Engine
    from app.inbox.receive import Receiver
    from app.inbox.relay import Relay
    from app.inbox.store import Inbox
    from app.loops import Loop
    from app.milestones.book import Book
    from app.notices.comments import CommentTeller
    from app.notices.outbound import EventTeller
    from app.releases.calls import Caller
    from app.releases.forge_events import ForgeEvents
    from app.releases.gateway_events import GatewayEvents
    from app.releases.queries import read_stories
    from app.releases.workflow import ReleaseWorkflow
    from app.web.pages import pages

    book = Book(settings.config)
    connections = connect_forges(settings, book.current)
    forges = {name: one.client for name, one in connections.items()}
    parsers = {name: one.parser for name, one in connections.items()}
    gateways = connect_gateways(settings, book.current)
    db = Database(settings.database_url)
    migrations.upgrade(db)
    inbox = Inbox(db)
    engine = Engine(settings, db)
    caller = Caller(db, gateways)
    parts = Closeout(
        settings,
        db,
        book,
        gateways,
        inbox,
        Receiver(doors(connections, gateways), inbox),
        Relay(
            db,
            {
                "forge": ForgeEvents(db, book, parsers, forges).handle,
                "gateway": GatewayEvents(db, gateways, caller).handle,
            },
        ),
        engine,
    )
    workflow = ReleaseWorkflow(engine, db, gateways, caller, on_progress=parts.wake)
    inbox.on_stored = parts.relay.on_handled = parts.wake
    parts.loops = [
        Loop("relay", parts.relay.turn),
        Loop("releases", workflow.turn),
        Loop("comments", CommentTeller(db, forges, read_stories).turn),
        Loop("events", EventTeller(db, gateways).turn),
        Loop("configuration", partial(_refresh, book), pause_s=2.0),
    ]
    parts.pages = pages(db, parts.readiness, settings.status_token)
    return parts


def _refresh(book: Book) -> bool:
    book.refresh()
    return False


def _database_state(db: Database) -> str:
    from sqlalchemy import text

    from app.errors import StorageUnavailable

    try:
        with db.reading() as connection:
            connection.execute(text("SELECT 1"))
    except StorageUnavailable as error:
        return str(error)
    return "ok"


def _engine_state(engine: Engine, loops: list[Loop]) -> str:
    dead = [loop.name for loop in loops if not loop.is_alive]
    if not engine.is_running:
        return "not running"
    return f"stopped: {', '.join(dead)}" if dead else "ok"
