"""Giving the money back, when the operator chose that for a disputed release: reversals, then a credit note.

The payees' shares come back first, since the client is paid out of them; a payee whose balance does not cover
it stops the refund until the operator decides again. Each function is one transaction.
"""

from __future__ import annotations

import json

import sqlalchemy as sa

from app import money
from app.db import later, now
from app.errors import CloseoutError
from app.events import CreditFacts
from app.gateways.base import Done, Leg, Outcome, Unknown
from app.invoices.tables import credit_notes, invoices
from app.ledger.journal import post, transfer
from app.releases.changes import change, order
from app.releases.facts import (
    UNCERTAIN,
    contract_of,
    credit_key,
    current_invoice,
    intent_status,
    invoice_key,
    leg_key,
    legs_of,
    lock_release,
    reversal_key,
)
from app.releases.money.calls import NotNow, note_outcome, store_intent
from app.releases.money.disbursing import apply_leg, set_leg
from app.releases.money.retries import ASK_AGAIN_S, put_off
from app.releases.tables import intents

OUT = ("sent", "paid")
UNPAID = ("owed", "awaiting_approval", "failed")


def cancel_legs(connection: sa.Connection, row: sa.RowMapping, *, keep_payouts: bool) -> None:
    """Cancel the shares that were not paid. Raises CloseoutError while the end of one is not known.

    With `keep_payouts` such a share is left as it is: nobody asks for it back.
    """
    for leg in legs_of(connection, row["id"], (*UNCERTAIN, *UNPAID)):
        status = intent_status(connection, leg_key(row, leg["account"]))
        is_uncertain = leg["status"] in UNCERTAIN or status in ("calling", "unknown")
        if is_uncertain and keep_payouts:
            continue
        if is_uncertain:
            raise CloseoutError(
                f"it is not certain yet what became of the payout to {leg['account']}",
                mend=f"Run closeout releases retry {row['contract_id']} {row['milestone_index']}, then again;"
                " or leave the payees their shares: --keep-payouts",
            )
        set_leg(connection, row["id"], leg["account"], "cancelled", "the milestone is refunded")
        cancel_posting(connection, row, leg)


def keys_to_learn(connection: sa.Connection, release_id: str) -> list[str]:
    """The orders of the shares of which it is not certain what became, where they are to come back."""
    row = lock_release(connection, release_id)
    if row["refund"] is None or json.loads(row["refund"])["keep_payouts"]:
        return []
    return [leg_key(row, leg["account"]) for leg in legs_of(connection, release_id, UNCERTAIN)]


def order_reversals(connection: sa.Connection, release_id: str) -> list[str]:
    """Store the order of every share that is to come back and answer their keys."""
    row = lock_release(connection, release_id)
    if row["refund"] is None or json.loads(row["refund"])["keep_payouts"]:
        return []
    contract, keys = contract_of(row), []
    for leg in legs_of(connection, release_id, OUT):
        key = reversal_key(row, leg["account"])
        wanted = order(
            row,
            contract,
            key,
            "reverse_payout",
            leg=Leg(leg["account"], leg["amount_minor"]),
            payout_id=leg["gateway_id"],
        )
        store_intent(connection, contract.gateway, release_id, wanted)
        keys.append(key)
    return keys


def record_reversal(connection: sa.Connection, release_id: str, key: str, outcome: Outcome | NotNow) -> str:
    """Write down what came of one reversal, and answer the leg's status; "" when it is not done."""
    row = lock_release(connection, release_id)
    note_outcome(connection, key, outcome)
    account = connection.execute(sa.select(intents.c.account).where(intents.c.key == key)).scalar_one()
    leg = next(one for one in legs_of(connection, release_id) if one["account"] == account)
    if leg["status"] == "reversed":
        return "reversed"
    if isinstance(outcome, Done):
        facts = next((one for one in outcome.payouts if one.account == account), None)
        if facts is not None and facts.status == "reversed":
            status = apply_leg(connection, row, facts)
            if status == "reversed":
                cancel_posting(connection, row, leg)
                return status
        outcome = Unknown(f"the gateway does not say that the payout to {account} came back", True)
    put_off(connection, row, outcome)
    return ""


