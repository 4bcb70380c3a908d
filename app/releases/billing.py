"""From `ready` to `paid`: ordering the invoice, recording what the gateway did, and taking in the payment.

Each function is one transaction of a workflow or of the relay; none calls outside.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from app import money
from app.db import insert_or_ignore, later, now
from app.events import InvoiceFacts
from app.gateways.base import Done, Gateway, Outcome, Unknown
from app.invoices.tables import invoices
from app.ledger.journal import post, transfer
from app.milestones.contract import Contract
from app.payouts.tables import payouts
from app.releases.calls import note_outcome, store_intent
from app.releases.changes import TRIGGER, change, contract_of, gateway_of, lock_release, order
from app.releases.retries import ASK_AGAIN_S, put_off
from app.releases.states import State, state_of


def invoice_key(row: sa.RowMapping) -> str:
    """The idempotency key of a release's invoice: contract, milestone, revision, operation."""
    return f"{row['id']}/r{row['revision']}/open_invoice"


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


def order_invoice(connection: sa.Connection, gateways: Mapping[str, Gateway], release_id: str) -> str:
    """`ready` → `triggered`: store the order that opens the invoice and answer its key."""
    row = lock_release(connection, release_id)
    contract = contract_of(row)
    key = invoice_key(row)
    gateway = gateway_of(gateways, contract)
    store_intent(
        connection, gateway, contract.gateway, release_id, "open_invoice", order(row, contract, key, TRIGGER)
    )
    if row["state"] == "ready":
        change(connection, gateways, row, "triggered", f"{row['reason']}; the invoice is ordered")
    return key


def record_invoice(
    connection: sa.Connection, gateways: Mapping[str, Gateway], release_id: str, outcome: Outcome
) -> str:
    """Write down what came of the order, and answer the release's state."""
    row = lock_release(connection, release_id)
    note_outcome(connection, invoice_key(row), outcome)
    if current_invoice(connection, row) is not None:
        return str(row["state"])  # a callback was faster and has recorded it already
    if isinstance(outcome, Done):
        facts = outcome.invoice
        doubt = _doubt(row, facts)
        if facts is not None and not doubt:
            return _invoiced(connection, gateways, row, facts)
        outcome = Unknown(doubt, needs_person=True)
    return put_off(connection, gateways, row, outcome)


def _invoiced(
    connection: sa.Connection, gateways: Mapping[str, Gateway], row: sa.RowMapping, facts: InvoiceFacts
) -> str:
    contract = contract_of(row)
    connection.execute(
        sa.insert(invoices).values(
            release_id=row["id"],
            revision=row["revision"],
            gateway=contract.gateway,
            gateway_id=facts.id,
            number=facts.number,
            url=facts.url,
            status="open",
            amount_minor=facts.amount_minor,
            currency=facts.currency,
            issued_at=now(),
        )
    )
    post(
        connection,
        f"{row['id']}/r{row['revision']}/invoice_issued",
        "invoice_issued",
        row["id"],
        transfer(f"revenue:{contract.id}", f"receivable:{contract.id}", facts.amount_minor, facts.currency),
    )
    told = f"invoice {facts.number} over {money.show(facts.amount_minor, facts.currency)} is open"
    change(connection, gateways, row, "invoiced", told, due_at=later(ASK_AGAIN_S), failures=0)
    return apply_invoice(connection, gateways, row["id"], facts)


def apply_invoice(
    connection: sa.Connection, gateways: Mapping[str, Gateway], release_id: str, facts: InvoiceFacts
) -> str:
    """Take in what the gateway says of an issued invoice now; the same facts again change nothing.

    Answers the release's state. A payment creates the payees' legs and, with `auto_clear`, makes them due.
    """
    row = lock_release(connection, release_id)
    invoice = current_invoice(connection, row)
    if invoice is None or facts.status == invoice["status"]:
        return str(row["state"])
    if invoice["paid_at"] is not None and facts.status == "open":
        return str(row["state"])  # an answer from before the payment
    doubt = _doubt(row, facts) or (
        "" if facts.id == invoice["gateway_id"] else f"the gateway now names another invoice, {facts.id}"
    )
    if doubt:
        return put_off(connection, gateways, row, Unknown(doubt, needs_person=True))
    connection.execute(
        sa.update(invoices)
        .where(invoices.c.id == invoice["id"])
        .values(status=facts.status, paid_at=now() if facts.status == "paid" else invoice["paid_at"])
    )
    if facts.status == "paid":
        _paid(connection, gateways, row, facts)
    else:
        is_plain_void = facts.status == "void" and row["state"] == "invoiced"
        to: State = "voided" if is_plain_void else "held"
        told = f"the gateway says that invoice {facts.number} is {facts.status}"
        was = f", and it was paid on {invoice['paid_at'][:10]}" if invoice["paid_at"] else ""
        change(connection, gateways, row, to, f"{told}{was}", due_at=None)
    return str(lock_release(connection, release_id)["state"])


def _paid(
    connection: sa.Connection, gateways: Mapping[str, Gateway], row: sa.RowMapping, facts: InvoiceFacts
) -> None:
    contract = contract_of(row)
    post(
        connection,
        f"{row['id']}/r{row['revision']}/invoice_paid",
        "invoice_paid",
        row["id"],
        transfer(f"receivable:{contract.id}", f"cash:{contract.gateway}", facts.amount_minor, facts.currency),
    )
    _owe_legs(connection, row, contract)
    paid = f"invoice {facts.number} is paid"
    if row["state"] != "invoiced":
        to: State = "held" if row["state"] == "voided" else state_of(row)
        go_on = f"to go on: closeout releases retry {contract.id} {row['milestone_index']}"
        change(connection, gateways, row, to, f"{row['reason']}; now {paid}; {go_on}")
    elif contract.auto_clear:
        change(connection, gateways, row, "paid", paid, due_at=now(), failures=0)
    else:
        change(
            connection,
            gateways,
            row,
            "paid",
            f"{paid}; payouts wait for: closeout releases approve {contract.id} {row['milestone_index']}",
        )


def _owe_legs(connection: sa.Connection, row: sa.RowMapping, contract: Contract) -> None:
    status = "owed" if contract.auto_clear else "awaiting_approval"
    for account, amount_minor in contract.legs_minor(row["milestone_index"]).items():
        connection.execute(
            insert_or_ignore(connection, payouts).values(
                release_id=row["id"],
                account=account,
                amount_minor=amount_minor,
                currency=row["currency"],
                status=status,
                updated_at=now(),
            )
        )
        post(
            connection,
            f"{row['id']}/payout_owed/{account}",
            "payout_owed",
            row["id"],
            transfer(f"payable:{account}", f"payouts:{contract.id}", amount_minor, row["currency"]),
        )


def _doubt(row: sa.RowMapping, facts: InvoiceFacts | None) -> str:
    """Why the gateway's word can not be taken: it names another amount or currency than was ordered."""
    if facts is None:
        return "the gateway accepted the order but names no invoice"
    if (facts.amount_minor, facts.currency) != (row["amount_minor"], row["currency"]):
        return (
            f"the gateway's invoice {facts.number} is over {facts.amount_minor} minor units of"
            f" {facts.currency}, ordered were {row['amount_minor']} of {row['currency']}"
        )
    return ""
