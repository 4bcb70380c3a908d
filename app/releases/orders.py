"""What an operator may order for a release from the command line, beside what events bring about."""

from __future__ import annotations

import json

import sqlalchemy as sa

from app.db import Database, now
from app.errors import CloseoutError
from app.notices.comments import mark_release
from app.payouts.tables import payouts
from app.releases.record import release_id
from app.releases.states import move, state_of
from app.releases.tables import releases

RETRIED = (
    "triggered",
    "invoiced",
    "paid",
    "disbursing",
    "partially_disbursed",
    "voided",
    "unknown",
    "failed",
    "held",
)


def approve(db: Database, contract_id: str, index: int, who: str) -> str:
    """Let the payees' shares of a paid milestone go. Doing it twice changes nothing. Raises CloseoutError."""
    with db.transaction() as connection:
        row = _locked(connection, contract_id, index)
        waiting = (payouts.c.release_id == row["id"]) & (payouts.c.status == "awaiting_approval")
        freed = connection.execute(sa.update(payouts).where(waiting).values(status="owed", updated_at=now()))
        if freed.rowcount == 0:
            raise CloseoutError(
                f"no payout of {row['id']} waits for an approval: it is {row['state']}",
                mend="See: closeout releases",
            )
        reason = f"payouts approved by {who}"
        move(connection, row["id"], state_of(row), state_of(row), reason, approved_by=who, due_at=now())
        mark_release(connection, row["id"], json.loads(row["evidence"]))
    return f"{row['id']}: {reason}"


def retry(db: Database, contract_id: str, index: int, who: str) -> str:
    """Look at a release again at once, after whatever stopped it was mended. Raises CloseoutError.

    This asks and repeats orders under their own keys, so it can not pay twice. It decides nothing: a
    milestone that is held *before* its release is decided again when something changes at the forge.
    """
    with db.transaction() as connection:
        row = _locked(connection, contract_id, index)
        if row["snapshot"] is None or row["state"] not in RETRIED:
            raise CloseoutError(
                f"{row['id']} is {row['state']}: there is nothing to try again", mend=row["reason"]
            )
        refused = (payouts.c.release_id == row["id"]) & payouts.c.status.in_(("failed", "held"))
        connection.execute(sa.update(payouts).where(refused).values(status="owed", updated_at=now()))
        move(
            connection,
            row["id"],
            state_of(row),
            state_of(row),
            f"{who} asked for another try",
            due_at=now(),
            failures=0,
        )
        mark_release(connection, row["id"], json.loads(row["evidence"]))
    return f"{row['id']}: tried again as soon as closeout serve takes it up"


def _locked(connection: sa.Connection, contract_id: str, index: int) -> sa.RowMapping:
    wanted = sa.select(releases).where(releases.c.id == release_id(contract_id, index)).with_for_update()
    row = connection.execute(wanted).mappings().first()
    if row is None:
        raise CloseoutError(
            f"nothing has happened yet to milestone {index} of {contract_id}",
            mend="See the contracts with closeout check, and what happened with closeout releases",
        )
    return row
