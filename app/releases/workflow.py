"""The durable workflow of a release: what a killed process had begun, the next one finishes.

One run carries a release as far as it can go without waiting for the outside: to the client's acceptance, to
the open invoice, or, once that is paid, to the ordered payouts; or back again, when it was recalled or is to
be refunded. A run is named after the milestone, its revision and a counter, never after a delivery, so that
nothing that is repeated outside starts a second one.

A row with `due_at` needs a run. A run takes a lease by moving `due_at` ahead, and ends by clearing it; a run
that died in a way that nobody foresaw is therefore begun again when its lease is over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
import structlog

from app.db import Database, later
from app.engine import Engine
from app.errors import CloseoutError, ForgeError, GatewayError
from app.gateways.base import Done
from app.notices.text import moment
from app.releases.changes import change
from app.releases.facts import lock_release
from app.releases.money import billing, disbursing, recall, refunding
from app.releases.money.answers import apply_answer, keys_to_ask
from app.releases.money.calls import Caller, NotNow, from_json
from app.releases.money.retries import pause_s
from app.releases.people import acceptance
from app.releases.stages import LEASE_S, begin
from app.releases.states import state_of
from app.releases.tables import releases

log = structlog.get_logger()

NAME = "release"
BATCH = 50

Look = Callable[[str], Any]
"""Reads at the forge what was written or done about a release, and applies it; given the release's id."""


class ReleaseWorkflow:
    """Starts the runs that are due, and is their body.

    `look_again` sees whether the billed issues are still closed; `catch_up` obeys comments that were missed.
    """

    def __init__(
        self,
        engine: Engine,
        db: Database,
        caller: Caller,
        look_again: Look,
        catch_up: Look,
        on_progress: Callable[[], None],
    ) -> None:
        self._engine, self._db, self._caller = engine, db, caller
        self._look_again, self._catch_up, self._on_progress = look_again, catch_up, on_progress
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
        stage = self._commit(begin, release_id, run)
        if stage == "grace":
            engine.step("look_again", self._look, self._look_again, release_id)
            stage = self._commit(acceptance.after_grace, release_id)
        if stage == "silence":
            unread = engine.step("catch_up", self._listen, release_id)
            return str(self._commit(acceptance.fall_silent, release_id, unread))
        carry_on: dict[str, Callable[[str], str]] = {
            "ask_client": lambda one: str(self._commit(acceptance.ask_client, one)),
            "bill": self._bill,
            "settle": self._settle,
            "void": self._void,
            "disburse": self._disburse,
            "refund": self._refund,
            "ask": self._ask,
            "watch": self._watch,
        }
        return carry_on[stage](release_id) if stage in carry_on else str(stage)

    def _bill(self, release_id: str) -> str:
        key = self._commit(billing.order_invoice, release_id)
        if not key:
            return "stopped"
        outcome = from_json(self._engine.step("open_invoice", self._caller.call, key))
        return str(self._commit(billing.record_invoice, release_id, key, outcome))

    def _settle(self, release_id: str) -> str:
        """Find out whether the invoice of a recalled release was issued."""
        key = self._commit(recall.key_to_settle, release_id)
        outcome = from_json(self._engine.step("ask", self._caller.ask_json, key))
        return str(self._commit(recall.settle, release_id, key, outcome))

    def _void(self, release_id: str) -> str:
        key = self._commit(recall.order_void, release_id)
        if not key:
            return "stopped"
        outcome = from_json(self._engine.step("void_invoice", self._caller.call, key))
        stands = str(self._commit(recall.record_void, release_id, key, outcome))
        return stands if stands in ("voided", "disputed") else self._ask(release_id)

    def _disburse(self, release_id: str) -> str:
        for key in self._commit(disbursing.order_legs, release_id):
            outcome = from_json(self._engine.step("pay_out", self._caller.call, key))
            self._commit(disbursing.record_leg, release_id, key, outcome)
            if isinstance(outcome, NotNow):
                break
        return str(self._commit(disbursing.close_round, release_id))

    def _refund(self, release_id: str) -> str:
        for key in self._commit(refunding.keys_to_learn, release_id):
            answer = self._engine.step("ask", self._caller.ask_json, key)
            if isinstance(outcome := from_json(answer), Done):
                self._commit(apply_answer, key, outcome, answer.get("asked_at", ""))
        for key in self._commit(refunding.order_reversals, release_id):
            outcome = from_json(self._engine.step("reverse_payout", self._caller.call, key))
            if not self._commit(refunding.record_reversal, release_id, key, outcome):
                return "stopped"
        key = self._commit(refunding.order_credit, release_id)
        if not key:
            return "stopped"
        if key.endswith("/void_invoice"):  # the client had paid nothing
            outcome = from_json(self._engine.step("void_invoice", self._caller.call, key))
            stands = str(self._commit(recall.record_void, release_id, key, outcome))
            return stands if stands == "refunded" else self._ask(release_id)
        outcome = from_json(self._engine.step("credit_note", self._caller.call, key))
        return str(self._commit(refunding.record_credit, release_id, outcome))

    def _ask(self, release_id: str) -> str:
        stage, problem = "asked", None
        for key in self._commit(keys_to_ask, release_id):
            answer = self._engine.step("ask", self._caller.ask_json, key)
            try:
                asked_at = answer.get("asked_at", "")
                stage = str(self._commit(apply_answer, key, from_json(answer), asked_at))
            except GatewayError as error:
                problem = error  # what else was ordered is asked about all the same
        if problem is not None and stage not in ("disbursed", "voided", "refunded"):
            raise problem
        return stage

    def _watch(self, release_id: str) -> str:
        """The same of a release at rest: where no answer comes, another day is early enough."""
        try:
            return self._ask(release_id)
        except GatewayError as error:
            log.warning("a release at rest could not be asked about", release=release_id, problem=str(error))
            return "asked"

    def _listen(self, release_id: str) -> str:
        """Take in what no webhook told of the issues; why they can not be read, "" if they were."""
        try:
            self._look_again(release_id)
            self._catch_up(release_id)
        except ForgeError as error:
            log.warning("issues can not be read", release=release_id, problem=str(error))
            return "the forge's issues and comments can not be read"
        return ""

    @staticmethod
    def _look(look: Look, release_id: str) -> None:
        """A step whose effects are in the database; its answer is not worth keeping."""
        look(release_id)

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
            function.__name__, lambda connection: function(connection, *arguments)
        )

    def _stumbled(self, problem: Exception, release_id: str, run: int) -> None:
        """A run met an error that it has no answer to: say so, and have it tried again later.

        A comment may show this: what a library says of its insides is for the log alone.
        """
        if isinstance(problem, CloseoutError):
            what = problem.what
            log.warning("a run could not go on", release=release_id, run=run, problem=str(problem))
        else:
            what = "something went wrong here, see the server's log"
            log.error("a run failed", release=release_id, run=run, problem=str(problem), exc_info=problem)
        with self._db.transaction() as connection:
            row = lock_release(connection, release_id)
            failures = row["failures"] + 1
            due_at = later(pause_s(failures))
            told = f"{what}; next try {moment(due_at)}"
            change(connection, row, state_of(row), told, due_at=due_at, failures=failures)
