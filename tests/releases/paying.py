"""Plays about payments: contracts that pay in parts or in advance, and a client who pays as it likes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.db import Database
from app.ledger.journal import verify
from app.payouts.tables import payouts
from tests.releases.play import Play, play
from tests.releases.scene import PAYEES


@contextmanager
def paying(
    folder: Path,
    rules: dict[str, Any] | None = None,
    milestones: list[dict[str, Any]] | None = None,
    database_url: str = "",
    **how: Any,
) -> Iterator[Play]:
    """A play under a contract whose `payout` says `how`; it is checked at its end."""
    more: dict[str, Any] = {"payout": {"auto_clear": True, "to": PAYEES, **how}}
    more |= {"milestones": milestones} if milestones else {}
    with play(folder, "github", rules, database_url, settle_after_s=None, **more) as stage:
        yield stage
        stage.check()


def billed(stage: Play) -> str:
    """Milestone 1 is closed and billed; the id of its invoice, over 600.00 usd."""
    stage.closed()
    stage.settle()
    return stage.platform.books.invoices()[-1].id


def pay(stage: Play, amount_minor: int | None = None, *, out_of_band: bool = False) -> None:
    """The client pays so much of the newest invoice; the callback arrives."""
    invoice = stage.platform.books.invoices()[-1]
    stage.platform.books.receive(invoice.id, amount_minor, out_of_band=out_of_band)
    stage.settle()


def dispute(stage: Play, amount_minor: int | None = None) -> None:
    """The client's bank asks it back."""
    stage.platform.disputes.open(stage.platform.books.invoices()[-1].id, amount_minor)
    stage.settle()


def decide(stage: Play, status: str) -> None:
    """The bank decides: "won" by the seller, or "lost"."""
    stage.platform.disputes.close(stage.platform.books.invoices()[-1].id, status)
    stage.settle()


def arrive(stage: Play) -> None:
    """Every transfer that is on its way arrives."""
    for bill in stage.platform.books.invoices():
        for one in bill.live_payouts:
            if one.status == "pending":
                stage.platform.books.finish(one.id, "paid")
    stage.settle()


def paid_out(stage: Play) -> list[tuple[str, int]]:
    """(account, amount) of every transfer that the platform made, in their order."""
    return [(one["account"], one["amount_cents"]) for one in stage.journal("transfer")]


def legs(stage: Play) -> list[tuple[str, int, int, str]]:
    """(account, part, amount, status) of every share in the books."""
    with stage.db.reading() as connection:
        rows = connection.execute(sa.select(payouts).order_by(payouts.c.id)).mappings()
        return [(one["account"], one["part"], one["amount_minor"], one["status"]) for one in rows]


def balance(db: Database, account: str) -> int:
    """An account of the ledger, in cents of a dollar."""
    return verify(db).balances.get((account, "usd"), 0)
