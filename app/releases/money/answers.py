"""Applying what a gateway says of one of our orders, whoever asked: a callback's handler or a run."""

from __future__ import annotations

import sqlalchemy as sa

from app.errors import GatewayError
from app.gateways.base import Done, Outcome
from app.releases.facts import (
    UNCERTAIN,
    credit_key,
    current_invoice,
    intent_status,
    invoice_key,
    leg_key,
    legs_of,
    lock_release,
    reversal_key,
)
from app.releases.money.billing import late_word, record_invoice
from app.releases.money.calls import NotNow, revision_of
from app.releases.money.disbursing import apply_payout, facts_of, leg_of
from app.releases.money.recall import record_void
from app.releases.money.receipts import apply_invoice
from app.releases.money.refunding import record_credit, record_reversal
from app.releases.tables import intents


def apply_answer(connection: sa.Connection, key: str, outcome: Outcome | NotNow, asked_at: str = "") -> str:
    """Take in the present facts of the order `key`; the same facts again change nothing. Answers the state.

    `asked_at` is when they were asked for, where that may be before something else was learned.
    Raises GatewayError (ask again later) when the answer says nothing of the order.
    """
    intent = connection.execute(sa.select(intents).where(intents.c.key == key)).mappings().one()
    identity = intent["release_id"]
    if not isinstance(outcome, Done):
        raise GatewayError(
            f"asked about {intent['event_id']}, the gateway does not say: {outcome.reason}", permanent=False
        )
    if intent["operation"] == "reverse_payout":
        return record_reversal(connection, identity, key, outcome)
    if intent["operation"] == "credit_note":
        return record_credit(connection, identity, outcome)
    if intent["operation"] == "pay_out":
        leg = leg_of(connection, identity, key)
        payout = facts_of(outcome, leg)
        if payout is None:
            raise GatewayError(f"the gateway does not name the payout to {leg['account']}")
        return apply_payout(connection, identity, payout)
    row = lock_release(connection, identity)
    if key != invoice_key(row) and intent["operation"] == "open_invoice":
        facts = outcome.invoice
        revision = revision_of(connection, key)
        return late_word(connection, identity, revision, facts) if facts else str(row["state"])
    if intent["operation"] == "void_invoice":
        return record_void(connection, identity, key, outcome)
    if outcome.invoice is not None and outcome.invoice.status == "draft":
        return str(row["state"])  # whoever is at work on it completes it
    if current_invoice(connection, row) is None:
        return record_invoice(connection, identity, key, outcome)
    if outcome.invoice is None:
        raise GatewayError("the gateway does not name the invoice")
    return apply_invoice(connection, identity, outcome.invoice, asked_at)


def keys_to_ask(connection: sa.Connection, release_id: str) -> list[str]:
    """The orders of a release whose end only the gateway knows: its invoice, and the payouts on their way."""
    row = lock_release(connection, release_id)
    on_their_way = legs_of(connection, release_id, ("sent", "failed", *UNCERTAIN))
    keys = [invoice_key(row), *(leg_key(row, leg) for leg in on_their_way)]
    keys += [reversal_key(row, leg) for leg in on_their_way]
    return [key for key in (*keys, credit_key(row)) if intent_status(connection, key) in CALLED]


CALLED = ("calling", "done", "unknown")
