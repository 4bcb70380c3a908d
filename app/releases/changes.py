"""One change of a release and everything that follows from it in the same transaction.

A change moves the state, writes the audit row, posts to the ledger where money is concerned, stores the event
that tells the gateway, and marks the comments. All of it commits together or not at all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.db import now
from app.errors import GatewayError
from app.gateways.base import Gateway, Leg, Order
from app.milestones.contract import Contract
from app.notices.comments import mark_release
from app.notices.outbound import tell
from app.releases.states import State, move, state_of
from app.releases.tables import releases

TRIGGER = "triggered_for_disbursement"
"""The status that opens the invoice; sent once per release and revision."""


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


def change(
    connection: sa.Connection,
    gateways: Mapping[str, Gateway],
    row: sa.RowMapping,
    to: State,
    reason: str,
    **values: Any,
) -> None:
    """Move a locked release to `to` (or tell a new reason for its state) with all that follows."""
    audit_id = move(connection, row["id"], state_of(row), to, reason, **values)
    if audit_id is None:
        raise RuntimeError(f"{row['id']} changed under its lock")
    mark_release(connection, row["id"], json.loads(row["evidence"]))
    contract = contract_of(row)
    if to not in (row["state"], "triggered"):
        key = f"{row['id']}/r{row['revision']}/told/{audit_id}"
        gateway = gateway_of(gateways, contract)
        tell(connection, gateway, contract.gateway, row["id"], order(row, contract, key, to))


def gateway_of(gateways: Mapping[str, Gateway], contract: Contract) -> Gateway:
    """The contract's gateway. Raises GatewayError when it is not connected: nothing is skipped in silence."""
    gateway = gateways.get(contract.gateway)
    if gateway is None:
        raise GatewayError(
            f"the gateway {contract.gateway} is not connected",
            mend="Add it to the contract file with its secret, then restart closeout serve",
            permanent=False,
        )
    return gateway


def order(row: sa.RowMapping, contract: Contract, key: str, status: str, leg: Leg | None = None) -> Order:
    """What goes out to the gateway about a release, in the words of its snapshot."""
    milestone = contract.milestone(row["milestone_index"])
    legs = contract.legs_minor(milestone.index)
    context = {
        "revision": row["revision"],
        "milestone_label": milestone.label,
        "net_days": contract.net_days,
        "client": {"name": contract.client.name, "email": contract.client.email},
        "legs": [{"account_token": account, "amount_cents": amount} for account, amount in legs.items()],
        "issues": [issue["url"] for issue in json.loads(row["evidence"]).get("issues", ())],
    }
    return Order(
        key=key,
        event_id=event_id(key),
        created_at=now()[:19] + "Z",
        status=status,
        contract_id=contract.id,
        milestone_index=milestone.index,
        milestone_title=milestone.title,
        amount_minor=milestone.amount_minor,
        currency=contract.currency,
        account=contract.payees[0].account,
        auto_clear=contract.auto_clear,
        revision=row["revision"],
        leg=leg,
        context=context,
    )


def event_id(key: str) -> str:
    """The id of an outgoing event, derived from its idempotency key, so that both name it for ever."""
    return f"evt_{hashlib.sha256(key.encode()).hexdigest()[:24]}"
