"""What is stored of an order, and the names under which PayPal knows it. Pure.

Several requests make one order, so its stored bytes are the order itself; every request is made of them.
What keeps a thing from happening twice at PayPal is our name for it: an invoice's number, a refund's
PayPal-Request-Id, a payout's sender_batch_id. All are made of the event's id, which is made of the key.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Never
from urllib.parse import quote, unquote

from app.gateways.base import Order

_TAG = re.compile(r"closeout:([^/\s]{1,400})/([1-9]\d{0,8})/r([1-9]\d{0,8})(?!\S)", re.ASCII)
_EVENT_ID = re.compile(r"evt_[A-Za-z0-9_-]{1,64}", re.ASCII)
_LONGEST_NUMBER = 25


def write_plan(order: Order) -> bytes:
    """The order's own JSON. Raises ValueError for a float, or no id of an event."""
    if not event_id_in(order.event_id):
        raise ValueError(f"{order.event_id!r} is no event id")
    text = order.to_json()
    json.loads(text, parse_float=_no_float)
    return text.encode()


def number_of(event_id: str) -> str:
    """The invoice's number: of at most 25 characters, the only guard against a second invoice.

    https://developer.paypal.com/docs/api/invoicing/v2/#definition-invoice_detail
    """
    number = f"E{event_id.removeprefix('evt_')}"
    if len(number) <= _LONGEST_NUMBER:
        return number
    return f"H{hashlib.sha256(event_id.encode()).hexdigest()[: _LONGEST_NUMBER - 1]}"


def event_of(number: str) -> str:
    """The event's id that a number was made of; "" where it can not be told."""
    is_whole = number.startswith("E") and len(number) <= _LONGEST_NUMBER
    return event_id_in(f"evt_{number[1:]}") if is_whole else ""


def event_id_in(text: str) -> str:
    """`text` where it has the form of an event's id, else ""."""
    return text if _EVENT_ID.fullmatch(text) else ""


def tag_of(order: Order) -> str:
    """The milestone and revision, for an invoice's memo and a payout's note."""
    return f"{tag_start(order.contract_id, order.milestone_index)}r{order.revision}"


def tag_start(contract_id: str, milestone_index: int) -> str:
    """What the tags of a milestone begin with, whatever the revision."""
    return f"closeout:{quote(contract_id, safe='')}/{milestone_index}/"


def read_tag(memo: str) -> tuple[str, int, int] | None:
    """(contract, milestone's index, revision) of a memo that begins with a tag."""
    match = _TAG.match(memo)
    return (unquote(match[1]), int(match[2]), int(match[3])) if match else None


def _no_float(text: str) -> Never:
    raise ValueError(f"{text} in the context: a float has no place beside money")
