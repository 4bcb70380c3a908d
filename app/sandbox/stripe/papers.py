"""How new invoices, items and lines look, field by field, as the SDK's resource classes list them. Pure."""

from __future__ import annotations

from app.sandbox.stripe.books import Params
from app.sandbox.stripe.shelf import Paper, listed

_AMOUNTS = (
    "amount_due",
    "amount_overpaid",
    "amount_paid",
    "amount_remaining",
    "amount_shipping",
    "post_payment_credit_notes_amount",
    "pre_payment_credit_notes_amount",
    "subtotal",
    "subtotal_excluding_tax",
    "total",
    "total_excluding_tax",
)
"""What an invoice counts, all in minor units."""
_EMPTY = (
    "account_tax_ids",
    "application",
    "customer_account",
    "customer_shipping",
    "default_payment_method",
    "default_source",
    "effective_at",
    "ending_balance",
    "from_invoice",
    "hosted_invoice_url",
    "invoice_pdf",
    "last_finalization_error",
    "latest_revision",
    "next_payment_attempt",
    "on_behalf_of",
    "parent",
    "receipt_number",
    "rendering",
    "shipping_cost",
    "shipping_details",
    "statement_descriptor",
    "test_clock",
)
"""What an invoice of ours never has, or has only later."""


def draft_invoice(invoice_id: str, customer: Paper, currency: str, now_s: int) -> Paper:
    """A draft without lines. https://docs.stripe.com/api/invoices/object"""
    return {
        "id": invoice_id,
        "object": "invoice",
        **dict.fromkeys(_AMOUNTS, 0),
        **dict.fromkeys(_EMPTY),
        "account_country": "US",
        "account_name": "Sandbox Studio",
        "attempt_count": 0,
        "attempted": False,
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "billing_reason": "manual",
        "created": now_s,
        "currency": currency,
        "customer": customer["id"],
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "discounts": [],
        "issuer": {"type": "self"},
        "lines": listed([], f"/v1/invoices/{invoice_id}/lines"),
        "livemode": False,
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "period_end": now_s,
        "period_start": now_s,
        "starting_balance": customer["balance"],
        "status": "draft",
        "status_transitions": {
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "total_discount_amounts": [],
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": now_s,
    }


def invoice_item(item_id: str, params: Params, currency: str, now_s: int) -> Paper:
    """https://docs.stripe.com/api/invoiceitems/object"""
    return {
        "id": item_id,
        "object": "invoiceitem",
        "amount": params["amount"],
        "currency": currency,
        "customer": params["customer"],
        "customer_account": None,
        "date": now_s,
        "description": params.get("description"),
        "discountable": params.get("discountable", True),
        "discounts": [],
        "invoice": params.get("invoice"),
        "livemode": False,
        "net_amount": params["amount"],
        "parent": None,
        "period": {"end": now_s, "start": now_s},
        "pricing": _price(item_id, params["amount"]),
        "proration": False,
        "quantity": 1,
        "quantity_decimal": "1",
        "tax_rates": [],
        "test_clock": None,
    }


def invoice_line(line_id: str, item: Paper) -> Paper:
    """https://docs.stripe.com/api/invoice-line-item/object"""
    details = {
        "invoice_item": item["id"],
        "proration": False,
        "proration_details": {"credited_items": None},
        "subscription": None,
    }
    return {
        "id": line_id,
        "object": "line_item",
        "amount": item["amount"],
        "currency": item["currency"],
        "description": item["description"],
        "discount_amounts": [],
        "discountable": item["discountable"],
        "discounts": [],
        "invoice": item["invoice"],
        "livemode": False,
        "metadata": dict(item["metadata"]),
        "parent": {
            "invoice_item_details": details,
            "subscription_item_details": None,
            "type": "invoice_item_details",
        },
        "period": dict(item["period"]),
        "pretax_credit_amounts": [],
        "pricing": item["pricing"],
        "quantity": 1,
        "quantity_decimal": "1",
        "subtotal": item["amount"],
        "taxes": [],
    }


def _price(item_id: str, amount_minor: int) -> Paper:
    """The one-off price that Stripe makes behind an amount."""
    suffix = item_id.removeprefix("ii_")
    return {
        "price_details": {"price": f"price_{suffix}", "product": f"prod_{suffix}"},
        "type": "price_details",
        "unit_amount_decimal": str(amount_minor),
    }
