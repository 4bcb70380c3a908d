"""What must hold at any moment, whatever people did: the platform's own journal says what really happened."""

from __future__ import annotations

from collections import Counter

from app.db import Database
from app.ledger.journal import verify
from app.sandbox.platform.journal import Journal


def check(db: Database, journal: Journal) -> None:
    """One live invoice for each milestone, one transfer for each payee, and books that tell the same."""
    voided = {one["invoice_id"] for one in journal.entries("invoice_voided")}
    opened = journal.entries("invoice_opened")
    live = Counter(one["milestone_index"] for one in opened if one["invoice_id"] not in voided)
    assert all(count == 1 for count in live.values()), f"two live invoices: {opened}"
    revisions = Counter((one["milestone_index"], one["revision"]) for one in opened)
    assert all(count == 1 for count in revisions.values())
    paid_out = Counter((one["invoice_id"], one["account"]) for one in journal.entries("transfer"))
    assert all(count == 1 for count in paid_out.values()), "paid twice"
    books = verify(db)
    assert books.problems == ()
    assert books.balances.get(("cash:platform", "usd"), 0) == _money_minor(journal)


def _money_minor(journal: Journal) -> int:
    """What the platform says is left of the money that came in."""
    signs = {"money_in": 1, "transfer": -1, "reversal": 1, "credit_note": -1}
    amounts = {one["payout_id"]: int(one["amount_cents"]) for one in journal.entries("transfer")}
    came_back = sum(amounts[one["payout_id"]] for one in journal.entries("payout_failed"))
    return came_back + sum(
        sign * int(entry["amount_cents"]) for kind, sign in signs.items() for entry in journal.entries(kind)
    )


def bills_of(journal: Journal, index: int) -> list[str]:
    """The invoices that were opened for a milestone, by their ids, the newest last."""
    opened = journal.entries("invoice_opened")
    return [one["invoice_id"] for one in opened if one["milestone_index"] == index]


def transfers_of(journal: Journal, index: int) -> int:
    """How many transfers went out for a milestone."""
    bills = bills_of(journal, index)
    return sum(one["invoice_id"] in bills for one in journal.entries("transfer"))
