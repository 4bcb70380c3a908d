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
from app.gateways.base import Done, Outcome, Unknown
from app.invoices.tables import credit_notes, invoices
from app.ledger.journal import Posting, post
from app.milestones.contract import Contract
from app.releases.changes import change, order
from app.releases.facts import (
    UNCERTAIN,
    came_in,
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
from app.releases.money import shares
from app.releases.money.calls import NotNow, note_outcome, store_intent
from app.releases.money.disbursing import apply_leg, cancel_those_that_stayed, facts_of, leg_of, ordered
from app.releases.money.recall import order_void
from app.releases.money.retries import ASK_AGAIN_S, put_off

OUT = ("sent", "paid")
UNPAID = ("owed", "awaiting_approval", "failed")


def cancel_legs(connection: sa.Connection, row: sa.RowMapping, *, keep_payouts: bool) -> None:
    """Cancel the shares that were not paid. Raises CloseoutError while the end of one is not known.

    With `keep_payouts` such a share is left as it is: nobody asks for it back.
    """
    for leg in legs_of(connection, row["id"], (*UNCERTAIN, *UNPAID)):
        status = intent_status(connection, leg_key(row, leg))
        is_uncertain = leg["status"] in UNCERTAIN or status in ("calling", "unknown")
        if is_uncertain and keep_payouts:
            continue
        if is_uncertain:
            raise CloseoutError(
                f"it is not certain yet what became of the payout to {leg['account']}",
                mend=f"Run closeout releases retry {row['contract_id']} {row['milestone_index']}, then again;"
                " or leave the payees their shares: --keep-payouts",
            )
        shares.cancel(connection, row, leg, "the milestone is refunded")


def keys_to_learn(connection: sa.Connection, release_id: str) -> list[str]:
    """The orders of the shares of which it is not certain what became, where they are to come back."""
    row = lock_release(connection, release_id)
    if row["refund"] is None or json.loads(row["refund"])["keep_payouts"]:
        return []
    return [leg_key(row, leg) for leg in legs_of(connection, release_id, UNCERTAIN)]


def order_reversals(connection: sa.Connection, release_id: str) -> list[str]:
    """Store the order of every share that is to come back and answer their keys."""
    row = lock_release(connection, release_id)
    if row["refund"] is None or json.loads(row["refund"])["keep_payouts"]:
        return []
    contract, keys = contract_of(row), []
    for leg in legs_of(connection, release_id, OUT):
        key, of_it = reversal_key(row, leg), ordered(contract, leg)
        wanted = order(row, contract, key, "reverse_payout", leg=of_it, payout_id=leg["gateway_id"])
        store_intent(connection, contract.gateway, release_id, wanted)
        keys.append(key)
    return keys


def record_reversal(connection: sa.Connection, release_id: str, key: str, outcome: Outcome | NotNow) -> str:
    """Write down what came of one reversal, and answer the leg's status; "" when it is not done."""
    row = lock_release(connection, release_id)
    note_outcome(connection, key, outcome)
    leg = leg_of(connection, release_id, key)
    if leg["status"] == "reversed":
        return "reversed"
    if isinstance(outcome, Done):
        facts = facts_of(outcome, leg)
        if facts is not None and facts.status == "reversed":
            status = apply_leg(connection, row, facts)
            if status == "reversed":
                shares.cancel_posting(connection, row, leg)
                return status
        outcome = Unknown(f"the gateway does not say that the payout to {leg['account']} came back", True)
    put_off(connection, row, outcome)
    return ""


def order_credit(connection: sa.Connection, release_id: str) -> str:
    """Store the order that gives the client its payment back and answer its key; "" while it can not be.

    Where the client has paid nothing yet, it is the one that voids the invoice.
    """
    row = lock_release(connection, release_id)
    invoice = current_invoice(connection, row)
    if row["refund"] is None or invoice is None or invoice["status"] not in ("paid", "open"):
        return ""
    if legs_of(connection, release_id, OUT) and not json.loads(row["refund"])["keep_payouts"]:
        return ""
    keep_payouts = json.loads(row["refund"])["keep_payouts"]
    try:
        cancel_legs(connection, row, keep_payouts=keep_payouts)  # a transfer may have failed since
    except CloseoutError as uncertain:
        put_off(connection, row, Unknown(uncertain.what, needs_person=True))
        return ""
    if not came_in(invoice):
        return order_void(connection, release_id)
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
            cancel_those_that_stayed(connection, row, outcome.payouts)
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
    lines = _given_back(contract, invoice, facts)
    post(connection, f"{row['id']}/r{row['revision']}/credit_note", "credit_note", row["id"], lines)
    shown = money.show(facts.amount_minor, facts.currency)
    due_at = later(ASK_AGAIN_S) if legs_of(connection, row["id"], UNCERTAIN) else None
    change(connection, row, "refunded", f"credit note {facts.number} gives {shown} back", due_at=due_at)
    return "refunded"


def _given_back(contract: Contract, invoice: sa.RowMapping, facts: CreditFacts) -> list[Posting]:
    """All of the invoice is owed no longer; what had come in leaves by the way by which it came.

    What the client's bank took back before is not given back once more. What the gateway gave back beyond
    the amount was the client's credit.
    """
    gone_minor = invoice["lost_minor"] + invoice["disputed_minor"]
    back_minor = max(0, min(came_in(invoice), facts.amount_minor) - gone_minor)
    here_minor = facts.refunded_minor
    if here_minor is None:
        past_minor = invoice["outside_minor"] + invoice["credit_minor"]
        here_minor = max(0, came_in(invoice) - gone_minor - past_minor)
    past_minor, excess_minor = max(0, back_minor - here_minor), max(0, here_minor - back_minor)
    credit_minor = min(past_minor, invoice["credit_minor"])
    lines = [
        Posting(f"revenue:{contract.id}", facts.amount_minor, facts.currency),
        Posting(f"cash:{contract.gateway}", -here_minor, facts.currency),
        Posting("cash:outside", credit_minor - past_minor, facts.currency),
        Posting(f"client_credit:{contract.id}", excess_minor - credit_minor, facts.currency),
        Posting(f"receivable:{contract.id}", back_minor - facts.amount_minor, facts.currency),
    ]
    return [line for line in lines if line.amount_minor]


def _doubt(row: sa.RowMapping, facts: CreditFacts) -> str:
    if (facts.amount_minor, facts.currency) == (row["amount_minor"], row["currency"]):
        return ""
    return (
        f"the gateway's credit note {facts.number} is over {facts.amount_minor} minor units of"
        f" {facts.currency}, ordered were {row['amount_minor']} of {row['currency']}"
    )
