"""Everything at random: people close, reopen, relabel, comment, pay, order; gateways fail; servers restart.

After each step the invariants are checked against the gateway's own journal, and a small model of what
people did, which knows nothing of how Closeout decides.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from app.errors import CloseoutError
from app.releases.people.orders import retry
from tests.releases.machine_payments import Payments, numbers
from tests.releases.model import COMMANDS, INDEXES, ORDERS, PAYOUTS, ROLES, RULES, WELL, Work, mend
from tests.releases.oracle import bills_of, transfers_of
from tests.releases.play import OPERATOR, Play, play
from tests.releases.scene import LABEL, OTHER
from tests.releases.tills import PlatformTill, Till
from tests.releases.vendor_tills import PayPalTill, StripeTill

labels = st.sampled_from([LABEL, OTHER])
indexes = st.sampled_from([1, 2])


class Machine(Payments):
    """The forge's kind and the gateway are the subclass's."""

    kind = "github"
    gateway: Callable[[], Till] = PlatformTill

    @initialize(
        name=st.sampled_from(sorted(RULES)),
        how=st.sampled_from(["usual", "usual", *sorted(PAYOUTS)]),
        auto_clear=st.sampled_from([True, True, False]),
    )
    def begin(self, name: str, how: str, auto_clear: bool) -> None:
        self.name = name
        self._open = contextlib.ExitStack()
        folder = Path(self._open.enter_context(tempfile.TemporaryDirectory()))
        till = self.gateway()
        payout = {"auto_clear": auto_clear, "to": till.payees, **PAYOUTS[how]}
        one = play(folder, self.kind, RULES[name], till=till, payout=payout, currency=till.currency)
        self.stage: Play = self._open.enter_context(one)
        for login, role in ROLES.items():
            self.stage.person(login, role)  # type: ignore[arg-type]
        till.fund()
        self.work, self.journal = Work(is_any=name == "any"), till.journal
        self.accepted: set[int] = set()
        self.approved: set[int] = set()
        self.frozen: dict[int, int] = {}
        """How many transfers a milestone had when it was frozen; nothing lifts that but the operator."""
        for label in INDEXES:
            self.open_issue(label, "dana")

    @rule(label=labels, is_paid=st.booleans())
    def all_ends_well(self, label: str, is_paid: bool) -> None:
        """Chance alone would seldom get far: everybody mends what is odd, and nothing is lost for good."""
        index = INDEXES[label]
        self.stage.till.behave()
        # GitLab keeps what was moved away, closed and in the way.
        for number in self.work.tidy(label) if self.kind == "gitlab" else ():
            self.stage.forge.unlabel(number, label, self.stage.person("dana"))
        mine = self.work.under(label)
        if not mine:
            return
        voided = {one["invoice_id"] for one in self.stage.journal("invoice_voided")}
        is_void = bool(voided.intersection(bills_of(self.journal, index)[-1:]))
        for number, _ in mine:
            mend(self.stage, self.work, number, label, is_again=is_void)
        self.stage.settle()
        self.settle_disputes()
        for order in ("resume", "approve", "approve", "accept"):  # a limit shows once doubts are settled
            self.the_operator_orders(index, (order, (), {}))
        self._retry(index)
        self.stage.pass_time(index)
        if is_paid:
            self.stage.pay()
            self.the_operator_orders(index, ("approve", (), {}))
            self._retry(index)
        state, reason = self._state(index), self.stage.reason(index)
        is_known = "an issue bills once" in reason or label in self.work.lacks
        assert state in WELL or is_known, f"{index} is {state}: {reason}"

    @rule(label=labels, keep_payouts=st.booleans())
    def the_client_wants_its_money_back(self, label: str, keep_payouts: bool) -> None:
        """What was paid is reopened and refunded; where a gateway fails, the operator tries again."""
        self.all_ends_well(label, True)
        index = INDEXES[label]
        mine = self.work.under(label)
        if mine and self._state(index) not in ("refunded", "held"):
            self.reopen(mine[0][0], "dana", is_number=True)
            self.stage.settle()
            self.the_operator_orders(index, ("refund", (), {"keep_payouts": keep_payouts}))
            self._retry(index)
            self.stage.pass_time(index)

    def _retry(self, index: int) -> None:
        with contextlib.suppress(CloseoutError):
            retry(self.stage.db, "con_play", index, OPERATOR)
        self.stage.settle()

    def _state(self, index: int) -> str:
        with contextlib.suppress(StopIteration):
            return self.stage.state(index)
        return "unheard of"

    # What people do at the forge

    @rule(label=labels, by=st.sampled_from(["dana", "dana", "dana", "tess"]))
    def open_issue(self, label: str, by: str) -> None:
        if len(self.work.issues) < 4:
            number = self.stage.forge.open_issue("Some work", [], self.stage.person("dana"))
            self.stage.forge.label(number, label, self.stage.person(by))
            self.work.add(number, label, by)
            self.work.look()

    @precondition(lambda self: self.work.issues)
    @rule(which=numbers, by=st.sampled_from(["dana", "dana", "dana", "penny", "tess"]))
    def close(self, which: int, by: str) -> None:
        number, issue = self.work.pick(which)
        if issue.is_open:
            self.stage.tick()
            self.stage.forge.close(number, self.stage.person(by))
            issue.is_open, issue.closed_by = False, by
            self.work.look()

    @precondition(lambda self: self.work.issues)
    @rule(which=numbers, by=st.sampled_from(["dana", "dana", "tess"]))
    def reopen(self, which: int, by: str, *, is_number: bool = False) -> None:
        number, issue = (which, self.work.issues[which]) if is_number else self.work.pick(which)
        if not issue.is_open:
            self.stage.forge.reopen(number, self.stage.person(by))
            issue.is_open = True
            self.stage.tick()
            self.work.look()

    @precondition(lambda self: self.work.issues)
    @rule(which=numbers, label=labels, by=st.sampled_from(["dana", "tess"]))
    def relabel(self, which: int, label: str, by: str) -> None:
        number, issue = self.work.pick(which)
        if label in issue.labels:
            self.stage.forge.unlabel(number, label, self.stage.person(by))
            del issue.labels[label]
        else:
            self.stage.tick()
            self.stage.forge.label(number, label, self.stage.person(by))
            # On a closed issue it is late, and counts only after an approval.
            issue.labels[label] = by if issue.is_open else "late"
        self.work.look()

    @precondition(lambda self: self.work.issues)
    @rule(which=numbers)
    def transfer(self, which: int) -> None:
        """Whatever is left does not complete a milestone: somebody has to approve that it went."""
        if which % 3 == 0:
            number, _ = self.work.pick(which)
            self.stage.forge.transfer_issue(number)
            self.work.move_away(number)

    @precondition(lambda self: self.work.issues)
    @rule(
        which=numbers,
        by=st.sampled_from(["anna", "dana", "lena", "mallory"]),
        text=st.sampled_from(COMMANDS),
    )
    def comment(self, which: int, by: str, text: str) -> None:
        number, issue = self.work.pick(which)
        self.stage.tick()
        self.stage.forge.comment(number, self.stage.person(by), f"/closeout {text}")
        indexes = {INDEXES[label] for label in issue.labels}
        if by == "anna" and text == "accept":
            self.accepted |= indexes
        if by == "lena" and text == "approve":
            self.approved |= {1, 2}
        self.work.look()

    @rule()
    def settle(self) -> None:
        self.stage.settle()

    @rule(index=indexes)
    def time_passes(self, index: int) -> None:
        self.stage.pass_time(index)

    @rule(which=st.integers(0, 60))
    def an_old_webhook_comes_again(self, which: int) -> None:
        sent = self.stage.forge.sent()
        if sent:
            self.stage.deliver(sent[which % len(sent)])

    @rule()
    def webhooks_are_lost_and_the_forge_is_read(self) -> None:
        self.stage.lose()
        if self.kind == "github":  # the others' clock stands still in the past, where no sweep looks
            assert self.stage.sweeper.sweep().is_whole
        else:
            for index in (1, 2):
                self.stage.decider.look_at("con_play", index)
        self.stage.settle()

    @rule()
    def restart(self) -> None:
        self.stage.restart()

    # What the operator does; the client and the banks are in machine_payments.py

    @rule(index=indexes, order=st.sampled_from(ORDERS))
    def the_operator_orders(self, index: int, order: tuple[str, tuple[Any, ...], dict[str, Any]]) -> None:
        name, arguments, options = order
        with contextlib.suppress(CloseoutError):
            if name in ("resume", "refund"):
                self.frozen.pop(index, None)
            self.stage.order(name, *arguments, index=index, **options)
            if name == "accept":
                self.accepted.add(index)
            if name == "approve":
                self.approved.add(index)
            if name in ("hold", "dispute"):
                self.frozen[index] = transfers_of(self.journal, index)

    # What must hold

    @invariant()
    def the_journal_and_the_books_agree(self) -> None:
        self.stage.settle()
        self.stage.check()

    @invariant()
    def nothing_was_billed_that_nobody_completed(self) -> None:
        for index in (1, 2):
            bills = bills_of(self.journal, index)
            allowed = self.work.was_complete[index] or index in self.approved
            assert not bills or allowed, f"milestone {index} was billed though nobody completed it"
            if self.name == "accepted":
                assert not bills or index in self.accepted
            assert len(bills) <= max(1, self.work.was_complete[index]) or index in self.approved

    @invariant()
    def what_is_frozen_pays_nobody(self) -> None:
        for index, count in self.frozen.items():
            assert transfers_of(self.journal, index) == count

    @invariant()
    def every_release_says_why_it_stands_where_it_stands(self) -> None:
        for index in (1, 2):
            with contextlib.suppress(StopIteration):
                assert self.stage.reason(index)

    def teardown(self) -> None:
        if hasattr(self, "_open"):
            self._open.close()


class GitLabMachine(Machine):
    kind = "gitlab"


class StripeMachine(Machine):
    gateway = StripeTill


class PayPalMachine(Machine):
    gateway = PayPalTill


LENGTH = int(os.environ.get("PLAYS", "1"))
"""How many times as many plays are drawn: `make plays` draws more."""
SETTINGS = settings(
    max_examples=8 * LENGTH,
    stateful_step_count=25,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink a play takes minutes
)
SHORT = settings(SETTINGS, max_examples=6 * LENGTH, stateful_step_count=20)
"""A vendor's order is several requests."""
TestGitHub = Machine.TestCase
TestGitHub.settings = SETTINGS
TestGitLab = GitLabMachine.TestCase
TestGitLab.settings = SETTINGS
TestStripe = StripeMachine.TestCase
TestStripe.settings = SHORT
TestPayPal = PayPalMachine.TestCase
TestPayPal.settings = SHORT
