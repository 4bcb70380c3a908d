"""From `ready` to `invoiced`: ordering the invoice, and recording what the gateway did.

Each function is one transaction of a workflow or of the relay; none calls outside.
"""

from __future__ import annotations

import json

import sqlalchemy as sa

from app import money
from app.db import later, now
from app.events import InvoiceFacts
from app.gateways.base import Done, Outcome, Unknown
from app.invoices.tables import invoices
from app.releases.changes import change, order
from app.releases.facts import contract_of, current_invoice, invoice_key, lock_release
from app.releases.holds import GATEWAY, active, freeze, is_stopped
from app.releases.money import shares
from app.releases.money.bookings import doubt_of, write_down
from app.releases.money.calls import NotNow, note_outcome, store_intent
from app.releases.money.counting import keep, receive
from app.releases.money.receipts import apply_invoice, paid_for_nothing
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
        doubt = doubt_of(row, facts)
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
    write_down(connection, row["id"], row["revision"], contract_of(row), facts)
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
    _prefund(connection, lock_release(connection, row["id"]))
    return apply_invoice(connection, row["id"], facts)


def _prefund(connection: sa.Connection, row: sa.RowMapping) -> None:
    """Where the gateway holds the funds already, the payees are owed their shares with the invoice."""
    invoice = current_invoice(connection, row)
    if row["recalled"] or invoice is None or not shares.owe(connection, row, invoice):
        return
    contract = contract_of(row)
    wait = "the shares are paid at once" if contract.auto_clear else shares.approval(row)
    stopped = bool(active(connection, row["id"]))
    due_at = row["due_at"] if stopped or not contract.auto_clear else now()
    change(connection, row, state_of(row), f"{row['reason']}; {wait}", due_at=due_at)


def late_word(connection: sa.Connection, release_id: str, revision: int, facts: InvoiceFacts) -> str:
    """Take in what the gateway says of an invoice of an earlier revision. Answers the release's state.

    That invoice is void, or was never issued. If it lives all the same, nothing moves until a person has
    looked: there must not be two for one milestone.
    """
    row = lock_release(connection, release_id)
    earlier = sa.select(invoices).where(invoices.c.release_id == release_id, invoices.c.revision == revision)
    invoice = connection.execute(earlier).mappings().first()
    known = invoice["status"] if invoice is not None else None
    if invoice is not None and known == facts.status == "void":
        come_minor = receive(connection, contract_of(row), invoice, facts)
        if come_minor:
            paid_for_nothing(connection, row, keep(connection, invoice, facts), come_minor)
    if facts.status in (known or "void", "credited") or (known == "void" and facts.status == "open"):
        return str(lock_release(connection, release_id)["state"])  # no news, or an answer from before
    reason = (
        f"the gateway says that invoice {facts.number} of revision {revision} is {facts.status}: void it"
        f" there, or pay it back, then closeout releases resume {row['contract_id']} {row['milestone_index']}"
    )
    freeze(connection, row, "gateway", GATEWAY, reason)
    return str(lock_release(connection, release_id)["state"])
