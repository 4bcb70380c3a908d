"""Reads the request for an invoice as strictly as PayPal's description of it.

Source: https://developer.paypal.com/docs/api/invoicing/v2/#invoices_create and the OpenAPI description
https://github.com/paypal/paypal-rest-api-specifications/blob/main/openapi/invoicing_v2.json
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from app.sandbox.paypal import amounts
from app.sandbox.paypal.papers import Draft
from app.sandbox.paypal.refusals import unprocessable
from app.sandbox.paypal.values import SYNTAX, Value

TERMS = (
    "DUE_ON_RECEIPT",
    "DUE_ON_DATE_SPECIFIED",
    "NET_10",
    "NET_15",
    "NET_30",
    "NET_45",
    "NET_60",
    "NET_90",
    "NO_DUE_DATE",
)
LARGEST = 1_000_000
"""In whole units of any currency, for one item's price: an invoice over more needs several items."""
_DETAIL = (
    "reference",
    "note",
    "terms_and_conditions",
    "memo",
    "invoice_number",
    "invoice_date",
    "payment_term",
)
_NAME = ("prefix", "given_name", "surname", "middle_name", "suffix", "full_name")
_ADDRESS = (
    "address_line_1",
    "address_line_2",
    "address_line_3",
    "admin_area_1",
    "admin_area_2",
    "admin_area_3",
    "admin_area_4",
    "postal_code",
)


def read_draft(body: Any, today: date, seller_email: str) -> Draft:
    """`number` is "" where PayPal is to give one. Raises Refused."""
    top = Value(body).members(
        ["detail", "items"],
        ("invoicer", "primary_recipients", "additional_recipients", "configuration"),
    )
    detail = top["detail"].members(["currency_code"], _DETAIL)
    currency = detail["currency_code"].currency()
    invoice_date = detail["invoice_date"].day() if "invoice_date" in detail else today
    term_type, due_date = _term(detail.get("payment_term"), invoice_date)
    recipients, emails = _recipients(top.get("primary_recipients"))
    items, item_total_minor, tax_total_minor = _items(top["items"], currency)
    configuration, minimum_minor = _configuration(top.get("configuration"), currency)
    for copy in top["additional_recipients"].array(100) if "additional_recipients" in top else []:
        copy.email()
    return Draft(
        currency=currency,
        number=detail["invoice_number"].text(25, 1) if "invoice_number" in detail else "",
        reference=_text(detail, "reference", 120),
        note=_text(detail, "note", 4000),
        memo=_text(detail, "memo", 500),
        terms_and_conditions=_text(detail, "terms_and_conditions", 4000),
        invoice_date=invoice_date,
        term_type=term_type,
        due_date=due_date,
        invoicer=_invoicer(top.get("invoicer"), seller_email),
        recipients=recipients,
        emails=emails,
        items=items,
        item_total_minor=item_total_minor,
        tax_total_minor=tax_total_minor,
        configuration=configuration,
        minimum_minor=minimum_minor,
    )


def _text(members: dict[str, Value], name: str, longest: int) -> str:
    return members[name].text(longest) if name in members else ""


def _term(term: Value | None, invoice_date: date) -> tuple[str, date | None]:
    if term is None:
        return "DUE_ON_RECEIPT", invoice_date
    members = term.members([], ("term_type", "due_date"))
    due_date = members["due_date"].day() if "due_date" in members else None
    if due_date and due_date < invoice_date:
        raise members["due_date"].no(SYNTAX, "Due date is invalid.")
    fallback = "DUE_ON_DATE_SPECIFIED" if due_date else "DUE_ON_RECEIPT"
    kind = members["term_type"].choice(TERMS) if "term_type" in members else fallback
    if kind == "DUE_ON_DATE_SPECIFIED" and due_date is None:
        raise term.child("due_date").no(SYNTAX, "Due date is invalid.")
    if kind.startswith("NET_"):
        return kind, invoice_date + timedelta(days=int(kind.removeprefix("NET_")))
    return kind, None if kind == "NO_DUE_DATE" else due_date or invoice_date


def _invoicer(invoicer: Value | None, seller_email: str) -> dict[str, Any]:
    """The invoicer's address must be one of the account's own, which makes a wrong one a refusal of 422."""
    if invoicer is None:
        return {"email_address": seller_email}
    members = _contact(
        invoicer, ("email_address", "phones", "website", "tax_id", "additional_notes", "logo_url")
    )
    for name, longest in (("website", 2048), ("tax_id", 100), ("additional_notes", 400), ("logo_url", 2000)):
        _text(members, name, longest)
    if "email_address" in members and members["email_address"].email() != seller_email:
        raise unprocessable(
            "USER_NOT_FOUND",
            "User is not associated with paypal based on invoicer email.",
            members["email_address"].path,
            str(members["email_address"].plain),
        )
    return {"email_address": seller_email, **invoicer.plain}


