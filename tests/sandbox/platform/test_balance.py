"""Whatever is ordered and in whatever order: the sandbox platform's journal never makes money."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.sandbox.journal import Journal
from app.sandbox.platform.books import Books
from app.sandbox.platform.checks import read_event
from app.sandbox.platform.disputes import Disputes
from app.sandbox.platform.fields import Refused
from app.sandbox.platform.undoing import Undoing
from tests.bending import changed
from tests.sandbox.platform.client import TRIGGER, credit_event, leg_event, reversal_event, void_event

SELLER_CREDIT_MINOR = 600_000
LEGS = (("acc_dev_team_44", 500_000), ("acc_design_7", 250_000))
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "open",
                "pay",
                "pay",
                "leg",
                "leg",
                "part",
                "void",
                "credit",
                "reverse",
                "fail",
                "dispute",
                "decide",
            ]
        ),
        st.integers(1, 3),  # which milestone or invoice: two are paid at the start, the third is in parts
        st.integers(1, 2),  # which revision, or which of the legs
    ),
    min_size=10,
    max_size=40,
)


class World:
    """The books of a few milestones; each step is put to them as it would be ordered, right or wrong."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.books = Books(self.journal, "http://127.0.0.1", lambda *_: None)
        self.undoing = Undoing(self.books, SELLER_CREDIT_MINOR)
        self.disputes = Disputes(self.books)

    def step(self, what: str, which: int, part: int) -> None:
        """Raises Refused, mostly."""
        if what == "open":
            self._order(TRIGGER, which, part)
            return
        invoice = self.books.invoice(f"inv_{which:06d}")
        account, amount_minor = LEGS[part - 1]
        if what == "pay":
            self.books.receive(invoice.id, None if part == 1 else 300_000)
            return
        if what == "dispute":
            self.disputes.open(invoice.id, None if part == 1 else 100_000)
            return
        if what == "decide":
            self.disputes.close(invoice.id, "won" if part == 1 else "lost")
            return
        payout = invoice.payouts.get((account, 1))
        if what == "fail" and payout:
            self.books.finish(payout.id, "failed", "returned")
            return
        document = {
            "leg": leg_event(account, amount_minor),
            "part": changed(leg_event(account, 90_000), "context.payout.part", 2 + len(invoice.payouts)),
            "fail": TRIGGER,
            "void": void_event(invoice.id),
            "credit": credit_event(invoice.id),
            "reverse": reversal_event(payout.id if payout else "po_none", account, amount_minor),
        }[what]
        self._order(document, invoice.event.milestone_index, invoice.event.revision)

    def _order(self, document: dict[str, Any], milestone: int, revision: int) -> None:
        document = changed(changed(document, "data.milestone_index", milestone), "context.revision", revision)
        if milestone == 3:
            document = changed(document, "context.partial", "pro_rata")
        event = read_event(json.dumps(document).encode())
        if event.asks_for == "open_invoice":
            self.books.open_invoice(event)
        elif event.asks_for == "payout":
            self.books.transfer(event)
        else:
            self.undoing.act(event)


def judge(entries: list[dict[str, Any]]) -> None:
    """The invariants, from the journal alone."""
    of = {kind: [entry for entry in entries if entry["kind"] == kind] for kind in KINDS}
    back = Counter(entry["payout_id"] for entry in [*of["payout_failed"], *of["reversal"]])
    assert set(back.values()) <= {1}, "what came back came back once"
    out = sum(entry["amount_cents"] for entry in of["transfer"] if not back[entry["payout_id"]])
    came_in, credited, asked_back = (
        sum(entry["amount_cents"] for entry in of[kind])
        for kind in ("money_in", "credit_note", "dispute_opened")
    )
    won = sum(entry["amount_cents"] for entry in of["dispute_closed"] if entry["status"] == "won")
    # What a bank takes it takes, wherever the money is by then: all else never makes any.
    assert came_in - out - credited >= -SELLER_CREDIT_MINOR
    assert credited + asked_back - won <= came_in
    notes = Counter(entry["invoice_id"] for entry in of["credit_note"])
    assert set(notes.values()) <= {1}, "a payment is given back once"
    voided = {entry["invoice_id"] for entry in of["invoice_voided"]}
    assert not voided & {entry["invoice_id"] for entry in of["money_in"]}, "what was paid is not void"
    live = Counter(
        entry["milestone_index"] for entry in of["invoice_opened"] if entry["invoice_id"] not in voided
    )
    assert set(live.values()) <= {1}, "a milestone has one live invoice"
    paid_out: Counter[tuple[str, str]] = Counter()
    for entry in of["transfer"]:
        paid_out[entry["invoice_id"], entry["account"]] += entry["amount_cents"]
    legs = dict(LEGS)
    assert all(amount <= legs[account] for (_, account), amount in paid_out.items()), "a payee is paid once"


KINDS = (
    "invoice_opened",
    "money_in",
    "transfer",
    "payout_failed",
    "invoice_voided",
    "reversal",
    "credit_note",
    "dispute_opened",
    "dispute_closed",
)


@settings(max_examples=200)
@given(steps=STEPS)
def test_the_journal_never_makes_money_and_never_bills_twice(steps: list[tuple[str, int, int]]) -> None:
    world = World()
    for milestone in (1, 2):
        world.step("open", milestone, 1)
        world.step("pay", milestone, 1)
        for part in range(milestone):
            world.step("leg", milestone, part + 1)
    for step in steps:
        with contextlib.suppress(Refused):
            world.step(*step)
        judge(world.journal.entries())
