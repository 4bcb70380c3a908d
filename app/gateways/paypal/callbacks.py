"""What PayPal's events mean. Pure. https://developer.paypal.com/api/rest/webhooks/event-names/"""

from __future__ import annotations

from app import strictjson
from app.errors import PayloadError
from app.events import GatewayEvent
from app.gateways.fields import Object, as_object, clean
from app.gateways.paypal.plan import event_id_in, event_of

_INVOICE = "INVOICING.INVOICE."
_ITEM = "PAYMENT.PAYOUTS-ITEM."
_DISPUTE = "CUSTOMER.DISPUTE."
NEEDED = (
    *(f"{_INVOICE}{word}" for word in ("PAID", "CANCELLED", "REFUNDED")),
    *(f"{_ITEM}{word}" for word in ("SUCCEEDED", "FAILED", "UNCLAIMED", "RETURNED", "BLOCKED", "REFUNDED")),
    *(f"{_DISPUTE}{word}" for word in ("CREATED", "RESOLVED")),
)
"""The events without which something would be known only when it is asked about."""
_INVOICE_WORDS = {"CANCELLED": "voided", "REFUNDED": "credited"}
_BY_STATUS = {
    # PAID is also told of a payment in part, and of one that has yet to come.
    ("PAID", "PARTIALLY_PAID"): "partially_paid",
    ("PAID", "PAYMENT_PENDING"): "payment_pending",
    ("REFUNDED", "PARTIALLY_REFUNDED"): "partially_refunded",
}
_ITEM_WORDS = {
    "SUCCEEDED": "paid",
    **dict.fromkeys(("FAILED", "DENIED", "BLOCKED", "RETURNED", "CANCELED", "REFUNDED"), "failed"),
}


def read_callback(body: bytes) -> GatewayEvent:
    """Raises PayloadError for what is no event of PayPal, or has no id."""
    event = as_object("", strictjson.loads(body))
    delivery_id, word = event.text("id"), event.text("event_type")
    resource = as_object("resource", event.get("resource"))
    if word.startswith(_INVOICE):
        return _of_invoice(delivery_id, word.removeprefix(_INVOICE), resource)
    if word.startswith(_ITEM):
        return _of_item(delivery_id, word.removeprefix(_ITEM), resource)
    if word.startswith(_DISPUTE):
        return _of_dispute(delivery_id, resource)
    return GatewayEvent(clean(word).lower(), "", "", "", delivery_id)


def _of_invoice(delivery_id: str, word: str, resource: Object) -> GatewayEvent:
    """The invoice stands one level down in version 2.0, and at the top in others."""
    invoice = resource
    if isinstance(resource.members.get("invoice"), dict):
        invoice = as_object("resource.invoice", resource.members["invoice"])
    detail = as_object("detail", invoice.members.get("detail") or {})
    event_id = event_id_in(clean(detail.members.get("reference")))
    kind = _BY_STATUS.get((word, clean(invoice.members.get("status"))))
    kind = kind or _INVOICE_WORDS.get(word) or word.lower()
    return GatewayEvent(f"invoice.{kind}", invoice.text("id"), "", event_id, delivery_id)


def _of_item(delivery_id: str, word: str, resource: Object) -> GatewayEvent:
    """A share is alone in its batch, whose id is the payout's."""
    event_id = event_id_in(clean(resource.members.get("sender_batch_id")))
    item = as_object("resource.payout_item", resource.get("payout_item"))
    return GatewayEvent(
        kind=f"payout.{_ITEM_WORDS.get(word, word.lower())}",
        invoice_id="",
        payout_id=resource.text("payout_batch_id"),
        event_id=event_id,
        delivery_id=delivery_id,
        account=clean(item.members.get("receiver")),
    )


def _of_dispute(delivery_id: str, resource: Object) -> GatewayEvent:
    """A dispute names the invoice by its number, of which our event's id can be told."""
    disputed = resource.members.get("disputed_transactions")
    numbers = [
        clean(one.get("invoice_number"))
        for one in (disputed if isinstance(disputed, list) else [])
        if isinstance(one, dict)
    ]
    event_id = next((name for number in numbers if (name := event_of(number))), "")
    return GatewayEvent("invoice.disputed", "", "", event_id, delivery_id)


def is_object(body: bytes) -> bool:
    """Whether a body is one JSON object and nothing more, so that it can stand inside another."""
    try:
        return isinstance(strictjson.loads(body), dict)
    except PayloadError:
        return False
