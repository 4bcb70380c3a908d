"""Typing the operator's orders for milestone 2, and contracts that ask for them."""

from __future__ import annotations

import getpass

import sqlalchemy as sa

from app.releases.tables import audit
from tests.cli.prepared import CONTRACT, Desk
from tests.milestones.example import edited

ME = f"{getpass.getuser()} (command line)"
MANUAL = edited(
    ('label: "milestone:kickoff",      title', "title"),
    ("[Contract signed by both parties]", "[Signed], rules: {when: manual}"),
)
FOUR_EYES = MANUAL.replace(
    "    milestones:  #", "    rules: {approve_above: 7000.00, approvers: [lena, marc]}\n    milestones:  #"
)
ASKING = edited(
    (
        "    milestones:  #",
        "    rules: {acceptance: {by: [carl], within: 5 business days}}\n    milestones:  #",
    )
)
SLOW = edited(("auto_clear: true", "auto_clear: false"))
EXPLAIN = f"closeout explain {CONTRACT} 2"


def order(desk: Desk, verb: str, *more: str, index: int = 2, answer: str | None = None) -> str:
    return desk.said("releases", verb, CONTRACT, str(index), *more, answer=answer)


def refusal(desk: Desk, verb: str, *more: str, index: int = 2, answer: str | None = None) -> str:
    return desk.refused("releases", verb, CONTRACT, str(index), *more, answer=answer)


def changes(desk: Desk) -> int:
    """How many changes were written down: an order that is refused adds none."""
    with desk.db.reading() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(audit)) or 0
