"""A workbench: the durable workflow by itself, against the pretend platform over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app import migrations
from app.db import Database
from app.engine import Engine
from app.gateways.base import Done, Gateway, Outcome
from app.gateways.http.client import HttpGateway
from app.releases.decision.decide import decide
from app.releases.decision.record import record
from app.releases.money.answers import apply_answer
from app.releases.money.calls import Caller
from app.releases.queries import list_releases
from app.releases.tables import intents, releases
from app.releases.workflow import ReleaseWorkflow
from app.sandbox.platform import SANDBOX_SECRET, SandboxPlatform
from app.settings import Settings
from tests.releases.examples import contract, found, seen

CONTRACT = contract()


class Bench:
    """An engine, a workflow and a platform; `release` decides milestone 2, `turn_until` lets time pass."""

    def __init__(self, settings: Settings, platform: SandboxPlatform) -> None:
        self.settings, self.platform = settings, platform
        self.db = Database(settings.database_url)
        migrations.upgrade(self.db)
        self.gateways: dict[str, Gateway] = {
            "platform": HttpGateway("platform", platform.events_url, SANDBOX_SECRET, total_s=3, timeout_s=1)
        }
        self.engine = Engine(settings, self.db)
        self.caller = Caller(self.db, self.gateways)
        self.looks: list[str] = []
        self.workflow = ReleaseWorkflow(
            self.engine, self.db, self.caller, self.looks.append, self.looks.append, lambda: None
        )
        self.engine.launch()

    def release(self) -> None:
        with self.db.transaction() as connection:
            milestone = CONTRACT.milestone(2)
            record(connection, CONTRACT, milestone, decide(CONTRACT, milestone, found(seen())))

    def turn_until(self, is_there: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Let the workflow take turns until the release satisfies `is_there`; pauses are cut short."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            self.workflow.turn()
            release = list_releases(self.db)[0]
            if is_there(release):
                return release
            time.sleep(0.02)
        raise AssertionError(f"the release stays {list_releases(self.db)[0]}")

    def due_now(self) -> None:
        """Cut the pause before the next try short, as waiting would."""
        with self.db.transaction() as connection:
            connection.execute(
                sa.update(releases)
                .where(releases.c.due_at.is_not(None))
                .values(due_at="2000-01-01T00:00:00Z")
            )

    def row(self) -> sa.RowMapping:
        with self.db.reading() as connection:
            return connection.execute(sa.select(releases)).mappings().one()

    def callback(self, operation: str) -> None:
        """What a callback of the platform leads to: ask about the order, and apply the answer."""
        outcome = self.caller.ask(self.key(operation))
        assert isinstance(outcome, Done)
        self.apply(operation, outcome)

    def paid(self) -> None:
        """The client pays, and the platform's callback arrives."""
        (invoice,) = self.platform.books.invoices()
        self.platform.books.receive(invoice.id)
        self.callback("open_invoice")

    def until_invoiced(self) -> dict[str, Any]:
        """Release milestone 2 and see its invoice issued."""
        self.release()
        return self.turn_until(lambda release: release["state"] == "invoiced")

    def until_sent(self) -> dict[str, Any]:
        """See the one payee's transfer ordered."""
        return self.turn_until(
            lambda release: release["payouts"] != [] and release["payouts"][0]["status"] == "sent"
        )

    def key(self, operation: str) -> str:
        """The idempotency key of the order of that operation."""
        with self.db.reading() as connection:
            query = sa.select(intents.c.key).where(intents.c.operation == operation)
            return str(connection.execute(query).scalar_one())

    def apply(self, operation: str, outcome: Outcome) -> str:
        """What follows when the platform says `outcome` of that order."""
        with self.db.transaction() as connection:
            return apply_answer(connection, self.key(operation), outcome)

    def count(self, kind: str) -> int:
        """How often the platform did that."""
        return len(self.platform.journal.entries(kind))

    def close(self) -> None:
        self.engine.stop()
        self.db.close()
