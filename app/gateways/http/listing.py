"""What a platform says that it booked for a contract, a page at a time. Pure.

Shape: docs/gateway-protocol.md, "Listing". Read as strictly as an answer: what is adopted from it is money.
"""

from __future__ import annotations

from app import strictjson
from app.errors import PayloadError
from app.gateways.base import Booked, Leg
from app.gateways.fields import Object, as_object
from app.gateways.http.parse import read_facts


def read_page(body: bytes, contract_id: str) -> tuple[list[Booked], str]:
    """The invoices of one page, and where the next one begins, "" after the last. Raises PayloadError."""
    page = as_object("", strictjson.loads(body))
    if page.text("contract_id") != contract_id:
        raise PayloadError(f"this is not the list of {contract_id}", where="contract_id")
    after = "" if page.members.get("next") in (None, "") else page.text("next")
    return [_booked(entry) for entry in page.objects("booked")], after


def _booked(entry: Object) -> Booked:
    done = read_facts(entry)
    if done.invoice is None:
        raise PayloadError("this field is missing", where=entry.where("invoice"))
    if (done.invoice.status == "credited") != (done.credit is not None):
        raise PayloadError("an invoice is credited by its credit note", where=entry.where("credit_note"))
    return Booked(
        event_id=entry.text("event_id"),
        milestone_index=entry.whole("milestone_index"),
        milestone_title=entry.text("milestone_title"),
        revision=entry.whole("revision"),
        legs=tuple(
            Leg(leg.text("account_token"), leg.whole("amount_cents")) for leg in entry.objects("legs")
        ),
        invoice=done.invoice,
        done=done,
    )
