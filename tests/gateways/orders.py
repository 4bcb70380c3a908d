"""The orders that the gateway tests send: the published example and what surrounds it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from app.gateways.base import Gateway, Intent, Leg, Order
from app.releases.changes import event_id

EXAMPLE = Order(
    key="con_7732_alpha/2/r1/open_invoice",
    event_id="evt_98234109",
    created_at="2026-05-28T09:10:20Z",
    status="triggered_for_disbursement",
    contract_id="con_7732_alpha",
    milestone_index=2,
    milestone_title="Midway UI Prototype Sign-off",
    amount_minor=750_000,
    currency="usd",
    account="acc_dev_team_44",
    auto_clear=True,
)
LEGS = (Leg("acc_dev_team_44", 500_000), Leg("acc_design_7", 250_000))


@dataclass(frozen=True)
class Orders:
    """The orders about one milestone with two payees, in the words of a gateway: its payees' accounts, and a
    currency that it moves.
    """

    legs: tuple[Leg, Leg] = LEGS
    currency: str = "usd"
    example: Order = EXAMPLE

    @cached_property
    def shared(self) -> Order:
        """The order that opens the invoice."""
        context = {
            "contract_title": "Alpha storefront",
            "milestone_label": "milestone:ui-prototype",
            "net_days": 15,
            "seller": _party("Northwind Studio", "billing@northwind.example", "Main St 1", "Berlin", "DE"),
            "client": _party("Acme Corp", "ap@acme.example", "1 Road", "Springfield", "US"),
            "legs": [{"account_token": leg.account, "amount_cents": leg.amount_minor} for leg in self.legs],
        }
        account = self.legs[0].account
        plain = replace(self.example, operation="open_invoice", currency=self.currency)
        return replace(plain, account=account, context=context)

    def leg(self, leg: Leg, base: Order | None = None, **changes: Any) -> Order:
        """The order that pays one leg."""
        names = named(f"con_7732_alpha/2/pay_out/{leg.account}")
        asked = {"operation": "pay_out", "status": "disbursing", "leg": leg}
        return replace(base or self.shared, **{**names, **asked, **changes})

    def tell(self, status: str) -> Order:
        """The order that only tells `status`."""
        names = named(f"con_7732_alpha/2/told/{status}")
        return replace(self.shared, **{**names, "operation": "tell", "status": status})  # type: ignore[arg-type]

    def void(self, invoice_id: str, base: Order | None = None, **changes: Any) -> Order:
        """The order that voids the open invoice."""
        names = named(f"con_7732_alpha/2/r1/void/{invoice_id}")
        asked = {"operation": "void_invoice", "status": "voiding", "invoice_id": invoice_id}
        return replace(base or self.shared, **{**names, **asked, **changes})

    def reversal(self, payout_id: str, leg: Leg, base: Order | None = None, **changes: Any) -> Order:
        """The order that brings one payout back from its payee."""
        names = named(f"con_7732_alpha/2/reverse/{payout_id}")
        asked = {"operation": "reverse_payout", "status": "refunding", "payout_id": payout_id, "leg": leg}
        return replace(base or self.shared, **{**names, **asked, **changes})

    def credit(self, invoice_id: str, base: Order | None = None, **changes: Any) -> Order:
        """The order that gives the client the payment of an invoice back."""
        names = named(f"con_7732_alpha/2/credit/{invoice_id}")
        asked = {"operation": "credit_note", "status": "refunding", "invoice_id": invoice_id}
        return replace(base or self.shared, **{**names, **asked, **changes})


def _party(name: str, email: str, *address: str) -> dict[str, object]:
    return {"name": name, "email": email, "address": address, "tax_id": ""}


def named(key: str) -> dict[str, str]:
    """An order's key, and the event id that the product derives from it."""
    return {"key": key, "event_id": event_id(key)}


ORDERS = Orders()
SHARED = ORDERS.shared
"""The example with two payees."""


def intent_of(gateway: Gateway, order: Order) -> Intent:
    return Intent(order.key, order.event_id, gateway.draft(order))


leg_order, tell_order, void_order = ORDERS.leg, ORDERS.tell, ORDERS.void
reversal_order, credit_order = ORDERS.reversal, ORDERS.credit
