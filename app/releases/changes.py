"""One change of a release and everything that follows from it in the same transaction.

A change moves the state, writes the audit row, posts to the ledger where money is concerned, stores the event
that tells the gateway, and marks the comments. All of it commits together or not at all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from app.db import now
from app.gateways.base import Leg, Operation, Order
from app.milestones.contract import Contract
from app.notices.comments import mark_release
from app.notices.outbound import tell
from app.releases.decision.evidence import billed_in
from app.releases.facts import contract_of
from app.releases.states import State, move, state_of

STATUSES: dict[Operation, str] = {
    "open_invoice": "triggered_for_disbursement",
    "pay_out": "disbursing",
    "void_invoice": "voiding",
    "reverse_payout": "refunding",
    "credit_note": "refunding",
}
"""The word under which each order goes out."""

TOLD_OF_ISSUES = ("url", "closed_at", "closed_by", "closed_via", "labelled_by")
"""What the gateway gets of each issue as evidence; the rest of it is no business of a platform."""


def change(
    connection: sa.Connection,
    row: sa.RowMapping,
    to: State,
    reason: str,
    *,
    is_silent: bool = False,
    **values: Any,
) -> None:
    """Move a locked release to `to` (or tell a new reason for its state) with all that follows.

    `is_silent`: nobody outside is told. Before there is a snapshot the gateway knows nothing of it anyway.
    """
    audit_id = move(connection, row["id"], state_of(row), to, reason, **values)
    if audit_id is None:
        raise RuntimeError(f"{row['id']} changed under its lock")
    if is_silent:
        return
    mark_release(connection, row["id"], json.loads(row["evidence"]))
    if row["snapshot"] is not None and to not in (row["state"], "triggered"):
        contract = contract_of(row)
        # An audit row's number comes again after an old backup was restored; its moment does not.
        key = f"{row['id']}/r{row['revision']}/told/{now()}/{audit_id}"
        told = order(row, contract, key, "tell", to)
        tell(connection, contract.gateway, row["id"], told)


def order(
    row: sa.RowMapping | Mapping[str, Any],
    contract: Contract,
    key: str,
    operation: Operation,
    status: str = "",
    *,
    leg: Leg | None = None,
    invoice_id: str = "",
    payout_id: str = "",
) -> Order:
    """What goes out to the gateway about a release, in the words of its snapshot."""
    milestone = contract.milestone(row["milestone_index"])
    legs = contract.legs_minor(milestone.index)
    evidence = billed_in(json.loads(row["evidence"]))
    context: dict[str, object] = {
        "revision": row["revision"],
        "milestone_label": milestone.trigger,
        "net_days": contract.net_days_of(milestone.index),
        "client": {"name": contract.client.name, "email": contract.client.email},
        "legs": [{"account_token": account, "amount_cents": amount} for account, amount in legs.items()],
        "issues": [issue["url"] for issue in evidence],
    }
    context |= {name: how for name, how in _unusual(contract).items() if how}
    if operation == "open_invoice":
        context["contract_title"] = contract.title
        context |= {"seller": asdict(contract.seller), "client": asdict(contract.client)}
        context["evidence"] = {
            "contract_sha256": row["snapshot_hash"],
            "accepted": json.loads(row["accepted"]) if row["accepted"] else None,
            "issues": [{name: issue.get(name) for name in TOLD_OF_ISSUES} for issue in evidence],
        }
    return Order(
        key=key,
        event_id=event_id(key),
        created_at=now()[:19] + "Z",
        status=status or STATUSES[operation],
        contract_id=contract.id,
        milestone_index=milestone.index,
        milestone_title=milestone.title,
        amount_minor=milestone.amount_minor,
        currency=contract.currency,
        account=contract.payees[0].account,
        auto_clear=contract.auto_clear,
        revision=row["revision"],
        operation=operation,
        leg=leg,
        invoice_id=invoice_id,
        payout_id=payout_id,
        context=context,
    )


def _unusual(contract: Contract) -> dict[str, str]:
    """How payments are handled, where that is not the usual way."""
    return {
        "disburse": contract.disburse if contract.disburse != "on_paid" else "",
        "partial": contract.partial if contract.partial != "wait" else "",
    }


def event_id(key: str) -> str:
    """The id of an outgoing event, derived from its idempotency key, so that both name it for ever."""
    return f"evt_{hashlib.sha256(key.encode()).hexdigest()[:24]}"
