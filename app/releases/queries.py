"""Reading releases for people and scripts: the command line, the page, the comments."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from app.db import Database
from app.invoices.tables import invoices
from app.payouts.tables import payouts
from app.releases.facts import came_in
from app.releases.tables import releases


def list_releases(db: Database, contract: str = "") -> list[dict[str, Any]]:
    """Every milestone that an event has touched, in the order of contracts and indexes.

    Amounts are minor units of `currency`. `invoice` is None until there is one; `snapshot_hash` is None
    until the milestone is released, `config_commit` "" until then and for a plain file. `part` counts the
    payments to one payee, where it is paid in parts.
    """
    query = sa.select(releases).order_by(releases.c.contract_id, releases.c.milestone_index)
    if contract:
        query = query.where(releases.c.contract_id == contract)
    with db.reading() as connection:
        return read_releases(connection, query)


def read_releases(connection: sa.Connection, query: sa.Select[Any]) -> list[dict[str, Any]]:
    """The same for the rows of `releases` that `query` selects."""
    rows = connection.execute(query).mappings().all()
    ids = query.with_only_columns(releases.c.id).order_by(None)
    bills = {
        bill["release_id"]: bill
        for bill in connection.execute(
            sa.select(invoices).where(invoices.c.release_id.in_(ids)).order_by(invoices.c.revision)
        ).mappings()
    }
    legs: defaultdict[str, list[sa.RowMapping]] = defaultdict(list)
    for leg in connection.execute(
        sa.select(payouts).where(payouts.c.release_id.in_(ids)).order_by(payouts.c.id)
    ).mappings():
        legs[leg["release_id"]].append(leg)
    return [_release(row, bills.get(row["id"]), legs[row["id"]]) for row in rows]


def _release(row: sa.RowMapping, bill: sa.RowMapping | None, legs: list[sa.RowMapping]) -> dict[str, Any]:
    return {
        "contract": row["contract_id"],
        "contract_title": row["contract_title"],
        "milestone_index": row["milestone_index"],
        "label": row["label"],
        "title": row["title"],
        "state": row["state"],
        "reason": row["reason"],
        "amount_minor": row["amount_minor"],
        "currency": row["currency"],
        "revision": row["revision"],
        "snapshot_hash": row["snapshot_hash"],
        "config_commit": row["config_commit"],
        "evidence": json.loads(row["evidence"]),
        "accept_by": row["accept_by"],
        "accepted": json.loads(row["accepted"]) if row["accepted"] else None,
        "invoice": {
            "id": bill["gateway_id"],
            "number": bill["number"],
            "url": bill["url"],
            "status": bill["status"],
            "amount_minor": bill["amount_minor"],
            "currency": bill["currency"],
            "received_minor": came_in(bill),
            "outside_minor": bill["outside_minor"],
            "credit_minor": bill["credit_minor"],
            "disputed_minor": bill["disputed_minor"],
            "lost_minor": bill["lost_minor"],
        }
        if bill
        else None,
        "payouts": [
            {
                "account": leg["account"],
                "part": leg["part"],
                "amount_minor": leg["amount_minor"],
                "status": leg["status"],
                "reason": leg["reason"],
            }
            for leg in legs
        ],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }
