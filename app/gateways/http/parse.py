"""What a platform says: answers, errors and callbacks, read strictly. Pure.

Fields that we do not know are ignored; the ones that we know must be right to the letter, since a wrong
amount that is believed once is posted to the ledger. Shapes: docs/gateway-protocol.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from app import strictjson
from app.errors import PayloadError
from app.events import CreditFacts, GatewayEvent, InvoiceFacts, PayoutFacts
from app.gateways.base import Done, Unknown
from app.gateways.fields import Object, as_object, clean
from app.gateways.http.envelope import Asked

_INVOICE_STATUS = ("open", "paid", "void", "uncollectible", "credited")
_PAYOUT_STATUS = ("pending", "paid", "failed", "reversed")
_KIND = re.compile(r"[a-z]{1,32}\.[a-z_]{1,64}", re.ASCII)


def read_answer(body: bytes, asked: Asked) -> Done | Unknown:
    """The facts in a 2xx answer to `asked`, or Unknown for a person where they contradict the order."""
    try:
        done = read_facts(as_object("", strictjson.loads(body)))
        _check_invoice(asked, done)
        _check_payouts(asked, done.payouts)
    except PayloadError as error:
        return Unknown(f"the answer is wrong: {error}", needs_person=True)
    return done


def read_facts(parent: Object) -> Done:
    """The invoice, the payouts and the credit note that stand in an object. Raises PayloadError."""
    return Done(_invoice(parent), _payouts(parent), _credit(parent))


def _check_invoice(asked: Asked, done: Done) -> None:
    """The invoice and its credit note: the ordered ones, whole, and undone where that was ordered."""
    invoice, credit = done.invoice, done.credit
    if invoice is None and asked.operation in ("open_invoice", "void_invoice", "credit_note"):
        raise PayloadError("the order is about an invoice, but the answer has none", where="invoice")
    if invoice is not None:
        _same("invoice.amount_cents", invoice.amount_minor, asked.amount_minor)
        _same("invoice.currency", invoice.currency, asked.currency)
        _same("invoice.id", invoice.id, asked.invoice_id or invoice.id)
        undone = {"void_invoice": "void", "credit_note": "credited"}.get(asked.operation, invoice.status)
        _same("invoice.status", invoice.status, undone)
    if credit is not None:
        _same("credit_note.amount_cents", credit.amount_minor, asked.amount_minor)
        _same("credit_note.currency", credit.currency, asked.currency)
    is_credited = invoice is not None and invoice.status == "credited"
    if asked.leg is None and is_credited != (credit is not None):  # a payee's order need not name the note
        raise PayloadError(
            "an invoice is credited by its credit note, and by nothing else", where="credit_note"
        )


def _check_payouts(asked: Asked, payouts: tuple[PayoutFacts, ...]) -> None:
    """Each payout is one of the ordered legs, or a part of one where the client's payments are passed on in
    parts; an order about one payee is answered with that one alone.
    """
    if asked.leg is not None and len(payouts) != 1:
        raise PayloadError(f"expected this one payout, not {len(payouts)}", where="payouts")
    if asked.operation == "void_invoice" and any(one.status in ("pending", "paid") for one in payouts):
        raise PayloadError("an invoice that nobody paid has payouts", where="payouts")
    if asked.leg is not None:
        _same("payouts[0].part", payouts[0].part, asked.leg.part)
    ordered = {leg.account: leg.amount_minor for leg in ((asked.leg,) if asked.leg else asked.legs)}
    paid_minor: Counter[str] = Counter()
    for number, payout in enumerate(payouts):
        where = f"payouts[{number}]"
        _same(f"{where}.currency", payout.currency, asked.currency)
        if ordered and payout.account not in ordered:
            raise PayloadError(
                f"{payout.account!r} is none of the accounts that were ordered",
                where=f"{where}.account_token",
            )
        paid_minor[payout.account] += payout.amount_minor
        is_part = asked.leg is None and asked.in_parts
        if ordered and not (is_part and paid_minor[payout.account] <= ordered[payout.account]):
            _same(f"{where}.amount_cents", paid_minor[payout.account], ordered[payout.account])
        if asked.operation == "reverse_payout":
            _same(f"{where}.id", payout.id, asked.payout_id)
            _same(f"{where}.status", payout.status, "reversed")


def _same(where: str, said: object, ordered: object) -> None:
    if said != ordered:
        raise PayloadError(f"the platform says {said}, but {ordered} was ordered", where=where)


def _invoice(parent: Object) -> InvoiceFacts | None:
    if parent.members.get("invoice") is None:
        return None
    invoice = as_object(parent.where("invoice"), parent.get("invoice"))
    amount_minor, status = invoice.whole("amount_cents"), invoice.word("status", *_INVOICE_STATUS)
    least_minor = amount_minor if status == "paid" else 0
    is_counted = "received_cents" in invoice.members
    received_minor = invoice.at_least("received_cents", least_minor) if is_counted else None
    outside, disputed, lost = (
        invoice.at_least(name, 0) for name in ("outside_cents", "disputed_cents", "lost_cents")
    )
    known_minor = least_minor if received_minor is None else received_minor
    for name, part_minor in (("outside_cents", outside), ("disputed_cents", disputed + lost)):
        if part_minor > known_minor:
            raise PayloadError(f"{part_minor} of {known_minor} that came in", where=invoice.where(name))
    return InvoiceFacts(
        id=invoice.text("id"),
        number=invoice.text("number"),
        url=invoice.link("url"),
        status=status,
        amount_minor=amount_minor,
        currency=invoice.text("currency"),
        received_minor=received_minor,
        outside_minor=outside,
        disputed_minor=disputed,
        lost_minor=lost,
    )


def _credit(parent: Object) -> CreditFacts | None:
    if parent.members.get("credit_note") is None:
        return None
    credit = as_object(parent.where("credit_note"), parent.get("credit_note"))
    is_told = "refunded_cents" in credit.members
    return CreditFacts(
        id=credit.text("id"),
        number=credit.text("number"),
        url=credit.link("url"),
        amount_minor=credit.whole("amount_cents"),
        currency=credit.text("currency"),
        refunded_minor=credit.whole("refunded_cents") if is_told else None,
    )


def _payouts(parent: Object) -> tuple[PayoutFacts, ...]:
    payouts = tuple(map(_payout, parent.objects("payouts"))) if "payouts" in parent.members else ()
    if len({(one.account, one.part) for one in payouts}) != len(payouts):
        raise PayloadError("an account has one payout twice", where=parent.where("payouts"))
    return payouts


def _payout(payout: Object) -> PayoutFacts:
    return PayoutFacts(
        id=payout.text("id"),
        account=payout.text("account_token"),
        status=payout.word("status", *_PAYOUT_STATUS),
        amount_minor=payout.whole("amount_cents"),
        currency=payout.text("currency"),
        reason=clean(payout.members.get("reason")),
        part=payout.at_least("part", 1),
    )


@dataclass(frozen=True, slots=True)
class Refusal:
    """A platform's error: its `code` and `event_id` where it gives them, and a `text` fit to be shown."""

    code: str = ""
    event_id: str = ""
    text: str = ""


