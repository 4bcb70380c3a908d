"""A whole play in one process: a pretend forge and platform over HTTP, and everything between them for real.

What the server's loops do is done here by `settle`, one thing after the other, so that a test says what
happens when. The oracle is the platform's own journal.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml

from app import migrations
from app.db import Database, now
from app.engine import Engine
from app.errors import CloseoutError, GatewayError
from app.events import Person, Role
from app.forges.registry import FORGES
from app.gateways.base import Gateway
from app.inbox.relay import Delivery, unpack
from app.inbox.tables import deliveries
from app.milestones.book import Book
from app.releases.decision.decider import Decider
from app.releases.decision.identities import Identities
from app.releases.forge_events import ForgeEvents
from app.releases.gateway_events import GatewayEvents
from app.releases.money.calls import Caller
from app.releases.own_events import OwnEvents
from app.releases.people import acceptance, orders
from app.releases.people.commands import Commands
from app.releases.queries import list_releases
from app.releases.sweep.sweeper import Sweeper
from app.releases.tables import releases
from app.releases.who import Who
from app.releases.workflow import ReleaseWorkflow
from app.settings import Settings
from tests import templates
from tests.forges.driver import ForgeDriver, Sent
from tests.releases.engines import ending_at_once
from tests.releases.scene import CONTRACT, LABEL, contract_file, pretend_forge
from tests.releases.seen import Seen
from tests.releases.tills import PlatformTill, Till

OPERATOR = Who("olaf", "command line")
PATIENCE_S = 30
ATTEMPTS = 10
"""How often a callback is tried while its gateway can not be asked."""


@dataclass
class Play(Seen):
    """The forge is played through `forge`, the client pays through `pay`, the operator orders by methods."""

    kind: str
    forge: ForgeDriver
    till: Till
    settings: Settings
    people: dict[str, Person] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.db = Database(self.settings.database_url)
        migrations.upgrade(self.db)
        self._taken = 0
        self.told: list[str] = []
        self._begin()

    def _begin(self) -> None:
        parser, client = FORGES[self.kind]
        forges = {"forge": client(self.forge.token, self.forge.api_url)}
        gateway = self.till.gateway(self.db)
        self.gateways: dict[str, Gateway] = {self.till.name: gateway}
        self.parser, self.client = parser, forges["forge"]
        self.book = Book(self.config)
        identities = Identities(self.db, forges)
        self.decider = Decider(self.db, self.book, forges, identities)
        commands = Commands(self.db, self.book, forges, identities)
        self.events = ForgeEvents(self.db, self.book, {"forge": parser}, self.decider, commands)
        self.own = OwnEvents(self.decider, self.events, commands)
        self.caller = Caller(self.db, self.gateways)
        self.callbacks = GatewayEvents(self.db, {self.till.name: gateway}, self.caller)
        self.commands = commands
        self.sweeper = Sweeper(self.db, self.book, forges, identities, {})
        self.engine: Engine | None = None

    @property
    def config(self) -> Path:
        """The contract file, which a play may rewrite."""
        assert isinstance(self.settings.config, Path)
        return self.settings.config

    def restart(self) -> None:
        self._stop_engine()
        self._begin()

    def close(self) -> None:
        self._stop_engine()
        self.db.close()

    def _start_engine(self) -> Engine:
        """Only when there is something to run: most plays about decisions never get that far."""
        engine = self.engine = Engine(self.settings, self.db)
        self.workflow = ReleaseWorkflow(
            engine, self.db, self.caller, self.decider.look_at_release, self.commands.catch_up, lambda: None
        )
        engine.launch()
        return engine

    def _stop_engine(self) -> None:
        if self.engine is not None:
            self.engine.stop(finish_within_s=0)  # every run was waited for

    # People and issues

    def person(self, login: str, role: Role = "write") -> Person:
        """An account at the forge, made when it is first named; strangers may read what is public."""
        if login not in self.people:
            self.people[login] = self.forge.add_person(login, role)
        return self.people[login]

    def issue(self, label: str = LABEL, by: str = "dana") -> int:
        """An open issue that somebody with write access labelled."""
        return self.forge.open_issue("Some work", [label] if label else [], self.person(by))

    def closed(self, by: str = "dana", label: str = LABEL) -> int:
        """An issue that was opened, labelled and closed."""
        number = self.issue(label)
        self.forge.close(number, self.person(by))
        return number

    # Time passes

    def settle(self) -> None:
        """Handle every delivery, run every workflow, take every callback, until nothing is left to do."""
        deadline = time.monotonic() + PATIENCE_S
        while self._work() and time.monotonic() < deadline:
            pass
        assert time.monotonic() < deadline, f"never quiet: {list_releases(self.db)}"

    def _work(self) -> bool:
        return self.take() or self._take_callbacks() or self.run_workflows() or self.till.errands()

    def take(self) -> bool:
        """Handle every delivery that came, Closeout's own too, and run nothing; whether there was any."""
        sent = self.forge.sent()
        new, self._taken = sent[self._taken :], len(sent)
        for one in new:
            self.deliver(one)
        return self._own_deliveries() or bool(new)

    def tick(self) -> None:
        """A few seconds pass at the forge: most tell whole seconds only."""
        sandbox = getattr(self.forge, "sandbox", None)
        if sandbox is not None:
            sandbox.pass_time(2)

    def lose(self) -> None:
        """What the forge has sent and nobody took yet never arrives."""
        self._taken = len(self.forge.sent())

    def deliver(self, sent: Sent) -> str:
        """Hand one webhook on, as often as a test likes; what it led to."""
        headers = {name.lower(): value for name, value in sent.headers.items()}
        delivery = Delivery(0, "forge", "forge", self.parser.delivery_id(headers), headers, sent.body)
        try:
            told = self.events.handle(delivery).reason
        except CloseoutError as error:
            told = str(error)
        self.told.append(told)
        return told

    def _own_deliveries(self) -> bool:
        with self.db.reading() as connection:
            rows = connection.execute(sa.select(deliveries).where(deliveries.c.due_at <= now())).mappings()
            due = list(rows)
        for row in due:
            values: dict[str, Any] = {"due_at": None, "status": "handled", "attempts": row["attempts"] + 1}
            try:
                handler = self.callbacks if row["source"] == "gateway" else self.own
                handled = handler.handle(unpack(row))
                told, is_again = handled.reason, handled.again_s is not None and not row["attempts"]
                values["due_at"] = now() if is_again else None
            except GatewayError as error:
                told, is_again = str(error), not error.permanent and row["attempts"] < ATTEMPTS
                values["due_at"] = now() if is_again else None
            except CloseoutError as error:
                told = str(error)
            self.told.append(told)
            with self.db.transaction() as connection:
                connection.execute(sa.update(deliveries).where(deliveries.c.id == row["id"]).values(values))
        return bool(due)

    def run_workflows(self) -> bool:
        """Let every run that is due end; whether there was any."""
        due = self.db.due(releases, 50)
        if not due:
            return False
        engine = self.engine or self._start_engine()
        deadline = time.monotonic() + PATIENCE_S
        self.workflow.turn()
        for row in due:
            name = f"release/{row['id']}/r{row['revision']}/run-{row['run']}"
            while engine.progress(name) != "over":
                assert time.monotonic() < deadline, f"{name} does not end"
                time.sleep(0.01)
        return True

    def _take_callbacks(self) -> bool:
        """Take in what the gateway tells; where it can not be asked now, again, as the inbox would."""
        hints = [self.till.hints.popleft() for _ in range(len(self.till.hints))]
        for hint in hints:
            delivery = Delivery(0, "gateway", self.till.name, hint.id, {"webhook-id": hint.id}, hint.body)
            try:
                self.callbacks.handle(delivery)
            except GatewayError as error:
                hint.attempts += 1
                if not error.permanent and hint.attempts < ATTEMPTS:
                    self.till.hints.append(hint)
        return bool(hints)

    def pass_time(self, index: int = 1) -> None:
        """Whatever a release waits for by the clock comes at once: a grace, a deadline, a pause."""
        past = "2000-01-01T00:00:00.000Z"
        mine = releases.c.id == f"{CONTRACT}/{index}"
        with self.db.transaction() as connection:
            for column in (releases.c.due_at, releases.c.accept_by):
                connection.execute(
                    sa.update(releases).where(mine, column.is_not(None)).values({column: past})
                )
        self.settle()

    # The client and the operator

    def pay(self) -> None:
        """The client pays every open invoice."""
        for bill in self.till.bills():
            self.till.pay(bill)
        self.settle()

    def order(self, name: str, *arguments: Any, index: int = 1, **options: Any) -> str:
        """An order of the operator, of those in `orders` and `acceptance`; what it answers."""
        with self.db.transaction() as connection:
            row = orders.locked(connection, CONTRACT, index)
            if name in ("accept", "dispute"):
                said = getattr(acceptance, name)(connection, row["id"], OPERATOR, *arguments)
            else:
                said = getattr(orders, name)(connection, row, OPERATOR, *arguments, **options)
        self.settle()
        return str(said)


