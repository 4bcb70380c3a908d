"""Credit that Stripe sets off against the client's next invoice: in the books it is no money that came in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.releases.queries import list_releases
from app.releases.told.payment_words import payments
from tests.releases.oracle import bills_of
from tests.releases.paying import balance
from tests.releases.play import Play, play
from tests.releases.scene import OTHER
from tests.releases.vendor_tills import StripeTill

EXCESS = 15_000


@contextmanager
def credit_used(folder: Path) -> Iterator[Play]:
    """Milestone 1 (600.00 usd) is over-paid by 150.00, which pays a part of milestone 2 (400.00)."""
    till = StripeTill()
    payout = {"auto_clear": True, "to": till.payees}
    with play(folder, "github", till=till, payout=payout) as stage:
        till.fund()
        stage.closed()
        stage.settle()
        till.pay(bills_of(till.journal, 1)[-1], 60_000 + EXCESS)
        stage.settle()
        assert owed(stage) == (0, -EXCESS)
        stage.closed(label=OTHER)
        stage.settle()
        stage.pass_time(2)
        yield stage
        assert balance(stage.db, "cash:outside") == 0
        stage.check()


def owed(stage: Play) -> tuple[int, int]:
    """What the client owes, and what is its own (negative)."""
    return balance(stage.db, "receivable:con_play"), balance(stage.db, "client_credit:con_play")


def test_credit_that_pays_the_next_invoice_is_the_clients_no_longer(tmp_path: Path) -> None:
    with credit_used(tmp_path) as stage:
        assert owed(stage) == (40_000 - EXCESS, 0)
        [_, second] = list_releases(stage.db)
        told = "150.00 usd of it was paid with credit that the client had"
        assert payments(second["invoice"])[-1:] == [told]


def test_an_invoice_that_is_voided_gives_back_the_credit_that_it_used(tmp_path: Path) -> None:
    with credit_used(tmp_path) as stage:
        stage.till.void(bills_of(stage.till.journal, 2)[-1])
        stage.settle()
        assert owed(stage) == (0, -EXCESS)


def test_a_credit_note_gives_credit_back_as_credit(tmp_path: Path) -> None:
    with credit_used(tmp_path) as stage:
        stage.till.pay(bills_of(stage.till.journal, 2)[-1])
        stage.settle()
        stage.order("dispute", "bad work", index=2)
        stage.order("refund", index=2, keep_payouts=False)
        stage.settle()
        assert owed(stage) == (0, -EXCESS)
        assert stage.state(2) == "refunded"
