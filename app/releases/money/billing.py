"""From `ready` to `paid`: ordering the invoice, recording what the gateway did, and taking in the payment.

Each function is one transaction of a workflow or of the relay; none calls outside.
"""

from __future__ import annotations

import json

import sqlalchemy as sa

from app import money
from app.db import insert_or_ignore, later, now
from app.events import InvoiceFacts
from app.gateways.base import Done, Outcome, Unknown
from app.invoices.tables import invoices
from app.ledger.journal import post, transfer
from app.milestones.contract import Contract
from app.payouts.tables import payouts
from app.releases.again import look_again
from app.releases.changes import change, order
from app.releases.facts import contract_of, current_invoice, invoice_key, lock_release
from app.releases.holds import GATEWAY, active, freeze, is_stopped
from app.releases.money.calls import NotNow, note_outcome, store_intent
from app.releases.money.retries import ASK_AGAIN_S, put_off
from app.releases.states import State, state_of
from app.releases.who import Who


def order_invoice(connection: sa.Connection, release_id: str) -> str:
    """`ready` → `triggered`: store the order that opens the invoice and answer its key; "" when stopped."""
    row = lock_release(connection, release_id)
    if row["snapshot"] is None or is_stopped(connection, release_id):
        return ""
    contract = contract_of(row)
    key = invoice_key(row)
    store_intent(connection, contract.gateway, release_id, order(row, contract, key, "open_invoice"))
    if row["state"] in ("ready", "awaiting_acceptance"):
        change(connection, row, "triggered", f"{row['reason']}; the invoice is ordered")
    return key


def record_invoice(connection: sa.Connection, release_id: str, key: str, outcome: Outcome | NotNow) -> str:
    """Write down what came of the order `key`, and answer the release's state."""
    row = lock_release(connection, release_id)
    note_outcome(connection, key, outcome)
    if row["snapshot"] is None or key != invoice_key(row):
        return _too_late(connection, row, outcome)
    if current_invoice(connection, row) is not None:
        return str(row["state"])  # a callback was faster and has recorded it already
    if isinstance(outcome, Done):
        facts = outcome.invoice
        doubt = _doubt(row, facts)
        if facts is not None and not doubt:
            return _invoiced(connection, row, facts)
        outcome = Unknown(doubt, needs_person=True)
    return put_off(connection, row, outcome)


def _too_late(connection: sa.Connection, row: sa.RowMapping, outcome: Outcome | NotNow) -> str:
    """The release was withdrawn meanwhile; an invoice that came of its order after all stops everything."""
    facts = outcome.invoice if isinstance(outcome, Done) else None
    if facts is not None and facts.status in ("open", "paid"):
        reason = (
            f"invoice {facts.number} was issued although the release was withdrawn: void it at the gateway,"
            f" then closeout releases resume {row['contract_id']} {row['milestone_index']}"
        )
        freeze(connection, row, "gateway", GATEWAY, reason)
    return str(row["state"])


def _invoiced(connection: sa.Connection, row: sa.RowMapping, facts: InvoiceFacts) -> str:
    _issue(connection, row["id"], row["revision"], contract_of(row), facts)
    told = f"invoice {facts.number} over {money.show(facts.amount_minor, facts.currency)} is open"
    # What holds the release meanwhile keeps holding it; a recalled one is voided at once.
    to: State = state_of(row) if active(connection, row["id"]) else "invoiced"
    recalled = json.loads(row["recalled"] or "{}")
    is_void = recalled.get("may", False)
    due_at = now() if is_void else later(ASK_AGAIN_S)
    kept = row["recalled"] if is_void else None
    change(connection, row, to, told, due_at=due_at, failures=0, recalled=kept)
    if recalled and not is_void:
        who, reason = (
            Who(**recalled["who"]),
            f"{recalled['reason']}, who may not: it waits to be closed again",
        )
        freeze(connection, lock_release(connection, row["id"]), "reopened", who, reason)
    return apply_invoice(connection, row["id"], facts)