def read_refusal(body: bytes) -> Refusal:
    """Read {"error": {"code", "message", "field", "event_id"}}; other bodies (a proxy's HTML) say nothing."""
    try:
        document = strictjson.loads(body)
    except PayloadError:
        return Refusal()
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict):
        return Refusal()
    code, field, message = (clean(error.get(name)) for name in ("code", "field", "message"))
    return Refusal(
        code, clean(error.get("event_id")), ": ".join(part for part in (field, message or code) if part)
    )


def read_delivery_id(headers: Mapping[str, str]) -> str:
    """A callback's id. Raises PayloadError when there is none."""
    return Object("", dict(headers)).text("webhook-id")


def read_callback(body: bytes) -> GatewayEvent:
    """What a verified callback means. Raises PayloadError.

    Kinds that this version does not know are read all the same; whoever takes them may ignore them.
    """
    callback = as_object("", strictjson.loads(body))
    kind = callback.text("event")
    if _KIND.fullmatch(kind) is None:
        raise PayloadError(f"{kind!r} is not a kind such as invoice.paid", where="event")
    data = as_object("data", callback.get("data"))
    event_id = data.text("event_id") if "event_id" in data.members else ""
    invoice, payouts = _invoice(data), _payouts(data)
    if kind.startswith("invoice.") and invoice is None:
        raise PayloadError("this field is missing", where="data.invoice")
    if kind.startswith("payout.") and len(payouts) != 1:
        raise PayloadError(
            f"expected the one payout that this is about, not {len(payouts)}", where="data.payouts"
        )
    account = clean(data.members.get("account_token")) if kind.startswith("account.") else ""
    return GatewayEvent(
        kind=kind,
        invoice_id=invoice.id if invoice else "",
        payout_id=payouts[0].id if kind.startswith("payout.") else "",
        event_id=event_id,
        account=account,
    )
