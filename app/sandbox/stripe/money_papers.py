"""How new payments, charges and payment records look, field by field. Pure."""

from __future__ import annotations

from app.sandbox.stripe.shelf import Paper


def invoice_payment(payment_id: str, invoice: Paper, payment: Paper, amount_minor: int, now_s: int) -> Paper:
    """https://docs.stripe.com/api/invoice-payment/object"""
    return {
        "id": payment_id,
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": amount_minor,
        "created": now_s,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": False,
        "livemode": False,
        "payment": payment,
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }


def payment_intent(intent_id: str, invoice: Paper, amount_minor: int, now_s: int) -> Paper:
    """https://docs.stripe.com/api/payment_intents/object"""
    empty = (
        "application",
        "application_fee_amount",
        "automatic_payment_methods",
        "canceled_at",
        "cancellation_reason",
        "last_payment_error",
        "latest_charge",
        "next_action",
        "on_behalf_of",
        "payment_method",
        "payment_method_configuration_details",
        "processing",
        "receipt_email",
        "review",
        "setup_future_usage",
        "shipping",
        "source",
        "statement_descriptor",
        "statement_descriptor_suffix",
        "transfer_data",
        "transfer_group",
    )
    return {
        "id": intent_id,
        "object": "payment_intent",
        **dict.fromkeys(empty),
        "amount": amount_minor,
        "amount_capturable": 0,
        "amount_received": 0,
        "capture_method": "automatic",
        "client_secret": f"{intent_id}_secret_sandbox",
        "confirmation_method": "automatic",
        "created": now_s,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "description": "Payment for Invoice",
        "livemode": False,
        "metadata": {},
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
    }


def charge_paper(charge_id: str, intent: Paper, invoice: Paper, now_s: int) -> Paper:
    """https://docs.stripe.com/api/charges/object"""
    empty = (
        "application",
        "application_fee",
        "application_fee_amount",
        "balance_transaction",
        "failure_balance_transaction",
        "failure_code",
        "failure_message",
        "on_behalf_of",
        "receipt_number",
        "review",
        "shipping",
        "source_transfer",
        "statement_descriptor",
        "statement_descriptor_suffix",
        "transfer_data",
        "transfer_group",
    )
    return {
        "id": charge_id,
        "object": "charge",
        **dict.fromkeys(empty),
        "amount": intent["amount"],
        "amount_captured": intent["amount"],
        "amount_refunded": 0,
        "billing_details": {
            "address": None,
            "email": invoice["customer_email"],
            "name": invoice["customer_name"],
            "phone": None,
            "tax_id": None,
        },
        "calculated_statement_descriptor": "SANDBOX STUDIO",
        "captured": True,
        "created": now_s,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": {},
        "outcome": {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": f"pm_{charge_id.removeprefix('ch_')}",
        "payment_method_details": {"type": "card"},
        "receipt_email": invoice["customer_email"],
        "refunded": False,
        "status": "succeeded",
    }


def payment_record(record_id: str, invoice: Paper, amount_minor: int, now_s: int) -> Paper:
    """Money that came outside of Stripe. https://docs.stripe.com/api/payment-record/object"""
    nothing = {"currency": invoice["currency"], "value": 0}
    paid = {"currency": invoice["currency"], "value": amount_minor}
    return {
        "id": record_id,
        "object": "payment_record",
        "amount": dict(paid),
        "amount_authorized": dict(nothing),
        "amount_canceled": dict(nothing),
        "amount_failed": dict(nothing),
        "amount_guaranteed": dict(paid),
        "amount_refunded": dict(nothing),
        "amount_requested": dict(paid),
        "application": None,
        "created": now_s,
        "customer_details": {
            "customer": invoice["customer"],
            "email": invoice["customer_email"],
            "name": invoice["customer_name"],
            "phone": None,
        },
        "customer_presence": None,
        "description": None,
        "latest_payment_attempt_record": None,
        "livemode": False,
        "metadata": {},
        "payment_method_details": None,
        "processor_details": {"custom": None, "type": "custom"},
        "reported_by": "self",
        "shipping_details": None,
    }
