"""Whatever people do to the pretend PayPal, in any order: no money is made, and none is forgotten."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.sandbox.journal import Journal
from app.sandbox.paypal.account import Account
from app.sandbox.paypal.disputes import Disputes
from app.sandbox.paypal.drafts import read_draft
from app.sandbox.paypal.invoices import Invoices
from app.sandbox.paypal.payout_orders import read_payouts
from app.sandbox.paypal.payouts import ENDINGS, Payouts
from app.sandbox.paypal.refusals import Refused
from app.sandbox.paypal.takings import Takings
from tests.bending import GONE, changed
from tests.sandbox.paypal.client import INVOICE, PAYOUT

ANY = changed(INVOICE, "detail.invoice_number", GONE)
ANY = changed(ANY, "configuration", {"partial_payment": {"allow_partial_payment": True}})
MINOR = st.one_of(st.none(), st.integers(1, 800_000))
PICK = st.integers(0, 2)


class Books(RuleBasedStateMachine):
    """Drives the books; what they refuse is no step."""

    def __init__(self) -> None:
        super().__init__()
        self.account = Account(Journal(), "seller@business.example.com")
        self.invoices = Invoices(self.account, lambda _: None)
        self.takings = Takings(self.account, self.invoices)
        self.payouts = Payouts(self.account, self.invoices, lambda _: None)
        self.disputes = Disputes(self.account, self.invoices, self.takings)
        self.captures: list[str] = []

    def invoice_id(self, pick: int) -> str:
        found = self.invoices.all()
        return found[pick % len(found)].id if found else "INV2-NONE"

    def item_id(self, pick: int) -> str:
        found = [item.id for batch in self.payouts.batches() for item in batch.items]
        return found[pick % len(found)] if found else "NONE"

    @initialize()
    def begin(self) -> None:
        """With money to lose."""
        self.bill()
        self.pay(0, None, pending=False)
        self.pay_out(0, "2500.00")

    @rule()
    def bill(self) -> None:
        today = self.account.clock.now().date()
        draft = read_draft(ANY, today, self.account.email)
        self.invoices.send(self.invoices.create(draft).id)

    @rule(pick=PICK, amount_minor=MINOR, pending=st.booleans())
    def pay(self, pick: int, amount_minor: int | None, pending: bool) -> None:
        with contextlib.suppress(Refused):
            payment = self.takings.pay(self.invoice_id(pick), amount_minor, pending=pending)
            self.captures.append(payment.id)

    @rule(pick=PICK, bounced=st.booleans())
    def clear(self, pick: int, bounced: bool) -> None:
        with contextlib.suppress(Refused):
            self.takings.clear(self.invoice_id(pick), bounced=bounced)

    @rule(pick=PICK, amount_minor=MINOR)
    def note_down(self, pick: int, amount_minor: int | None) -> None:
        with contextlib.suppress(Refused):
            self.takings.record_payment(self.invoice_id(pick), amount_minor, "CASH")

    @rule(pick=PICK, amount_minor=MINOR)
    def refund(self, pick: int, amount_minor: int | None) -> None:
        if self.captures:
            with contextlib.suppress(Refused):
                self.takings.refund(self.captures[pick % len(self.captures)], amount_minor)

    @rule(name=PICK, value=st.sampled_from(["0.01", "2500.00", "7500.00"]))
    def pay_out(self, name: int, value: str) -> None:
        body: dict[str, Any] = changed(PAYOUT, "sender_batch_header.sender_batch_id", f"evt_{name}")
        with contextlib.suppress(Refused):
            self.payouts.order(*read_payouts(changed(body, "items.0.amount.value", value)))

    @rule(pick=PICK, endings=st.lists(st.sampled_from(sorted(ENDINGS)), max_size=6))
    def end(self, pick: int, endings: list[str]) -> None:
        for status in endings:
            with contextlib.suppress(Refused):
                self.payouts.end(self.item_id(pick), status)

    @rule(pick=PICK, amount_minor=MINOR)
    def dispute(self, pick: int, amount_minor: int | None) -> None:
        with contextlib.suppress(Refused):
            self.disputes.open(self.invoice_id(pick), amount_minor)

    @rule(won=st.booleans())
    def decide(self, won: bool) -> None:
        for dispute in self.disputes.of(states=("REQUIRED_ACTION",)):
            self.disputes.close(dispute.id, won=won)

    @rule(days=st.integers(1, 31))
    def wait(self, days: int) -> None:
        self.account.clock.pass_time(days * 86_400)
        self.payouts.return_what_nobody_claimed()

    @invariant()
    def the_balance_is_what_the_journal_says(self) -> None:
        entries = self.account.journal.entries()
        signs = {"money_in": 1, "transfer": -1, "reversal": 1, "credit_note": -1, "dispute_opened": -1}
        total = sum(signs.get(one["kind"], 0) * one.get("amount_cents", 0) for one in entries)
        sent = {one["payout_id"]: one["amount_cents"] for one in entries if one["kind"] == "transfer"}
        total += sum(sent[one["payout_id"]] for one in entries if one["kind"] == "payout_failed")
        won = [one for one in entries if one["kind"] == "dispute_closed" and one["status"] == "won"]
        assert self.account.balance_minor("usd") == total + sum(one["amount_cents"] for one in won)

    @invariant()
    def no_invoice_gives_back_more_than_it_got(self) -> None:
        left_minor: Counter[str] = Counter()
        for one in self.account.journal.entries():
            back = one["kind"] in ("credit_note", "dispute_opened")
            here = one["kind"] == "money_in" or (one["kind"], one.get("status")) == ("dispute_closed", "won")
            left_minor[one.get("invoice_id", "")] += (here - back) * one.get("amount_cents", 0)
        assert all(minor >= 0 for minor in left_minor.values())
        assert all(one.received_minor <= one.draft.amount_minor for one in self.invoices.all())

    @invariant()
    def no_payout_ends_twice(self) -> None:
        ended = [
            one["payout_id"]
            for one in self.account.journal.entries()
            if one["kind"] in ("payout_failed", "reversal")
        ]
        assert len(ended) == len(set(ended))


TestBooks = Books.TestCase
TestBooks.settings = settings(max_examples=40, stateful_step_count=30)
