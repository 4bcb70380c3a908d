"""How PayPal shows what the books hold."""

from __future__ import annotations

from typing import Any

from app.sandbox.paypal import amounts
from app.sandbox.paypal.account import Account, stamp
from app.sandbox.paypal.papers import Batch, Dispute, Invoice, Payment, PayoutItem, Refund

COLLECTIONS = ("items", "payments", "refunds")
"""A list or a search leaves these out of an invoice unless the caller asks for them by `fields`."""
ITEM_ERRORS = {
    "RECEIVER_UNREGISTERED": "The recipient for this payout does not have an account. A link to sign up for"
    " an account was sent to the recipient. However, if the recipient does not claim this payout within 30"
    " days, the funds will be returned to your account.",
    "RECEIVER_ACCOUNT_INVALID": "Receiver's account is invalid.",
    "RECEIVER_ACCOUNT_LOCKED": "Receiver's account is locked or inactive.",
    "INSUFFICIENT_FUNDS": "Sender does not have sufficient funds. Please add funds and retry.",
}


def link(href: str, rel: str, method: str = "GET") -> dict[str, str]:
    return {"href": href, "rel": rel, "method": method}


def payer_url(account: Account, invoice: Invoice) -> str:
    return f"{account.base_url}/invoice/p/{invoice.id.removeprefix('INV2-').replace('-', '')}"


def invoice_url(account: Account, invoice: Invoice) -> str:
    return f"{account.base_url}/v2/invoicing/invoices/{invoice.id}"


def invoice(account: Account, one: Invoice) -> dict[str, Any]:
    """The whole invoice."""
    draft, money = one.draft, one.draft.currency
    detail: dict[str, Any] = {
        "invoice_number": draft.number,
        "reference": draft.reference,
        "note": draft.note,
        "memo": draft.memo,
        "terms_and_conditions": draft.terms_and_conditions,
    }
    view: dict[str, Any] = {
        "id": one.id,
        "status": one.status,
        "detail": {
            **{name: text for name, text in detail.items() if text},
            "currency_code": money.upper(),
            "invoice_date": draft.invoice_date.isoformat(),
            "payment_term": {
                "term_type": draft.term_type,
                **({"due_date": draft.due_date.isoformat()} if draft.due_date else {}),
            },
            "metadata": _metadata(account, one),
        },
        "invoicer": draft.invoicer,
        "primary_recipients": draft.recipients,
        "items": draft.items,
        "configuration": draft.configuration,
        "amount": {
            **amounts.shape(draft.amount_minor, money),
            "breakdown": {
                "item_total": amounts.shape(draft.item_total_minor, money),
                "tax_total": amounts.shape(draft.tax_total_minor, money),
            },
        },
        "due_amount": amounts.shape(one.due_minor, money),
        "links": [link(invoice_url(account, one), "self")],
    }
    if one.payments:
        view["payments"] = {
            "paid_amount": amounts.shape(one.received_minor, money),
            "transactions": [_payment(payment, money) for payment in one.payments if not payment.pending],
        }
    if one.refunds:
        view["refunds"] = {
            "refund_amount": amounts.shape(sum(refund.amount_minor for refund in one.refunds), money),
            "transactions": [_refund(refund, money) for refund in one.refunds],
        }
    return view


def _metadata(account: Account, one: Invoice) -> dict[str, str]:
    url = payer_url(account, one)
    metadata = {
        "create_time": stamp(one.created),
        "recipient_view_url": url,
        "invoicer_view_url": f"{url}#seller",
    }
    if one.sent:
        metadata |= {"first_sent_time": stamp(one.sent), "last_sent_time": stamp(one.sent)}
    if one.cancelled:
        metadata["cancel_time"] = stamp(one.cancelled)
    return metadata


def _payment(one: Payment, currency: str) -> dict[str, Any]:
    shown = {
        "type": one.kind,
        "payment_id": one.id,
        "payment_date": one.made.date().isoformat(),
        "method": one.method,
        "amount": amounts.shape(one.amount_minor, currency),
    }
    return {**shown, "note": one.note} if one.note else shown


def _refund(one: Refund, currency: str) -> dict[str, Any]:
    return {
        "type": one.kind,
        "refund_id": one.id,
        "refund_date": one.made.date().isoformat(),
        "method": one.method,
        "amount": amounts.shape(one.amount_minor, currency),
    }


def listed(account: Account, one: Invoice, fields: list[str]) -> dict[str, Any]:
    whole = invoice(account, one)
    return {name: part for name, part in whole.items() if name not in COLLECTIONS or name in fields}