def cancel_posting(connection: sa.Connection, row: sa.RowMapping, leg: sa.RowMapping) -> None:
    """The share is owed to the payee no longer."""
    contract = contract_of(row)
    lines = transfer(
        f"payouts:{contract.id}", f"payable:{leg['account']}", leg["amount_minor"], leg["currency"]
    )
    key = f"{row['id']}/payout_cancelled/{leg['account']}"
    post(connection, key, "payout_cancelled", row["id"], lines)


def order_credit(connection: sa.Connection, release_id: str) -> str:
    """Store the order that gives the client its payment back and answer its key; "" while it can not be."""
    row = lock_release(connection, release_id)
    invoice = current_invoice(connection, row)
    if row["refund"] is None or invoice is None or invoice["status"] != "paid":
        return ""
    if legs_of(connection, release_id, OUT) and not json.loads(row["refund"])["keep_payouts"]:
        return ""
    keep_payouts = json.loads(row["refund"])["keep_payouts"]
    try:
        cancel_legs(connection, row, keep_payouts=keep_payouts)  # a transfer may have failed since
    except CloseoutError as uncertain:
        put_off(connection, row, Unknown(uncertain.what, needs_person=True))
        return ""
    contract, key = contract_of(row), credit_key(row)
    wanted = order(row, contract, key, "credit_note", invoice_id=invoice["gateway_id"])
    store_intent(connection, contract.gateway, release_id, wanted)
    return key


def record_credit(connection: sa.Connection, release_id: str, outcome: Outcome | NotNow) -> str:
    """Write down what came of the credit note, and answer the release's state."""
    row = lock_release(connection, release_id)
    note_outcome(connection, credit_key(row), outcome)
    if row["state"] == "refunded":
        return "refunded"
    if isinstance(outcome, Done):
        if outcome.credit is not None and not _doubt(row, outcome.credit):
            return _credited(connection, row, outcome.credit)
        doubt = _doubt(row, outcome.credit) if outcome.credit else "the gateway names no credit note"
        outcome = Unknown(doubt, needs_person=True)
    return put_off(connection, row, outcome)


def _credited(connection: sa.Connection, row: sa.RowMapping, facts: CreditFacts) -> str:
    contract = contract_of(row)
    invoice = current_invoice(connection, row)
    if invoice is None:
        raise RuntimeError(f"{invoice_key(row)} was credited but has no invoice")
    connection.execute(
        sa.insert(credit_notes).values(
            invoice_id=invoice["id"],
            gateway_id=facts.id,
            number=facts.number,
            url=facts.url,
            amount_minor=facts.amount_minor,
            currency=facts.currency,
            issued_at=now(),
        )
    )
    connection.execute(sa.update(invoices).where(invoices.c.id == invoice["id"]).values(status="credited"))
    lines = transfer(f"cash:{contract.gateway}", f"revenue:{contract.id}", facts.amount_minor, facts.currency)
    post(connection, f"{row['id']}/r{row['revision']}/credit_note", "credit_note", row["id"], lines)
    shown = money.show(facts.amount_minor, facts.currency)
    due_at = later(ASK_AGAIN_S) if legs_of(connection, row["id"], UNCERTAIN) else None
    change(connection, row, "refunded", f"credit note {facts.number} gives {shown} back", due_at=due_at)
    return "refunded"


def _doubt(row: sa.RowMapping, facts: CreditFacts) -> str:
    if (facts.amount_minor, facts.currency) == (row["amount_minor"], row["currency"]):
        return ""
    return (
        f"the gateway's credit note {facts.number} is over {facts.amount_minor} minor units of"
        f" {facts.currency}, ordered were {row['amount_minor']} of {row['currency']}"
    )