def _issue(
    connection: sa.Connection, release_id: str, revision: int, contract: Contract, facts: InvoiceFacts
) -> None:
    """Write down and post an invoice as it was issued: open."""
    connection.execute(
        sa.insert(invoices).values(
            release_id=release_id,
            revision=revision,
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
    lines = transfer(
        f"revenue:{contract.id}", f"receivable:{contract.id}", facts.amount_minor, facts.currency
    )
    post(connection, f"{release_id}/r{revision}/invoice_issued", "invoice_issued", release_id, lines)


def record_past(
    connection: sa.Connection, release_id: str, revision: int, contract: Contract, facts: InvoiceFacts
) -> None:
    """Write down an invoice that was issued and voided without our knowing: nobody owes it."""
    _issue(connection, release_id, revision, contract, facts)
    of_it = (invoices.c.release_id == release_id) & (invoices.c.revision == revision)
    connection.execute(sa.update(invoices).where(of_it).values(status="void"))
    _post_void(connection, release_id, revision, contract, facts, is_void=True)


def apply_invoice(connection: sa.Connection, release_id: str, facts: InvoiceFacts) -> str:
    """Take in what the gateway says of an issued invoice now; the same facts again change nothing.

    Answers the release's state. A payment creates the payees' legs and, with `auto_clear`, makes them due.
    """
    row = lock_release(connection, release_id)
    invoice = current_invoice(connection, row)
    if invoice is None or facts.status == invoice["status"]:
        return str(row["state"])
    if _is_from_before(invoice, facts):
        return str(row["state"])
    doubt = _doubt(row, facts) or (
        "" if facts.id == invoice["gateway_id"] else f"the gateway now names another invoice, {facts.id}"
    )
    if doubt:
        return put_off(connection, row, Unknown(doubt, needs_person=True))
    connection.execute(
        sa.update(invoices)
        .where(invoices.c.id == invoice["id"])
        .values(status=facts.status, paid_at=now() if facts.status == "paid" else invoice["paid_at"])
    )
    if facts.status == "paid":
        _paid(connection, row, facts, was=invoice["status"])
    elif facts.status == "void" and invoice["status"] in ("open", "uncollectible"):
        _voided(connection, row, facts)
    elif not (facts.status == "credited" and row["refund"]):  # our own credit note is recorded where ordered
        told = f"the gateway says that invoice {facts.number} is {facts.status}"
        was = f", and it was paid on {invoice['paid_at'][:10]}" if invoice["paid_at"] else ""
        if facts.status == "credited" or active(connection, row["id"]):
            freeze(connection, row, "gateway", GATEWAY, f"{told}{was}")
        else:
            change(connection, row, "held", f"{told}{was}", due_at=None)
    return str(lock_release(connection, release_id)["state"])


def _is_from_before(invoice: sa.RowMapping, facts: InvoiceFacts) -> bool:
    """Whether an answer is older than what is known: two were under way, and came in the wrong order."""
    if invoice["status"] == "credited":
        return True
    return facts.status == "open" and (invoice["paid_at"] is not None or invoice["status"] == "void")


def late_word(connection: sa.Connection, release_id: str, revision: int, facts: InvoiceFacts) -> str:
    """Take in what the gateway says of an invoice of an earlier revision. Answers the release's state.

    That invoice is void, or was never issued. If it lives all the same, nothing moves until a person has
    looked: there must not be two for one milestone.
    """
    row = lock_release(connection, release_id)
    earlier = sa.select(invoices.c.status).where(
        invoices.c.release_id == release_id, invoices.c.revision == revision
    )
    known = connection.scalar(earlier)
    if facts.status in (known or "void", "credited") or (known == "void" and facts.status == "open"):
        return str(row["state"])  # no news, or an answer from before
    reason = (
        f"the gateway says that invoice {facts.number} of revision {revision} is {facts.status}: void it"
        f" there, or pay it back, then closeout releases resume {row['contract_id']} {row['milestone_index']}"
    )
    freeze(connection, row, "gateway", GATEWAY, reason)
    return str(lock_release(connection, release_id)["state"])


def _voided(connection: sa.Connection, row: sa.RowMapping, facts: InvoiceFacts) -> None:
    _post_void(connection, row["id"], row["revision"], contract_of(row), facts, is_void=True)
    told = f"the gateway says that invoice {facts.number} is void"
    why = f": {json.loads(row['recalled'])['reason']}" if row["recalled"] else ""
    to: State = state_of(row) if active(connection, row["id"]) else "voided"
    change(connection, row, to, f"{told}{why}", due_at=None, failures=0)
    if row["recalled"]:
        look_again(connection, row["id"], "its invoice was voided; it may have been completed again since")


def _post_void(
    connection: sa.Connection,
    release_id: str,
    revision: int,
    contract: Contract,
    facts: InvoiceFacts,
    *,
    is_void: bool,
) -> None:
    """A void invoice is owed by nobody; one that is paid all the same is owed, and paid, again."""
    accounts = (f"receivable:{contract.id}", f"revenue:{contract.id}")
    kind = "invoice_voided" if is_void else "invoice_reinstated"
    credit, debit = accounts if is_void else reversed(accounts)
    lines = transfer(credit, debit, facts.amount_minor, facts.currency)
    post(connection, f"{release_id}/r{revision}/{kind}", kind, release_id, lines)


def _paid(connection: sa.Connection, row: sa.RowMapping, facts: InvoiceFacts, *, was: str) -> None:
    contract = contract_of(row)
    if was == "void":
        _post_void(connection, row["id"], row["revision"], contract, facts, is_void=False)
    post(
        connection,
        f"{row['id']}/r{row['revision']}/invoice_paid",
        "invoice_paid",
        row["id"],
        transfer(f"receivable:{contract.id}", f"cash:{contract.gateway}", facts.amount_minor, facts.currency),
    )
    _owe_legs(connection, row, contract)
    paid = f"invoice {facts.number} is paid"
    holding = active(connection, row["id"])
    if row["recalled"]:
        recalled = json.loads(row["recalled"])
        reason = f"{recalled['reason']}, but {paid}: nothing moves until the operator decides"
        freeze(connection, row, "reopened", Who(**recalled["who"]), reason)
    elif holding and was != "open":
        freeze(connection, row, "gateway", GATEWAY, f"{paid}, which was {was}")
    elif holding:
        change(connection, row, state_of(row), f"{row['reason']}; now {paid}", due_at=None)
    elif row["state"] != "invoiced":
        to: State = "held" if row["state"] == "voided" else state_of(row)
        go_on = f"to go on: closeout releases retry {contract.id} {row['milestone_index']}"
        change(connection, row, to, f"{row['reason']}; now {paid}; {go_on}")
    elif contract.auto_clear:
        change(connection, row, "paid", paid, due_at=now(), failures=0)
    else:
        wait = f"payouts wait for: closeout releases approve {contract.id} {row['milestone_index']}"
        change(connection, row, "paid", f"{paid}; {wait}")


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
