"""Applying what a gateway says of one of our orders, whoever asked: a callback's handler or a run."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from app.errors import GatewayError
from app.gateways.base import Done, Gateway, Outcome
from app.payouts.tables import payouts
from app.releases.billing import apply_invoice, current_invoice, invoice_key, record_invoice
from app.releases.changes import lock_release
from app.releases.disbursing import apply_payout, leg_key
from app.releases.tables import intents


def apply_answer(
    connection: sa.Connection, gateways: Mapping[str, Gateway], key: str, outcome: Outcome
) -> str:
    """Take in the present facts of the order `key`; the same facts again change nothing. Answers the state.

    Raises GatewayError (ask again later) when the answer says nothing of the order.
    """
    intent = connection.execute(sa.select(intents).where(intents.c.key == key)).mappings().one()
    identity = intent["release_id"]
    if not isinstance(outcome, Done):
        raise GatewayError(
            f"asked about {intent['event_id']}, the gateway does not say: {outcome.reason}", permanent=False
        )
    if intent["operation"] == "pay_out":
        facts = next((one for one in outcome.payouts if one.account == intent["account"]), None)
        if facts is None:
            raise GatewayError(f"the gateway does not name the payout to {intent['account']}")
        return apply_payout(connection, gateways, identity, facts)
    if current_invoice(connection, lock_release(connection, identity)) is None:
        return record_invoice(connection, gateways, identity, outcome)
    if outcome.invoice is None:
        raise GatewayError("the gateway does not name the invoice")
    return apply_invoice(connection, gateways, identity, outcome.invoice)


def keys_to_ask(connection: sa.Connection, release_id: str) -> list[str]:
    """The orders of a release whose end only the gateway knows: its invoice, and the payouts on their way."""
    row = lock_release(connection, release_id)
    on_their_way = connection.scalars(
        sa.select(payouts.c.account)
        .where(payouts.c.release_id == release_id, payouts.c.status.in_(("sent", "failed")))
        .order_by(payouts.c.id)
    ).all()
    return [invoice_key(row), *(leg_key(row, account) for account in on_their_way)]
