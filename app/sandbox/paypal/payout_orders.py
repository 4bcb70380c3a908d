"""Reads a request for payouts. Source: https://developer.paypal.com/docs/api/payments.payouts-batch/v1/#payouts_post"""

from __future__ import annotations

import re
from typing import Any

from app.sandbox.paypal.papers import PayoutOrder
from app.sandbox.paypal.refusals import payout_invalid
from app.sandbox.paypal.values import Value

_RECEIVERS = {
    "EMAIL": re.compile(r"[^\s@]{1,64}@[A-Za-z0-9.-]+\.[A-Za-z]{2,}", re.ASCII),
    "PAYPAL_ID": re.compile(r"[A-Z0-9]{13}", re.ASCII),
    "PHONE": re.compile(r"\+?[0-9]{7,15}", re.ASCII),
}
_ITEM = ("recipient_type", "note", "sender_item_id", "recipient_wallet", "notification_language", "purpose")


def read_payouts(body: Any) -> tuple[dict[str, Any], str, list[PayoutOrder]]:
    """The header as it was written, the one currency of all items, and the items. Raises Refused.

    PayPal takes a batch without a sender_batch_id, and pays it again when it is sent again.
    """
    top = Value(body, refuse=payout_invalid).members(["sender_batch_header", "items"])
    header = top["sender_batch_header"].members(
        [], ("sender_batch_id", "recipient_type", "email_subject", "email_message", "note")
    )
    limits = {"sender_batch_id": 256, "recipient_type": 13, "email_subject": 255}
    for name, value in header.items():
        value.text(limits.get(name, 1000))
    kind = str(header["recipient_type"].plain) if "recipient_type" in header else ""
    orders, currency = [], ""
    for one in top["items"].array(15_000, 1):
        order, code = _order(one, kind)
        if currency not in ("", code):
            raise one.child("amount").no("", "Multiple currencies within a batch is not allowed")
        currency = code
        orders.append(order)
    return top["sender_batch_header"].plain, currency, orders


def _order(item: Value, batch_kind: str) -> tuple[PayoutOrder, str]:
    members = item.members(["amount", "receiver"], _ITEM)
    longest = {"recipient_type": 13, "sender_item_id": 63, "note": 4000, "recipient_wallet": 36}
    texts = {name: value.text(longest.get(name, 40)) for name, value in members.items() if name in _ITEM}
    kind = texts.get("recipient_type", batch_kind)
    receiver = members["receiver"].text(127)
    pattern = _RECEIVERS.get(kind)
    if pattern is None or pattern.fullmatch(receiver) is None:
        raise members["receiver"].no("", "Receiver is invalid or does not match with type")
    amount_minor, code = members["amount"].money(code_name="currency")
    if amount_minor == 0:
        raise members["amount"].child("value").no("", "Amount must be greater than zero")
    order = PayoutOrder(kind, receiver, amount_minor, texts.get("note", ""), texts.get("sender_item_id", ""))
    return order, code