@contextmanager
def play(
    folder: Path,
    kind: str,
    rules: dict[str, Any] | None = None,
    database_url: str = "",
    settle_after_s: float | None = 0.0,
    till: Till | None = None,
    **more: Any,
) -> Iterator[Play]:
    """A play at the forge of that kind, under a contract with these rules; on SQLite by default.

    Its money is in `till`, by default the generic platform's, whose transfers arrive after so many seconds,
    or None: only when told.
    """
    till = till or PlatformTill(settle_after_s)
    with ending_at_once(), pretend_forge(kind) as driver, till:
        people = {"dana": driver.add_person("dana", "write")}
        path = folder / "closeout.yml"
        file = contract_file(kind, driver, rules or {}, **{"gateway": till.name, **more})
        file["gateways"] = [till.entry]
        path.write_text(yaml.safe_dump(file, sort_keys=False), encoding="utf-8")
        if not database_url and not (folder / "closeout.db").exists():
            templates.begun(folder)
        settings = Settings.load(
            {
                "CLOSEOUT_CONFIG": str(path),
                "CLOSEOUT_DATABASE_URL": database_url or f"sqlite:///{folder / 'closeout.db'}",
            }
        )
        one = Play(kind, driver, till, settings, people)
        try:
            yield one
        finally:
            one.close()
