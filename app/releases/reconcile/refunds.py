"""Taking a refund into books that do not know of it: the client has its money back already."""

from __future__ import annotations

import json
from dataclasses import asdict

import sqlalchemy as sa

from app.db import now
from app.gateways.base import Booked
from app.releases.changes import change
from app.releases.facts import legs_of, lock_release
from app.releases.holds import GATEWAY, active, clear
from app.releases.money.refunding import cancel_legs, record_credit
from app.releases.money.shares import cancel_posting


def adopt_refund(connection: sa.Connection, release_id: str, booked: Booked) -> None:
    """`paid` or beyond → `refunded`, with the credit note that the gateway holds; each share was taken in.

    Raises CloseoutError while the end of a share is not known.
    """
    row = lock_release(connection, release_id)
    told = f"invoice {booked.invoice.number} was given back to the client before the backup was restored"
    keep_payouts = any(payout.status in ("pending", "paid") for payout in booked.done.payouts)
    cancel_legs(connection, row, keep_payouts=keep_payouts)
    for leg in legs_of(connection, release_id, ("reversed",)):
        cancel_posting(connection, row, leg)
    clear(connection, release_id, {one["source"] for one in active(connection, release_id)}, GATEWAY)
    if row["state"] not in ("held", "disputed", "paid"):
        change(connection, row, "held", told)
    ordered = {"who": asdict(GATEWAY), "at": now(), "keep_payouts": keep_payouts}
    row, refund = lock_release(connection, release_id), json.dumps(ordered)
    change(connection, row, "refunding", told, refund=refund, recalled=None, due_at=None)
    record_credit(connection, release_id, booked.done)