def capture(account: Account, one: Payment, bill: Invoice) -> dict[str, Any]:
    """A payment of an invoice as the Payments API shows it."""
    given_minor = sum(refund.amount_minor for refund in one.refunds)
    status = {0: "COMPLETED", one.amount_minor: "REFUNDED"}.get(given_minor, "PARTIALLY_REFUNDED")
    url = f"{account.base_url}/v2/payments/captures/{one.id}"
    return {
        "id": one.id,
        "status": "PENDING" if one.pending else status,
        "amount": amounts.shape(one.amount_minor, bill.draft.currency),
        "invoice_id": bill.draft.number,
        "final_capture": True,
        "create_time": stamp(one.made),
        "links": [link(url, "self"), link(f"{url}/refund", "refund", "POST")],
    }


def refund(account: Account, one: Refund, payment: Payment, currency: str) -> dict[str, Any]:
    base = f"{account.base_url}/v2/payments"
    given_minor = sum(earlier.amount_minor for earlier in payment.refunds)
    return {
        "id": one.id,
        "status": "COMPLETED",
        "amount": amounts.shape(one.amount_minor, currency),
        "note_to_payer": one.note,
        "custom_id": one.custom_id,
        "seller_payable_breakdown": {
            "gross_amount": amounts.shape(one.amount_minor, currency),
            "total_refunded_amount": amounts.shape(given_minor, currency),
        },
        "create_time": stamp(one.made),
        "links": [
            link(f"{base}/refunds/{one.id}", "self"),
            link(f"{base}/captures/{payment.id}", "up"),
        ],
    }


def batch_header(one: Batch) -> dict[str, Any]:
    total_minor = sum(item.order.amount_minor for item in one.items)
    header = {
        "payout_batch_id": one.id,
        "batch_status": one.status,
        "time_created": stamp(one.created),
        "sender_batch_header": one.header,
        "funding_source": "BALANCE",
        "amount": amounts.payout_shape(total_minor, one.currency),
        "fees": amounts.payout_shape(0, one.currency),
    }
    return {**header, "time_completed": stamp(one.completed)} if one.completed else header


def batch_link(account: Account, batch_id: str) -> dict[str, str]:
    url = f"{account.base_url}/v1/payments/payouts/{batch_id}"
    return {**link(url, "self"), "encType": "application/json"}


def payout_item(account: Account, one: PayoutItem, batch: Batch) -> dict[str, Any]:
    """https://developer.paypal.com/docs/api/payments.payouts-batch/v1/#payouts-item_get"""
    order = one.order
    shown: dict[str, Any] = {
        "payout_item_id": one.id,
        "transaction_status": one.status,
        "payout_item_fee": amounts.payout_shape(0, batch.currency),
        "payout_batch_id": batch.id,
        "payout_item": {
            "recipient_type": order.recipient_type,
            "amount": amounts.payout_shape(order.amount_minor, batch.currency),
            "note": order.note,
            "receiver": order.receiver,
            "sender_item_id": order.sender_item_id,
            "recipient_wallet": "PAYPAL",
        },
        "links": [link(f"{account.base_url}/v1/payments/payouts-item/{one.id}", "item")],
    }
    if batch.sender_batch_id:
        shown["sender_batch_id"] = batch.sender_batch_id
    if one.ended:
        shown |= {"transaction_id": one.transaction_id, "time_processed": stamp(one.ended)}
    if one.error:
        message = ITEM_ERRORS.get(one.error, "The payout did not arrive.")
        shown["errors"] = {"name": one.error, "message": message, "details": [], "links": []}
    return shown


def dispute(account: Account, one: Dispute) -> dict[str, Any]:
    """https://developer.paypal.com/docs/api/customer-disputes/v1/#disputes_get"""
    currency = one.invoice.draft.currency
    shown: dict[str, Any] = {
        **dispute_summary(account, one),
        "disputed_transactions": [
            {
                "seller_transaction_id": one.payment.id,
                "create_time": stamp(one.payment.made),
                "transaction_status": "COMPLETED",
                "gross_amount": amounts.shape(one.payment.amount_minor, currency),
                "invoice_number": one.invoice.draft.number,
            }
        ],
    }
    if one.outcome:
        back_minor = one.amount_minor if one.outcome == "RESOLVED_BUYER_FAVOUR" else 0
        shown["dispute_outcome"] = {
            "outcome_code": one.outcome,
            "amount_refunded": amounts.shape(back_minor, currency),
        }
    return shown


def dispute_summary(account: Account, one: Dispute) -> dict[str, Any]:
    return {
        "dispute_id": one.id,
        "create_time": stamp(one.created),
        "update_time": stamp(one.updated),
        "reason": one.reason,
        "status": "RESOLVED" if one.outcome else "OPEN",
        "dispute_state": "RESOLVED" if one.outcome else "REQUIRED_ACTION",
        "dispute_amount": amounts.shape(one.amount_minor, one.invoice.draft.currency),
        "dispute_life_cycle_stage": "CHARGEBACK",
        "dispute_channel": "EXTERNAL",
        "links": [link(f"{account.base_url}/v1/customer/disputes/{one.id}", "self")],
    }
