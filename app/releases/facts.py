"""What is written down about a release beside its row: its invoice, its legs, and the names of its orders."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.gateways.base import Leg
from app.invoices.tables import invoices
from app.milestones.contract import Contract
from app.milestones.rules import Rules
from app.payouts.tables import payouts
from app.releases.tables import intents, releases

LEG_STATUSES = (
    "awaiting_approval",
    "owed",
    "unknown",
    "held",
    "sent",
    "paid",
    "settled",
    "failed",
    "cancelled",
    "reversed",
)
UNSETTLED = ("owed", "unknown")
"""Legs that a run of the workflow has to call for."""
ARRIVED = ("paid", "settled")
"""Legs that the payee has: from the gateway, or by hand."""
TOUCHED = ("unknown", "held", "sent", *ARRIVED, "failed")
"""Legs of which money may be, or was, on its way."""
UNCERTAIN = ("unknown", "held")
"""Legs of which only the gateway can say what became of them."""


def lock_release(connection: sa.Connection, release_id: str) -> sa.RowMapping:
    """Read a release and keep it to this transaction until the commit."""
    return (
        connection.execute(sa.select(releases).where(releases.c.id == release_id).with_for_update())
        .mappings()
        .one()
    )


def contract_of(row: sa.RowMapping) -> Contract:
    """The contract as it stood when the release was decided."""
    return Contract.from_snapshot(json.loads(row["snapshot"]))


def rules_of(row: sa.RowMapping) -> Rules:
    """The rules of a released milestone, as they stood when it was decided."""
    return contract_of(row).milestone(row["milestone_index"]).rules


def invoice_key(row: sa.RowMapping | Mapping[str, Any]) -> str:
    """The idempotency key of a release's invoice: contract, milestone, revision, operation."""
    return f"{row['id']}/r{row['revision']}/open_invoice"


def void_key(row: sa.RowMapping) -> str:
    """The key of the order that voids it."""
    return f"{row['id']}/r{row['revision']}/void_invoice"


def credit_key(row: sa.RowMapping) -> str:
    """The key of the order that gives the client its payment back."""
    return f"{row['id']}/r{row['revision']}/credit_note"


def leg_key(row: sa.RowMapping, leg: sa.RowMapping | Leg) -> str:
    """The idempotency key of one payee's leg: contract, milestone, operation, payee. One for ever."""
    return leg_name(row["id"], "pay_out", leg)


def reversal_key(row: sa.RowMapping, leg: sa.RowMapping | Leg) -> str:
    """The key of the order that brings that leg back."""
    return leg_name(row["id"], "reverse_payout", leg)


def leg_name(release_id: str, what: str, leg: sa.RowMapping | Leg) -> str:
    """What something that happens to a leg is called; each part of a payee's share has a name of its own."""
    account, part = (leg.account, leg.part) if isinstance(leg, Leg) else (leg["account"], leg["part"])
    return f"{release_id}/{what}/{account}" if part == 1 else f"{release_id}/{what}.{part}/{account}"


def came_in(invoice: sa.RowMapping) -> int:
    """All that ever came in for an invoice; payments were not counted before there were partial ones."""
    whole = invoice["amount_minor"] if invoice["paid_at"] else 0
    return int(invoice["received_minor"] or whole)


def is_untouched(connection: sa.Connection, row: sa.RowMapping, invoice: sa.RowMapping) -> bool:
    """Whether nobody has paid anything of the invoice, nor been paid for it: it can still be voided."""
    is_unpaid = invoice["status"] in ("draft", "open") and not came_in(invoice)
    return is_unpaid and not legs_of(connection, row["id"], TOUCHED)


def current_invoice(connection: sa.Connection, row: sa.RowMapping) -> sa.RowMapping | None:
    """The invoice of the release's present revision, if its gateway has issued it."""
    return (
        connection.execute(
            sa.select(invoices).where(
                invoices.c.release_id == row["id"], invoices.c.revision == row["revision"]
            )
        )
        .mappings()
        .first()
    )


def legs_of(
    connection: sa.Connection, release_id: str, statuses: tuple[str, ...] = LEG_STATUSES
) -> list[sa.RowMapping]:
    """The release's legs with one of `statuses`, in the contract's order of payees."""
    return list(
        connection.execute(
            sa.select(payouts)
            .where(payouts.c.release_id == release_id, payouts.c.status.in_(statuses))
            .order_by(payouts.c.id)
        ).mappings()
    )


def intent_status(connection: sa.Connection, key: str) -> str | None:
    """How far an order has come; None when there is no such order, "pending" while it was never sent."""
    return connection.scalar(sa.select(intents.c.status).where(intents.c.key == key))
