"""Stripe's webhooks: who sent one, and which of our orders it is about. Pure.

An event is a hint: nothing of what it says is believed, the object is read again.
https://docs.stripe.com/webhooks and https://docs.stripe.com/api/events/types
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from dataclasses import replace

from app import strictjson
from app.errors import PayloadError, SignatureError
from app.events import GatewayEvent
from app.gateways.fields import Object, as_object
from app.gateways.stripe import words
from app.gateways.stripe.papers import maybe, tags

HEADER = "stripe-signature"
TOLERANCE_S = 300
_LONGEST_HEADER = 4096
_MEND = "Put the signing secret of this endpoint, whsec_…, from Stripe's dashboard under Developers, Webhooks"
_PART = re.compile(r"([a-z0-9]{1,8})=([0-9a-f]{1,128})", re.ASCII)
_KIND = re.compile(r"[a-z0-9_]{1,64}(?:\.[a-z0-9_]{1,64}){1,4}", re.ASCII)

_KINDS = {
    "invoice.marked_uncollectible": "invoice.uncollectible",
    "invoice_payment.paid": "invoice.partially_paid",
    "credit_note.created": "invoice.credited",
    "credit_note.voided": "invoice.credited",
    "transfer.created": "payout.paid",
    "transfer.reversed": "payout.reversed",
    "transfer.updated": "payout.updated",
}
"""Stripe's words in our spelling; others stay as they are."""


def verify_event(
    headers: Mapping[str, str], body: bytes, secrets: tuple[bytes, ...], *, now_s: float | None = None
) -> None:
    """Check `t=<seconds>,v1=<hex>,…` over "<t>.<body>", with any of the secrets. Raises SignatureError.

    https://docs.stripe.com/webhooks/signature. `now_s` is the present in seconds since 1970.
    """
    header = headers.get(HEADER, "")
    parts = [_PART.fullmatch(part.strip()) for part in header[:_LONGEST_HEADER].split(",")]
    known = [(part[1], part[2]) for part in parts if part is not None]
    moments = [value for name, value in known if name == "t" and re.fullmatch(r"[0-9]{1,12}", value)]
    claimed = [value for name, value in known if name == "v1"]
    if len(moments) != 1 or not claimed:
        raise SignatureError("there is no t= with a v1= signature", where=HEADER, mend=_MEND)
    off_s = (time.time() if now_s is None else now_s) - int(moments[0])
    if abs(off_s) > TOLERANCE_S:
        raise SignatureError(
            f"it is {abs(off_s):.0f} seconds {'old' if off_s > 0 else 'ahead'}, allowed are {TOLERANCE_S} s",
            where=HEADER,
            mend="Set this machine's clock by NTP",
        )
    signed = moments[0].encode() + b"." + body
    is_right = False
    for secret in filter(None, secrets):
        expected = hmac.new(secret, signed, hashlib.sha256).hexdigest()
        for one in claimed:
            is_right |= hmac.compare_digest(expected.encode(), one.encode())
    if not is_right:
        raise SignatureError("no signature matches the body", where=HEADER, mend=_MEND)


def read_event(body: bytes, account: str, *, is_live: bool) -> GatewayEvent:
    """What a verified event means. Raises PayloadError.

    One of another account or of the other mode, and one that we have no word for, is about no order: it is
    read and names none.
    """
    event = as_object("", strictjson.loads(body))
    kind, delivery_id = event.text("type"), event.text("id")
    if event.text("object") != "event" or _KIND.fullmatch(kind) is None:
        raise PayloadError(f"{kind!r} is no event of Stripe's", where="type")
    about = _object_in(event)
    found = GatewayEvent(_spelled(kind), "", "", "")
    if kind == "account.updated" and event.get("livemode") is is_live:
        found = replace(found, account=maybe(event, "account") or about.text("id"))
    elif _is_ours(event, account, is_live=is_live):
        found = _about(found.kind, about)
    return replace(found, delivery_id=delivery_id)


def payment_of(body: bytes, account: str, *, is_live: bool) -> str:
    """The payment that an event of ours about a charge, a refund or a dispute belongs to, else "".

    None of these names its invoice. Raises PayloadError.
    """
    event = as_object("", strictjson.loads(body))
    about = _object_in(event)
    is_payment = about.members.get("object") in ("charge", "refund", "dispute")
    return maybe(about, "payment_intent") if is_payment and _is_ours(event, account, is_live=is_live) else ""


def _object_in(event: Object) -> Object:
    return as_object("data.object", as_object("data", event.get("data")).get("object"))


def _is_ours(event: Object, account: str, *, is_live: bool) -> bool:
    """Whether it is about our own account, in our mode; https://docs.stripe.com/connect/webhooks"""
    return event.get("livemode") is is_live and maybe(event, "account") in ("", account)


def _about(spelled: str, about: Object) -> GatewayEvent:
    """The order that an object of our own account belongs to, where it says so."""
    known, what = tags(about), about.text("object")
    if what == "invoice":
        return GatewayEvent(spelled, about.text("id"), "", known.get(words.EVENT, ""))
    if what == "invoice_payment":
        return GatewayEvent(spelled, about.text("invoice"), "", "")
    if what == "credit_note":
        return GatewayEvent(spelled, about.text("invoice"), "", known.get(words.OF_INVOICE, ""))
    if what == "transfer":
        return GatewayEvent(spelled, "", about.text("id"), known.get(words.EVENT, ""))
    return GatewayEvent(spelled, "", "", "")


def _spelled(kind: str) -> str:
    if kind.startswith("charge.dispute."):
        return "invoice.disputed"
    if kind.startswith("payout."):  # to the account's own bank, which is no payout of ours
        return f"bank_{kind}"
    return _KINDS.get(kind, kind)
