"""Whatever people do at the sandbox, no money is made and none is lost: its own journal adds up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.sandbox.journal import Journal
from app.sandbox.stripe.books import Books
from app.sandbox.stripe.desks import Desks
from app.sandbox.stripe.errors import Refused
from tests.sandbox.stripe import shapes

PAYEES = ("acct_a", "acct_b")
STEPS = st.tuples(st.sampled_from("ioptTrRcCdwlbse"), st.integers(0, 3), st.integers(0, 1_200))


class _Bank:
    """The desks without HTTP, so that a thousand histories are played in seconds."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.books = Books(self.journal, "http://127.0.0.1", lambda *_: None, settle_after_s=100)
        self.desks = Desks(self.books, lambda _: None)
        for account in PAYEES:
            self.desks.accounts.add(account)
        self.customer = self.desks.customers.create({}, {"email": "ap@acme.example"})["id"]

    def one(self, kind: str, which: int) -> str:
        found = self.books.shelf.every(kind)
        return str(found[which % len(found)]["id"]) if found else f"{kind}_nowhere"

    def bill(self, amount: int) -> None:
        draft = self.desks.drafts.create(
            {}, {"customer": self.customer, "collection_method": "send_invoice", "days_until_due": 1}
        )
        item = {"customer": self.customer, "invoice": draft["id"], "amount": amount, "currency": "usd"}
        self.desks.drafts.create_item({}, item)
        self.desks.billing.finalize({"id": draft["id"]}, {})

    def pay(self, which: int, amount: int, *, out_of_band: bool = False) -> None:
        invoice = self.desks.drafts.retrieve({"id": self.one("invoice", which)}, {})
        self.desks.payments.receive(invoice, amount, out_of_band=out_of_band)

    def credit(self, which: int, amount: int, way: str) -> None:
        invoice = self.desks.drafts.retrieve({"id": self.one("invoice", which)}, {})
        back = max(0, amount - invoice["amount_remaining"])
        params = {"invoice": invoice["id"], "amount": amount, **({way: back} if back else {})}
        self.desks.credit_notes.create({}, params)

    def act(self, act: str, which: int, amount: int) -> None:
        desks, payee = self.desks, PAYEES[which % 2]
        order = {"amount": amount, "currency": "usd", "destination": payee}
        moves: dict[str, Callable[[], Any]] = {
            "i": lambda: self.bill(amount),
            "o": lambda: self.pay(which, amount, out_of_band=True),
            "p": lambda: self.pay(which, amount),
            "t": lambda: desks.transfers.create({}, order),
            "T": lambda: desks.transfers.create(
                {}, {**order, "source_transaction": self.one("charge", which)}
            ),
            "r": lambda: desks.transfers.reverse({"id": self.one("transfer", which)}, {"amount": amount}),
            "R": lambda: desks.refunds.create({}, {"charge": self.one("charge", which), "amount": amount}),
            "c": lambda: self.credit(which, amount, "refund_amount"),
            "C": lambda: self.credit(which, amount, "credit_amount"),
            "d": lambda: desks.disputes.open(self.one("charge", which), amount),
            "w": lambda: desks.disputes.close(self.one("dispute", which), "won"),
            "l": lambda: desks.disputes.close(self.one("dispute", which), "lost"),
            "b": lambda: desks.balances.set_platform("usd", amount),
            "s": lambda: desks.balances.set_payee(payee, "usd", amount),
            "e": lambda: self.books.clock.pass_time(amount),
        }
        try:
            moves[act]()
        except Refused:
            return
        desks.time_passed()


def _told(bank: _Bank, kind: str, field: str = "amount_cents", **facts: object) -> int:
    return sum(
        int(one[field])
        for one in bank.journal.entries(kind)
        if all(one[name] == value for name, value in facts.items())
    )


def _check(bank: _Bank) -> None:
    balances, shelf = bank.desks.balances, bank.books.shelf
    platform = balances.platform("usd") + balances.platform("usd", pending=True)
    moved = _told(bank, "transfer") - _told(bank, "reversal")
    assert platform == (
        _told(bank, "money_in", out_of_band=False)
        - moved
        - _told(bank, "credit_note", out_of_band=False)
        - _told(bank, "dispute_opened")
        + _told(bank, "dispute_closed", status="won")
        + _told(bank, "balance_set", "change_cents")
    )
    payees = sum(balances.payee(one, "usd", pending=late) for one in PAYEES for late in (False, True))
    assert payees == moved + _told(bank, "payee_balance_set", "change_cents")
    for charge in shelf.every("charge"):
        sent = sum(one["amount"] for one in shelf.every("transfer", source_transaction=charge["id"]))
        given_back = sum(one["amount"] for one in shelf.every("refund", charge=charge["id"]))
        assert sent <= charge["amount"]
        assert given_back == charge["amount_refunded"] <= charge["amount"]
    for invoice in shelf.every("invoice"):
        assert invoice["amount_paid"] == _told(bank, "money_in", invoice_id=invoice["id"])
        credit_used = (invoice["ending_balance"] or 0) - invoice["starting_balance"]
        assert invoice["post_payment_credit_notes_amount"] <= invoice["amount_paid"] + credit_used
        assert (invoice["status"] == "paid") == (invoice["amount_remaining"] == 0)
    credit = (
        sum(one["amount_cents"] for one in bank.journal.entries("customer_credited"))
        - _told(bank, "credit_used")
        + _told(bank, "credit_returned")
    )
    assert shelf.every("customer")[0]["balance"] == -credit


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, max_size=25))
@example([("o", 0, 401), ("i", 0, 1), ("C", 0, 1)])  # an invoice that earlier credit paid is credited back
def test_no_history_makes_or_loses_money(steps: list[tuple[str, int, int]]) -> None:
    bank = _Bank()
    bank.act("i", 0, 1_000)
    bank.act("p", 0, 600)
    for act, which, amount in steps:
        bank.act(act, which, amount)
        _check(bank)
    for paper in bank.books.shelf.every("invoice") + bank.books.shelf.every("credit_note"):
        shapes.check(bank.books.shelf.view(paper))
