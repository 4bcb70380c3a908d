"""What follows for a release from how its issues stand now; the same again changes nothing."""

from __future__ import annotations

import sqlalchemy as sa

from app.releases.decision.standing import Standing
from app.releases.facts import current_invoice, lock_release
from app.releases.holds import freeze, lift
from app.releases.money.recall import recall
from app.releases.states import OVER
from app.releases.who import Who


def uphold(connection: sa.Connection, release_id: str, found: Standing) -> str:
    """Recall, hold or let go on. Answers what became of the release, in a sentence."""
    if found.kind in ("reopened", "left"):
        return recall(connection, release_id, found.who, found.reason, may=found.may)
    row = lock_release(connection, release_id)
    if row["snapshot"] is None or row["state"] in OVER:
        return _as_it_is(row)
    if found.kind == "stands":
        _lift(connection, row, found)
    elif found.kind == "label":
        freeze(connection, row, "label", found.who, found.reason)
    elif current_invoice(connection, row) is None:
        return recall(connection, release_id, found.who, found.reason, may=False)
    elif row["state"] != "disbursed":
        go_on = f"closeout releases resume {row['contract_id']} {row['milestone_index']}"
        freeze(connection, row, "changed", found.who, f"{found.reason}; to go on all the same: {go_on}")
    return _as_it_is(lock_release(connection, release_id))


def _lift(connection: sa.Connection, row: sa.RowMapping, found: Standing) -> None:
    invoice = current_invoice(connection, row)
    sources: set[str] = set()
    if found.is_sound:
        sources |= {"changed", "label"}
        if invoice is None or invoice["status"] == "open":
            sources |= {"reopened"}  # what is paid and was reopened waits for the operator
    lift(connection, row, sources, Who("the issues", "rule"), "its issues are as they were billed")


def _as_it_is(row: sa.RowMapping) -> str:
    return f"{row['id']} was released before and is {row['state']}: nothing is billed again"
