"""An order as the request for PayPal's invoice. Pure.

Source: https://developer.paypal.com/docs/api/invoicing/v2/#invoices_create
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from app import money
from app.gateways.base import Order
from app.gateways.paypal import amounts
from app.gateways.paypal.plan import number_of, tag_of

LARGEST_PRICE = 1_000_000
"""In whole units of any currency: what one item may cost."""
LONGEST_NAME = 200
_NET_TERMS = (10, 15, 30, 45, 60, 90)
_LONGEST_NOTE = 4000


def invoice_request(order: Order, today: date) -> dict[str, Any]:
    """The request's body. `today` is counted from where PayPal knows no NET term of that many days.

    Without an invoice_date, which is then PayPal's own today: one that is tomorrow there would be scheduled.
    Without the seller's e-mail address: it must be the account's own, and is when it is left out.
    Raises MoneyError for an amount that PayPal can not bill.
    """
    context = order.context
    client, seller = _party(context.get("client")), _party(context.get("seller"))
    detail: dict[str, Any] = {
        "currency_code": order.currency.upper(),
        "invoice_number": number_of(order.event_id),
        "reference": order.event_id,
        "memo": tag_of(order),
        "payment_term": _term(context.get("net_days"), today),
    }
    if note := _note(context):
        detail["note"] = note
    body: dict[str, Any] = {
        "detail": detail,
        "primary_recipients": [{"billing_info": {**_contact(client), "email_address": client["email"]}}],
        "items": _items(order),
        "configuration": {
            "partial_payment": {"allow_partial_payment": context.get("partial") == "pro_rata"},
            "allow_tip": False,
        },
    }
    if invoicer := _contact(seller):
        body["invoicer"] = invoicer | ({"tax_id": seller["tax_id"][:100]} if seller["tax_id"] else {})
    return body


def _items(order: Order) -> list[dict[str, Any]]:
    """The milestone; a larger one than an item may cost is so many times that, and the rest."""
    name = item_name(order.milestone_title)
    largest_minor = LARGEST_PRICE * 10 ** money.exponent(order.currency)
    times, rest_minor = divmod(order.amount_minor, largest_minor)
    if rest_minor == 0 and times == 1:
        times, rest_minor = 0, largest_minor
    parts = [(times, largest_minor), (1, rest_minor)]
    described = str(order.context.get("contract_title", ""))[:1000]
    return [
        {
            "name": name,
            **({"description": described} if described else {}),
            "quantity": str(count),
            "unit_amount": amounts.shape(price_minor, order.currency),
        }
        for count, price_minor in parts
        if count and price_minor
    ]


def item_name(title: str) -> str:
    """A milestone's title as far as an item's name may be long."""
    return title if len(title) <= LONGEST_NAME else f"{title[: LONGEST_NAME - 1]}…"


def is_whole_title(name: str) -> bool:
    """Whether an item's name is all of a milestone's title."""
    return len(name) < LONGEST_NAME


def _term(net_days: object, today: date) -> dict[str, str]:
    if not isinstance(net_days, int) or net_days <= 0:
        return {"term_type": "DUE_ON_RECEIPT"}
    if net_days in _NET_TERMS:
        return {"term_type": f"NET_{net_days}"}
    due = today + timedelta(days=net_days)
    return {"term_type": "DUE_ON_DATE_SPECIFIED", "due_date": due.isoformat()}


def _note(context: Mapping[str, object]) -> str:
    """What the client reads below the items: the issues that were finished."""
    issues = context.get("issues")
    links = [str(link) for link in issues] if isinstance(issues, list | tuple) else []
    while sum(len(link) + 1 for link in links) > _LONGEST_NOTE:
        links.pop()
    return "\n".join(links)


def _party(plain: object) -> dict[str, Any]:
    given = plain if isinstance(plain, Mapping) else {}
    return {"name": "", "email": "", "address": (), "tax_id": "", **given}


def _contact(party: Mapping[str, Any]) -> dict[str, Any]:
    """A name, and an address where its last line is a country's code: PayPal wants one."""
    contact: dict[str, Any] = {}
    if party["name"]:
        contact["business_name"] = str(party["name"])[:300]
    lines = [str(line)[:300] for line in party["address"]]
    if lines and re.fullmatch(r"[A-Z]{2}", lines[-1], re.ASCII):
        *streets, country = lines
        named = {f"address_line_{number}": line for number, line in enumerate(streets[:2], 1)}
        rest = {"admin_area_2": ", ".join(streets[2:])[:300]} if len(streets) > 2 else {}
        contact["address"] = {**named, **rest, "country_code": country}
    return contact
