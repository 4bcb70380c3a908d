"""A contract in the middle of its life, as rows: for the tests of what is shown."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.db import Database
from app.inbox.tables import deliveries
from app.invoices.tables import invoices
from app.payouts.tables import payouts
from app.releases.tables import intents, releases

AT = "2026-05-28T09:10:20.005Z"
CONTRACT = "con_7732_alpha"


def release(db: Database, index: int, title: str, amount_minor: int, state: str, **values: Any) -> str:
    """One milestone of the contract; answers the id of its row."""
    row = {
        "id": f"{values.get('contract_id', CONTRACT)}/{index}",
        "contract_id": CONTRACT,
        "contract_title": "Alpha storefront",
        "milestone_index": index,
        "label": f"milestone:{index}",
        "title": title,
        "amount_minor": amount_minor,
        "currency": "usd",
        "state": state,
        "reason": "",
        "revision": 1,
        "run": 1,
        "failures": 0,
        "evidence": "{}",
        "created_at": AT,
        "updated_at": AT,
    }
    _insert(db, releases, {**row, **values})
    return str(row["id"])


def invoice(db: Database, release_id: str, number: str, amount_minor: int, status: str, url: str) -> None:
    row = {
        "release_id": release_id,
        "revision": 1,
        "gateway": "platform",
        "gateway_id": f"inv_{number}",
        "number": number,
        "url": url,
        "status": status,
        "amount_minor": amount_minor,
        "currency": "usd",
        "issued_at": AT,
    }
    _insert(db, invoices, row)


def payout(db: Database, release_id: str, account: str, amount_minor: int, status: str) -> None:
    row = {
        "release_id": release_id,
        "account": account,
        "amount_minor": amount_minor,
        "currency": "usd",
        "status": status,
        "updated_at": AT,
    }
    _insert(db, payouts, row)


def delivery(db: Database, name: str, status: str, **values: Any) -> None:
    row = {
        "source": "forge",
        "connection": "github",
        "delivery_id": name,
        "headers": "{}",
        "body": b"",
        "received_at": AT,
        "event": "issues",
        "action": "closed",
        "status": status,
        "reason": "",
    }
    _insert(db, deliveries, {**row, **values})


def order(db: Database, release_id: str, status: str) -> None:
    row = {
        "key": f"{release_id}/{status}",
        "event_id": f"evt_{release_id}_{status}",
        "release_id": release_id,
        "gateway": "platform",
        "operation": "open_invoice",
        "body": b"{}",
        "status": status,
        "attempts": 1,
        "created_at": AT,
        "updated_at": AT,
    }
    _insert(db, intents, row)


def worked_example(db: Database) -> None:
    """Four phases: one paid out, one being disbursed, one waiting, one held."""
    one = release(
        db,
        1,
        "Kickoff Deposit",
        900_000,
        "disbursed",
        label="milestone:kickoff",
        reason="All payees were paid.",
    )
    invoice(db, one, "2026-0001", 900_000, "paid", "https://pay.example/i/2026-0001")
    payout(db, one, "acc_dev_team_44", 900_000, "paid")
    two = release(
        db,
        2,
        "Midway UI Prototype Sign-off",
        750_000,
        "disbursing",
        label="milestone:ui-prototype",
        reason="Invoice 2026-0002 is paid; the shares are on their way.",
    )
    invoice(db, two, "2026-0002", 750_000, "paid", "https://pay.example/i/2026-0002")
    payout(db, two, "acc_dev_team_44", 500_000, "paid")
    payout(db, two, "acc_design_12", 250_000, "sent")
    release(
        db,
        3,
        "Testing and Integration",
        750_000,
        "waiting",
        label="milestone:uat",
        reason="Waits for issue #31 (“UAT script of 40 cases”), which is open.",
    )
    release(
        db,
        4,
        "Final Sign-off and Launch",
        600_000,
        "held",
        label="milestone:launch",
        reason="Issue #40 carries two milestone labels, milestone:uat and milestone:launch.",
    )
    delivery(db, "a1", "handled", reason="Milestone 1 of con_7732_alpha was released.")
    delivery(
        db,
        "a2",
        "ignored",
        event="push",
        action="",
        reason="A push concerns no issue.",
    )
    delivery(
        db, "a3", "waiting", reason="The forge did not answer (timed out after 20 s); asked again at 09:15."
    )
    delivery(
        db,
        "a4",
        "parked",
        source="gateway",
        connection="platform",
        event="invoice.paid",
        action="",
        reason="It names an invoice that is not ours.",
    )
    delivery(db, "a5", "received")


def _insert(db: Database, table: sa.Table, row: dict[str, Any]) -> None:
    with db.transaction() as connection:
        connection.execute(table.insert(), row)