def _recipients(recipients: Value | None) -> tuple[list[dict[str, Any]], list[str]]:
    emails: list[str] = []
    for one in recipients.array(100) if recipients else []:
        members = one.members([], ("billing_info", "shipping_info"))
        if "billing_info" in members:
            extra = ("email_address", "phones", "additional_info", "language")
            billing = _contact(members["billing_info"], extra)
            emails += [billing["email_address"].email()] if "email_address" in billing else []
            _text(billing, "additional_info", 40)
            _text(billing, "language", 10)
        if "shipping_info" in members:
            _contact(members["shipping_info"], ())
    return (recipients.plain if recipients else []), emails


def _contact(contact: Value, extra: tuple[str, ...]) -> dict[str, Value]:
    members = contact.members([], ("business_name", "name", "address", *extra))
    _text(members, "business_name", 300)
    if "name" in members:
        for part in members["name"].members([], _NAME).values():
            part.text(140)
    if "address" in members:
        address = members["address"].members(["country_code"], _ADDRESS)
        country = address.pop("country_code").text(2)
        known = len(country) == 2 and country.isascii() and country.isupper()
        members["address"].child("country_code").require(known, SYNTAX, "Country code is invalid.")
        for line in address.values():
            line.text(300)
    return members


def _items(items: Value, currency: str) -> tuple[list[dict[str, Any]], int, int]:
    """The items with their taxes, and both totals. Discounts are PayPal's, but not this sandbox's."""
    read = [_item(one, currency) for one in items.array(100, 1)]
    return [one for one, _, _ in read], sum(net for _, net, _ in read), sum(tax for _, _, tax in read)


def _item(item: Value, currency: str) -> tuple[dict[str, Any], int, int]:
    members = item.members(
        ["name", "quantity", "unit_amount"], ("description", "tax", "item_date", "unit_of_measure")
    )
    members["name"].text(200, 1)
    _text(members, "description", 1000)
    if "item_date" in members:
        members["item_date"].day()
    if "unit_of_measure" in members:
        members["unit_of_measure"].choice(("QUANTITY", "HOURS", "AMOUNT"))
    unit_minor, _ = members["unit_amount"].money(currency)
    if unit_minor > amounts.read(str(LARGEST), currency):
        raise (
            members["unit_amount"]
            .child("value")
            .no("INVALID_DECIMAL_VALUE", f"Unit amount is from -{LARGEST} to {LARGEST}.")
        )
    net_minor = _whole(_decimal(members["quantity"], 14) * unit_minor)
    tax_minor = 0
    shown = dict(item.plain)
    if "tax" in members:
        tax = members["tax"].members(["name", "percent"], ("tax_note",))
        tax["name"].text(100, 1)
        percent = _decimal(tax["percent"], 14)
        tax["percent"].require(percent <= 100, SYNTAX, "Tax rate is from 0 to 100.")
        tax_minor = _whole(net_minor * percent * Decimal("0.01"))
        shown["tax"] = {**item.plain["tax"], "amount": amounts.shape(tax_minor, currency)}
    return shown, net_minor, tax_minor


def _decimal(value: Value, longest: int) -> Decimal:
    """A number that is written as a string, with up to five decimals and no sign."""
    text = value.text(longest, 1)
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(-1)
    exponent = number.as_tuple().exponent
    fits = isinstance(exponent, int) and -5 <= exponent <= 0 and 0 <= number <= LARGEST
    value.require(fits and text[:1].isdigit(), SYNTAX, "Should be a number with up to five decimals.")
    return number


def _whole(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_HALF_UP))


def _configuration(configuration: Value | None, currency: str) -> tuple[dict[str, Any], int | None]:
    if configuration is None:
        return {}, None
    flags = ("tax_calculated_after_discount", "tax_inclusive", "allow_tip")
    members = configuration.members([], (*flags, "partial_payment"))
    for name in flags:
        if name in members and members[name].flag() and name != "tax_calculated_after_discount":
            raise members[name].no("NOT_SUPPORTED", "This sandbox knows no such invoice.")
    minimum_minor = None
    if "partial_payment" in members:
        partial = members["partial_payment"].members([], ("allow_partial_payment", "minimum_amount_due"))
        allowed = "allow_partial_payment" in partial and partial["allow_partial_payment"].flag()
        least = partial["minimum_amount_due"].money(currency)[0] if "minimum_amount_due" in partial else 1
        minimum_minor = least if allowed else None
    return dict(configuration.plain), minimum_minor
