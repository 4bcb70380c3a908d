"""What a gateway's callback leads to: the order that it names is asked about, and that answer is applied."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from app.db import Database, now
from app.errors import CloseoutError
from app.events import GatewayEvent
from app.gateways.base import Gateway
from app.inbox.relay import Delivery, Handled
from app.invoices.tables import invoices
from app.payouts.tables import payouts
from app.releases.facts import invoice_key, leg_key
from app.releases.money.answers import apply_answer
from app.releases.money.calls import Caller
from app.releases.money.disbursing import wake_shares_of
from app.releases.tables import intents, releases


class GatewayEvents:
    """Handles deliveries of gateways. The callback itself is only a hint and moves nothing."""

    def __init__(self, db: Database, gateways: Mapping[str, Gateway], caller: Caller) -> None:
        self._db, self._gateways, self._caller = db, gateways, caller

    def handle(self, delivery: Delivery) -> Handled:
        """Take in what changed at the gateway; repeatable, in any order. Raises CloseoutError."""
        gateway = self._gateways.get(delivery.connection)
        if gateway is None:
            raise CloseoutError(
                f"the gateway {delivery.connection} is not configured", mend="Add it, then replay this"
            )
        event = gateway.parse(delivery.headers, delivery.body, may_ask=True)
        if event.account:
            with self._db.transaction() as connection:
                woken = wake_shares_of(connection, delivery.connection, event.account)
            told = f"{', '.join(woken)} tried again" if woken else f"nothing waits for {event.account}"
            return Handled("handled" if woken else "ignored", told, event.kind)
        intent = self._intent_of(event, delivery.connection)
        if intent is None:
            return Handled("ignored", "it names no order of ours", event.kind)
        asked_at = now()
        outcome = self._caller.ask(intent["key"])
        with self._db.transaction() as connection:
            state = apply_answer(connection, intent["key"], outcome, asked_at)
        return Handled("handled", f"{intent['release_id']} is {state}", event.kind, "", intent["release_id"])

    def _intent_of(self, event: GatewayEvent, gateway: str) -> sa.RowMapping | None:
        """The order that a callback speaks of: by our event's id, else by the gateway's own ids."""
        with self._db.reading() as connection:
            found = sa.select(intents).where(intents.c.gateway == gateway)
            key = None
            if event.event_id:
                found = found.where(intents.c.event_id == event.event_id)
                return connection.execute(found).mappings().first()
            if event.payout_id:
                query = (
                    sa.select(releases, payouts.c.account, payouts.c.part)
                    .join(payouts, payouts.c.release_id == releases.c.id)
                    .join(intents, intents.c.release_id == releases.c.id)
                    .where(payouts.c.gateway_id == event.payout_id, intents.c.gateway == gateway)
                )
                row = connection.execute(query).mappings().first()
                key = leg_key(row, row) if row else None
            elif event.invoice_id:
                query = (
                    sa.select(releases.c.id, invoices.c.revision)
                    .join(invoices, invoices.c.release_id == releases.c.id)
                    .where(invoices.c.gateway == gateway, invoices.c.gateway_id == event.invoice_id)
                )
                row = connection.execute(query).mappings().first()
                key = invoice_key(row) if row else None
            if key is None:
                return None
            return connection.execute(found.where(intents.c.key == key)).mappings().first()
