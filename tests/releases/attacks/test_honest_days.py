"""What honest teams do every day, at the three forges."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.events import InvoiceFacts, Person
from app.gateways.base import Done
from app.releases.money.answers import apply_answer
from tests.releases.play import play
from tests.releases.scene import FORGE_KINDS

ASKED = {"acceptance": {"by": ["anna"], "within": "2 days", "on_silence": "hold"}, "approvers": ["lena"]}
BY_HAND = {
    "auto_clear": False,
    "to": [{"account": "acc_one", "share": "60%"}, {"account": "acc_two", "share": "40%"}],
}


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_a_long_day(tmp_path: Path, kind: str) -> None:
    with play(tmp_path, kind, ASKED, payout=BY_HAND) as stage:
        dana, anna, lena = stage.person("dana"), stage.person("anna", "read"), stage.person("lena")
        one, two = stage.issue(), stage.issue()

        def say(who: Person, word: str, number: int = one) -> None:
            stage.tick()
            stage.forge.comment(number, who, f"/closeout {word}")
            stage.settle()

        say(dana, "hold not agreed yet")
        say(dana, "resume")
        for number in (one, two):
            stage.tick()
            stage.forge.close(number, dana)
            stage.settle()
        assert stage.state() == "awaiting_acceptance", stage.story()
        say(anna, "dispute it does not work")
        assert stage.state() == "disputed"
        say(anna, "accept", two)
        assert stage.state() == "invoiced", stage.story()
        say(dana, "hold wrong sum")
        assert stage.state() == "held"
        say(dana, "hold wrong sum")
        say(dana, "resume")
        assert stage.state() == "invoiced", (stage.told[-3:], stage.story())
        stage.tick()
        stage.forge.reopen(two, dana)
        stage.settle()
        assert stage.state() == "voided", stage.story()
        stage.tick()
        stage.forge.close(two, dana)
        stage.settle()
        assert stage.state() == "awaiting_acceptance", stage.story()
        say(anna, "dispute")
        say(anna, "dispute")
        say(anna, "accept")
        assert stage.state() == "invoiced", (stage.told[-3:], stage.story())
        say(dana, "hold")
        stage.pay()
        say(dana, "resume")
        assert stage.state() == "paid", (stage.told[-3:], stage.story())
        stage.order("approve")
        assert stage.state() == "disbursed", stage.story()
        stage.platform.undoing.seller_credit_minor = 100_000
        stage.order("dispute", "given back")
        stage.order("refund", keep_payouts=True)
        assert stage.state() == "refunded", stage.story()
        stage.check()
        assert lena


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_an_approval_right_after_a_resume_counts(tmp_path: Path, kind: str) -> None:
    rules = {"approvers": ["lena"], "approve_above": "100.00"}
    with play(tmp_path, kind, rules) as stage:
        dana, lena = stage.person("dana"), stage.person("lena")
        number = stage.closed()
        stage.settle()
        assert stage.state() == "held"
        stage.tick()
        stage.forge.comment(number, dana, "/closeout hold")
        stage.settle()
        stage.tick()
        stage.forge.comment(number, lena, "/closeout resume")
        stage.settle()
        stage.tick()
        stage.forge.comment(number, lena, "/closeout approve")
        stage.settle()
        assert stage.state() == "invoiced", (stage.told[-4:], stage.story())


def test_uncollectible_while_held_and_paid_late(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        stage.closed()
        stage.settle()
        stage.order("hold", "look")
        one = stage.platform.books.invoices()[0]
        for status in ("uncollectible", "paid"):
            facts = InvoiceFacts(one.id, one.number, "https://pay.example/1", status, 60_000, "usd")
            if status == "paid":
                stage.platform.books.receive(one.id)
            with stage.db.transaction() as connection:
                apply_answer(connection, "con_play/1/r1/open_invoice", Done(invoice=facts))
        assert stage.state() == "held"
        stage.order("resume")
        assert stage.state() == "disbursed", stage.story()
        stage.check()
