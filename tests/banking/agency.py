"""An agency with nothing but a bank account: the worked example in euro, its books, and the pretend bank.

The real workflow runs, step by step and in this process; what an import leaves in the inbox is taken by the
real handler. `work` does all that is to be done now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.db import Database, now
from app.gateways.base import Gateway, Intent
from app.inbox.relay import unpack
from app.inbox.tables import deliveries
from app.ledger.tables import postings
from app.milestones import document
from app.milestones.contract import Contract
from app.payouts.tables import payouts
from app.releases.decision.decide import decide
from app.releases.decision.record import record
from app.releases.facts import lock_release
from app.releases.gateway_events import GatewayEvents
from app.releases.holds import GATEWAY, freeze
from app.releases.money.calls import Caller
from app.releases.money.recall import recall
from app.releases.people.orders import refund, resume, retry
from app.releases.tables import intents, releases
from app.releases.who import Who
from app.releases.workflow import ReleaseWorkflow
from tests.gateways.bank_driver import Driver, bank_driver
from tests.releases.examples import found, seen

BANK_YML = Path(__file__).parents[2] / "config" / "examples" / "bank.yml"
RELEASE = "con_7732_alpha/2"


class Straight:
    """The engine's ways without its memory: each step is simply done."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def register(self, *_: Any) -> None:
        """Nothing is resumed here."""

    def step(self, _name: str, function: Callable[..., Any], *arguments: Any) -> Any:
        return function(*arguments)

    def transaction(self, _name: str, function: Callable[[sa.Connection], Any]) -> Any:
        with self._db.transaction() as connection:
            return function(connection)


class Agency:
    """`driver` carries files between the books and the bank."""

    def __init__(self, db: Database, driver: Driver, text: str = "") -> None:
        self.db, self.driver = db, driver
        text = text or BANK_YML.read_text(encoding="utf-8")
        self.contract: Contract = document.parse(text, "f.yml").contracts["con_7732_alpha"]
        gateways: dict[str, Gateway] = {"bank": driver.gateway}
        caller = Caller(db, gateways)
        self._events = GatewayEvents(db, gateways, caller)
        straight: Any = Straight(db)
        look: Any = print
        self._workflow = ReleaseWorkflow(straight, db, caller, look, look, on_progress=lambda: None)

    def release(self, index: int = 2) -> None:
        """The milestone's issues are closed, and its invoice is issued."""
        milestone = self.contract.milestone(index)
        with self.db.transaction() as connection:
            record(connection, self.contract, milestone, decide(self.contract, milestone, found(seen())))
        self.work()

    def work(self) -> None:
        """Take what lies in the inbox, and run what is due, until nothing is."""
        for _ in range(20):
            if not (self._take() | self._run()):
                return
        raise AssertionError("it does not come to rest")

    def _take(self) -> bool:
        due = self.db.due(deliveries, 100)
        for row in due:
            done: dict[str, str | None] = {"status": "handled", "due_at": None}
            if row["source"] == "gateway":
                done["reason"] = self._events.handle(unpack(row)).reason
            with self.db.transaction() as connection:
                of_it = deliveries.c.id == row["id"]
                connection.execute(sa.update(deliveries).where(of_it).values(done))
        return bool(due)

    def _run(self) -> bool:
        due = self.db.due(releases, 100)
        for row in due:
            self._workflow.run(row["id"], row["run"])
        return bool(due)

    def bring_forward(self) -> None:
        """The pauses have passed."""
        with self.db.transaction() as connection:
            connection.execute(sa.update(releases).where(releases.c.due_at.is_not(None)).values(due_at=now()))

    def hold(self, reason: str) -> None:
        """Somebody disputes it."""
        with self.db.transaction() as connection:
            row = connection.execute(sa.select(releases)).mappings().one()
            freeze(connection, row, "dispute", GATEWAY, reason)

    def reopen(self) -> None:
        """An issue of it is opened again by somebody who may."""
        with self.db.transaction() as connection:
            who = Who("dana", "forge", "github", "101")
            recall(connection, RELEASE, who, "#12 was reopened by dana", may=True)
        self.work()

    def refund(self) -> None:
        """The operator gives the client its money back; the team keeps its shares, if it has them."""
        with self.db.transaction() as connection:
            row = lock_release(connection, RELEASE)
            refund(connection, row, Who("olga", "command line"), keep_payouts=True)
        self.work()

    def resume(self) -> None:
        """The operator lets it go on, whatever holds it."""
        with self.db.transaction() as connection:
            resume(connection, lock_release(connection, RELEASE), Who("olga", "command line"))
        self.work()

    def retry(self) -> None:
        """The operator has mended what stopped it."""
        retry(self.db, "con_7732_alpha", 2, Who("olga", "command line"))
        self.work()

    @property
    def state(self) -> str:
        return str(self.row["state"])

    @property
    def row(self) -> sa.RowMapping:
        with self.db.reading() as connection:
            query = sa.select(releases).where(releases.c.id == RELEASE)
            return connection.execute(query).mappings().one()

    @property
    def reference(self) -> str:
        """What the client is asked to quote."""
        with self.db.reading() as connection:
            facts = self.driver.gateway.ask(_intent(connection, "open_invoice"))
        return facts.invoice.id  # type: ignore[union-attr]

    def pay(self, amount_minor: int, **more: Any) -> None:
        """The client pays, quoting the reference."""
        self.driver.receive(f"Invoice {self.reference}", amount_minor, **more)

    def legs(self) -> list[tuple[str, str]]:
        """(account, status) of each share."""
        columns = (payouts.c.account, payouts.c.status)
        with self.db.reading() as connection:
            found = connection.execute(sa.select(*columns).order_by(payouts.c.id)).all()
        return [(str(account), str(status)) for account, status in found]

    def balances(self) -> dict[str, int]:
        """What stands in each account of the ledger, without those that are even."""
        total = sa.func.sum(postings.c.amount_minor)
        with self.db.reading() as connection:
            rows = connection.execute(sa.select(postings.c.account, total).group_by(postings.c.account)).all()
        assert sum(amount for _, amount in rows) == 0
        return {account: int(amount) for account, amount in rows if amount}


def _intent(connection: sa.Connection, operation: str) -> Intent:
    query = sa.select(intents).where(intents.c.operation == operation, intents.c.body.is_not(None))
    row = connection.execute(query.order_by(intents.c.created_at.desc())).mappings().first()
    assert row is not None
    return Intent(row["key"], row["event_id"], row["body"])


@contextmanager
def agency(db: Database, text: str = "") -> Iterator[Agency]:
    """A fresh one, whose milestone 2 of 7,500.00 eur can be released."""
    with bank_driver(db) as driver:
        yield Agency(db, driver, text)
