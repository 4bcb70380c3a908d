"""The durable workflow of a release: what a killed process had begun, the next one finishes.

One run carries a release as far as it can go without waiting for the outside: to the open invoice, or, once
that is paid, to the ordered payouts. A run is named after the milestone, its revision and a counter, never
after a delivery, so that nothing that is repeated outside starts a second one.

A row with `due_at` needs a run. A run takes a lease by moving `due_at` ahead, and ends by clearing it; a run
that died in a way that nobody foresaw is therefore begun again when its lease is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
import structlog

from app.db import Database, later
from app.engine import Engine
from app.errors import CloseoutError
from app.gateways.base import Gateway
from app.payouts.tables import payouts
from app.releases import billing, disbursing
from app.releases.answers import apply_answer, keys_to_ask
from app.releases.calls import Caller, from_json
from app.releases.changes import change, lock_release
from app.releases.retries import ASK_AGAIN_S, pause_s
from app.releases.states import state_of
from app.releases.tables import releases

log = structlog.get_logger()

NAME = "release"
LEASE_S = 900
"""Longer than a run can take: some calls of at most half a minute each."""
BATCH = 50


class ReleaseWorkflow:
    """Starts the runs that are due, and is their body."""

    def __init__(
        self,
        engine: Engine,
        db: Database,
        gateways: Mapping[str, Gateway],
        caller: Caller,
        on_progress: Callable[[], None],
    ) -> None:
        self._engine, self._db, self._gateways = engine, db, gateways
        self._caller, self._on_progress = caller, on_progress
        engine.register(NAME, self.run, self._stumbled)

    def turn(self) -> bool:
        """Start a run for every release that is due; True when there may be more."""
        for row in self._db.due(releases, BATCH):
            release_id, run = row["id"], row["run"]
            name = f"{NAME}/{release_id}/r{row['revision']}/run-{run}"
            progress = self._engine.progress(name)
            if progress == "over" or (progress == "running" and row["due_at"] < later(-LEASE_S)):
                self._rename(release_id, run)
            elif progress == "never started":
                self._engine.start(NAME, name, release_id, run)
        return False  # what was started leaves the list when its first step has committed

    def run(self, release_id: str, run: int) -> str:
        """One run. Answers where the release stands; acts only through the engine's steps."""
        stands = self._carry_on(release_id, run)
        self._on_progress()
        return stands

    def _carry_on(self, release_id: str, run: int) -> str:
        engine = self._engine
        stage = engine.transaction("begin", lambda connection: _begin(connection, release_id, run))
        if stage == "bill":
            key = self._commit(billing.order_invoice, release_id)
            outcome = from_json(engine.step("open_invoice", self._caller.call, key))
            return str(self._commit(billing.record_invoice, release_id, outcome))
        if stage == "disburse":
            for key in self._commit(disbursing.order_legs, release_id):
                outcome = from_json(engine.step("pay_out", self._caller.call, key))
                self._commit(disbursing.record_leg, release_id, key, outcome)
            return str(self._commit(disbursing.close_round, release_id))
        if stage == "ask":
            for key in engine.transaction("keys_to_ask", lambda one: keys_to_ask(one, release_id)):
                outcome = from_json(engine.step("ask", self._caller.ask_json, key))
                stage = self._commit(apply_answer, key, outcome)
        return str(stage)

    def _rename(self, release_id: str, run: int) -> None:
        """A run ended or was orphaned before its first commit: its name is used up, so count on.

        The disk was full, or the process that had it never came back under its worker id.
        """
        with self._db.transaction() as connection:
            connection.execute(
                sa.update(releases)
                .where(releases.c.id == release_id, releases.c.run == run)
                .values(run=run + 1, due_at=later(pause_s(1)))
            )

    def _commit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """One transaction of the run; its answer (JSON) is kept in the same commit."""
        return self._engine.transaction(
            function.__name__, lambda connection: function(connection, self._gateways, *arguments)
        )

    def _stumbled(self, problem: Exception, release_id: str, run: int) -> None:
        """A run met an error that it has no answer to: say so, and have it tried again later."""
        log.error("a run failed", release=release_id, run=run, problem=str(problem), exc_info=problem)
        with self._db.transaction() as connection:
            row = lock_release(connection, release_id)
            failures = row["failures"] + 1
            due_at = later(pause_s(failures))
            # A comment may show this: what a library says of its insides is for the log alone.
            what = problem.what if isinstance(problem, CloseoutError) else "see the server's log"
            reason = f"something went wrong here: {what}; next try {due_at[:19]}Z"
            change(connection, self._gateways, row, state_of(row), reason, due_at=due_at, failures=failures)


def _begin(connection: sa.Connection, release_id: str, run: int) -> str:
    """Take the lease for this run, unless it was taken before; say which part there is to do."""
    row = lock_release(connection, release_id)
    if row["run"] != run or row["due_at"] is None:
        return "superseded"
    invoice = billing.current_invoice(connection, row)
    stage = "ask"
    if invoice is None:
        stage = "bill"
    elif invoice["status"] == "paid" and _has_legs_to_pay(connection, release_id):
        stage = "disburse"
    due_at: str | None = later(LEASE_S)
    if stage == "ask":
        due_at = later(ASK_AGAIN_S) if row["state"] in ("invoiced", "disbursing") else None
    connection.execute(
        sa.update(releases).where(releases.c.id == release_id).values(run=run + 1, due_at=due_at)
    )
    return stage


def _has_legs_to_pay(connection: sa.Connection, release_id: str) -> bool:
    return (
        connection.scalar(
            sa.select(payouts.c.id)
            .where(payouts.c.release_id == release_id, payouts.c.status.in_(disbursing.UNSETTLED))
            .limit(1)
        )
        is not None
    )
