"""Which part of the way a run of the workflow has to carry a release, judged by what is written down."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import later, now
from app.releases.facts import (
    UNCERTAIN,
    UNSETTLED,
    current_invoice,
    intent_status,
    invoice_key,
    is_untouched,
    legs_of,
    lock_release,
    rules_of,
)
from app.releases.frozen import is_frozen
from app.releases.holds import active
from app.releases.money.retries import ASK_AGAIN_S, FROZEN_S, watched_at
from app.releases.tables import intents, releases

IN_HAND_S = 5
LONGEST_CALL_S = 120
"""Well above the total deadline of a call, 30 s."""

LEASE_S = 900
"""Longer than a run can take: some calls of at most half a minute each."""


ONLY_ASKS = ("ask", "settle", "in hand", "stopped")
"""The parts that order nothing of anybody: a freeze lets them be. The client is not asked meanwhile either,
since the gateway may know of the invoice for which acceptance would be asked."""


ORDERS = ("bill", "void", "disburse", "refund")
"""The parts that order something of a gateway."""


AT_REST = ("paid", "disbursed", "partially_disbursed", "voided", "refunded")
"""States in which nobody waits for an answer of the gateway, as long as nothing is uncertain."""


def begin(connection: sa.Connection, release_id: str, run: int) -> str:
    """Take the lease for this run, unless it was taken before; say which part there is to do.

    A part that asks puts the next look off instead; one that has nothing to do ends its turn here.
    """
    row = lock_release(connection, release_id)
    if row["run"] != run or row["due_at"] is None:
        return "superseded"
    stage = stage_of(connection, row)
    if stage not in ONLY_ASKS and is_frozen(connection):
        stage = "frozen"
    due_at: str | None = later(LEASE_S)
    if stage == "ask":
        stage, due_at = _asking(connection, row)
    elif stage == "in hand":
        due_at = later(IN_HAND_S)
    elif stage == "frozen":
        due_at = later(FROZEN_S)
    elif stage == "stopped":
        due_at = None
    connection.execute(
        sa.update(releases).where(releases.c.id == release_id).values(run=run + 1, due_at=due_at)
    )
    return stage


def _asking(connection: sa.Connection, row: sa.RowMapping) -> tuple[str, str | None]:
    """Whether an answer is waited for, "ask", or it would only be news, "watch"; and when to ask again."""
    is_uncertain = bool(legs_of(connection, row["id"], UNCERTAIN))
    invoice = current_invoice(connection, row)
    is_open = invoice is not None and invoice["status"] == "open"
    is_disputed = invoice is not None and invoice["disputed_minor"] > 0
    if row["state"] in ("invoiced", "disbursing") or is_uncertain or is_open or is_disputed:
        return "ask", later(ASK_AGAIN_S)
    return ("watch" if row["state"] in AT_REST else "ask"), watched_at(invoice)


def wake_the_frozen(connection: sa.Connection) -> None:
    """Have every release that only waited for the end of a freeze looked at now."""
    waiting = sa.select(releases).where(releases.c.due_at.is_not(None), releases.c.snapshot.is_not(None))
    for row in connection.execute(waiting).mappings().all():
        if stage_of(connection, row) in ORDERS:
            connection.execute(sa.update(releases).where(releases.c.id == row["id"]).values(due_at=now()))


def stage_of(connection: sa.Connection, row: sa.RowMapping) -> str:
    """The part that is next. What undoes goes on while the release is held, what moves money forward not."""
    if row["snapshot"] is None:
        return "stopped"
    invoice = current_invoice(connection, row)
    if row["refund"] is not None and invoice is not None and invoice["status"] in ("paid", "open"):
        return "refund"
    if row["recalled"] is not None and (invoice is None or is_untouched(connection, row, invoice)):
        if invoice is not None:
            return "void"
        return "in hand" if is_in_hand(connection, invoice_key(row)) else "settle"
    if active(connection, row["id"]):
        return "ask" if invoice is not None and invoice["disputed_minor"] else "stopped"
    if invoice is None:
        return _before_the_invoice(connection, row)
    if invoice["status"] in ("paid", "open") and legs_of(connection, row["id"], UNSETTLED):
        return "disburse"
    return "ask"


def is_in_hand(connection: sa.Connection, key: str) -> bool:
    """Whether another run may be making this call now: that the gateway never saw it would prove nothing."""
    status = intent_status(connection, key)
    began = connection.scalar(sa.select(intents.c.updated_at).where(intents.c.key == key))
    return status == "calling" and began is not None and began > later(-LONGEST_CALL_S)


def _before_the_invoice(connection: sa.Connection, row: sa.RowMapping) -> str:
    rules = rules_of(row)
    if intent_status(connection, invoice_key(row)) is not None:
        return "bill"
    if row["state"] == "ready" and rules.grace_s > 0:
        return "grace"
    if rules.acceptance is None or row["accepted"] is not None:
        return "bill"
    if row["accept_by"] is None:
        return "ask_client"
    return "silence" if row["state"] == "awaiting_acceptance" else "stopped"
