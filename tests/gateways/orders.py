"""The orders that the gateway tests send: the published example and what surrounds it."""

from dataclasses import replace
from typing import Any

from app.gateways.base import Gateway, Intent, Leg, Order

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
SHARED = replace(
    EXAMPLE,
    context={
        "net_days": 15,
        "client": {"name": "Acme Corp", "email": "ap@acme.example"},
        "legs": [{"account_token": leg.account, "amount_cents": leg.amount_minor} for leg in LEGS],
    },
)
"""The example with two payees."""


def leg_order(leg: Leg, base: Order = SHARED, **changes: Any) -> Order:
    """The order that pays one leg of `base`."""
    names = {"key": f"con_7732_alpha/2/r1/pay_out/{leg.account}", "event_id": f"evt_leg_{leg.account}"}
    return replace(base, **{**names, "status": "disbursing", "leg": leg, **changes})


def tell_order(status: str, base: Order = SHARED) -> Order:
    """The order that only tells `status`."""
    return replace(base, key=f"con_7732_alpha/2/told/{status}", event_id=f"evt_told_{status}", status=status)


def void_order(invoice_id: str, base: Order = SHARED, **changes: Any) -> Order:
    """The order that voids the open invoice of `base`."""
    names = {"key": f"con_7732_alpha/2/r1/void/{invoice_id}", "event_id": f"evt_void_{invoice_id}"}
    asked = {"operation": "void_invoice", "status": "voiding", "invoice_id": invoice_id}
    return replace(base, **{**names, **asked, **changes})


def reversal_order(payout_id: str, leg: Leg, base: Order = SHARED, **changes: Any) -> Order:
    """The order that brings one payout back from its payee."""
    names = {"key": f"con_7732_alpha/2/reverse/{payout_id}", "event_id": f"evt_reverse_{payout_id}"}
    asked = {"operation": "reverse_payout", "status": "refunding", "payout_id": payout_id, "leg": leg}
    return replace(base, **{**names, **asked, **changes})


def credit_order(invoice_id: str, base: Order = SHARED, **changes: Any) -> Order:
    """The order that gives the client the payment of an invoice back."""
    names = {"key": f"con_7732_alpha/2/credit/{invoice_id}", "event_id": f"evt_credit_{invoice_id}"}
    asked = {"operation": "credit_note", "status": "refunding", "invoice_id": invoice_id}
    return replace(base, **{**names, **asked, **changes})


def intent_of(gateway: Gateway, order: Order) -> Intent:
    return Intent(order.key, order.event_id, gateway.draft(order))
