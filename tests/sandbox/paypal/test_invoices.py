"""The pretend PayPal's invoices are drafted, sent, cancelled and found as PayPal's are."""

from __future__ import annotations

import pytest
import requests

from tests.bending import GONE, changed
from tests.sandbox.paypal.client import INVOICE, Client, refusal

BASE = "/v2/invoicing"


def test_a_draft_reaches_nobody_until_it_is_sent_and_then_the_journal_names_its_milestone(
    client: Client,
) -> None:
    invoice_id = client.draft()
    assert client.invoice(invoice_id)["status"] == "DRAFT"
    assert client.journal("invoice_opened") == []
    answer = client.post(f"{BASE}/invoices/{invoice_id}/send")
    assert (answer.status_code, answer.json()["rel"]) == (200, "payer-view")
    [opened] = client.journal("invoice_opened")
    assert (opened["invoice_id"], opened["event_id"]) == (invoice_id, "evt_open_1")
    assert (opened["contract_id"], opened["milestone_index"], opened["revision"]) == ("con_7732_alpha", 2, 1)
    assert (opened["amount_cents"], opened["currency"]) == (750_000, "usd")


def test_a_created_invoice_is_answered_by_its_link_or_whole_where_that_is_preferred(client: Client) -> None:
    link = client.post(f"{BASE}/invoices", INVOICE).json()
    assert set(link) == {"href", "rel", "method"}
    whole = client.post(
        f"{BASE}/invoices",
        changed(INVOICE, "detail.invoice_number", "CO-2"),
        Prefer="return=representation",
    ).json()
    assert whole["amount"]["value"] == whole["due_amount"]["value"] == "7500.00"
    assert whole["detail"]["payment_term"]["term_type"] == "NET_15"
    assert whole["detail"]["payment_term"]["due_date"] > whole["detail"]["invoice_date"]


REFUSED = [
    ("detail", GONE, 400, "MISSING_REQUIRED_PARAMETER", "/detail"),
    ("items", GONE, 400, "MISSING_REQUIRED_PARAMETER", "/items"),
    ("items", [], 400, "MISSING_REQUIRED_PARAMETER", "/items"),
    ("detail.currency_code", "US", 400, "INVALID_STRING_LENGTH", "/detail/currency_code"),
    ("detail.currency_code", "KWD", 400, "NOT_SUPPORTED", "/detail/currency_code"),
    ("detail.invoice_number", "x" * 26, 400, "INVALID_STRING_MAX_LENGTH", "/detail/invoice_number"),
    ("detail.memo", "x" * 501, 400, "INVALID_STRING_MAX_LENGTH", "/detail/memo"),
    ("detail.reference", "x" * 121, 400, "INVALID_STRING_MAX_LENGTH", "/detail/reference"),
    ("detail.invoice_date", "2026-02-31", 400, "INVALID_PARAMETER_SYNTAX", "/detail/invoice_date"),
    (
        "detail.payment_term.term_type",
        "NET_20",
        400,
        "INVALID_PARAMETER_SYNTAX",
        "/detail/payment_term/term_type",
    ),
    (
        "detail.payment_term",
        {"term_type": "DUE_ON_DATE_SPECIFIED"},
        400,
        "INVALID_PARAMETER_SYNTAX",
        "/detail/payment_term/due_date",
    ),
    ("detail.referense", "evt_1", 400, "UNSUPPORTED_FIELD", "/detail/referense"),
    ("status", "SENT", 400, "UNSUPPORTED_FIELD", "/status"),
    ("items.0.quantity", 1, 400, "INVALID_PARAMETER_SYNTAX", "/items/0/quantity"),
    ("items.0.quantity", "1e3", 400, "INVALID_PARAMETER_SYNTAX", "/items/0/quantity"),
    ("items.0.unit_amount.value", 7500, 400, "INVALID_PARAMETER_SYNTAX", "/items/0/unit_amount/value"),
    ("items.0.unit_amount.value", "7,500", 400, "INVALID_PARAMETER_SYNTAX", "/items/0/unit_amount/value"),
    ("items.0.unit_amount.value", "7500.001", 400, "INVALID_DECIMAL_VALUE", "/items/0/unit_amount/value"),
    ("items.0.unit_amount.value", "1000000.01", 400, "INVALID_DECIMAL_VALUE", "/items/0/unit_amount/value"),
    (
        "items.0.unit_amount.currency_code",
        "EUR",
        400,
        "CURRENCY_MISMATCH",
        "/items/0/unit_amount/currency_code",
    ),
    (
        "primary_recipients.0.billing_info.email_address",
        "nobody",
        400,
        "INVALID_PARAMETER_SYNTAX",
        "/primary_recipients/0/billing_info/email_address",
    ),
    ("invoicer", {"email_address": "x@y.example"}, 422, "USER_NOT_FOUND", "/invoicer/email_address"),
]


@pytest.mark.parametrize(("path", "value", "status", "issue", "field"), REFUSED)
def test_a_request_that_breaks_the_description_is_refused_by_the_field(
    client: Client, path: str, value: object, status: int, issue: str, field: str
) -> None:
    answer = client.post(f"{BASE}/invoices", changed(INVOICE, path, value))
    name = "INVALID_REQUEST" if status == 400 else "UNPROCESSABLE_ENTITY"
    assert refusal(answer) == (status, name, issue, field)
    assert client.journal("draft_created") == []


@pytest.mark.parametrize("currency", ["JPY", "HUF", "TWD"])
def test_a_currency_without_decimals_takes_whole_amounts_alone(client: Client, currency: str) -> None:
    body = changed(INVOICE, "detail.currency_code", currency)
    whole = changed(body, "items.0.unit_amount", {"currency_code": currency, "value": "7500"})
    parts = changed(body, "items.0.unit_amount", {"currency_code": currency, "value": "7500.00"})
    refused = refusal(client.post(f"{BASE}/invoices", parts))
    assert refused[2:] == ("INVALID_INTEGER_VALUE", "/items/0/unit_amount/value")
    assert client.invoice(client.send(whole))["due_amount"] == {"currency_code": currency, "value": "7500"}
    [opened] = client.journal("invoice_opened")
    assert opened["amount_cents"] == (7500 if currency == "JPY" else 750_000)


def test_taxes_are_added_to_the_items_and_rounded_half_up(client: Client) -> None:
    items = [
        {
            "name": "Hours",
            "quantity": "2.5",
            "unit_amount": {"currency_code": "USD", "value": "33.33"},
            "tax": {"name": "VAT", "percent": "19"},
        }
    ]
    amount = client.invoice(client.draft(changed(INVOICE, "items", items)))["amount"]
    assert amount["breakdown"]["item_total"]["value"] == "83.33"
    assert amount["value"] == "99.16"


def test_an_invoice_number_is_used_once_until_its_draft_is_deleted(client: Client) -> None:
    invoice_id = client.draft()
    again = client.post(f"{BASE}/invoices", INVOICE, PayPal_Request_Id="another")
    assert refusal(again) == (
        422,
        "UNPROCESSABLE_ENTITY",
        "DUPLICATE_INVOICE_NUMBER",
        "/detail/invoice_number",
    )
    assert client.delete(f"{BASE}/invoices/{invoice_id}").status_code == 204
    assert refusal(client.get(f"{BASE}/invoices/{invoice_id}"))[:2] == (404, "RESOURCE_NOT_FOUND")
    assert client.draft() != invoice_id


def test_the_request_id_keeps_no_second_invoice_away(client: Client) -> None:
    for name in ("CO-1", "CO-2"):
        body = changed(INVOICE, "detail.invoice_number", name)
        assert client.post(f"{BASE}/invoices", body, PayPal_Request_Id="same").status_code == 201
    assert len(client.journal("draft_created")) == 2


def test_what_happened_to_an_invoice_says_what_can_not_happen_any_more(client: Client) -> None:
    one = f"{BASE}/invoices/{client.draft()}"
    assert refusal(client.post(f"{one}/cancel"))[2] == "CANNOT_CANCEL_DRAFT_INVOICE"
    client.post(f"{one}/send")
    assert refusal(client.post(f"{one}/send"))[2] == "INVOICE_ALREADY_SENT"
    assert refusal(client.delete(one))[2] == "INVOICE_CANNOT_BE_DELETED"
    assert client.post(f"{one}/cancel", {"note": "evt_void_1"}).status_code == 204
    assert refusal(client.post(f"{one}/cancel"))[2] == "INVOICE_CANCELED_ALREADY"
    [voided] = client.journal("invoice_voided")
    assert voided["event_id"] == "evt_void_1"
    invoice_id, _ = client.paid(changed(INVOICE, "detail.invoice_number", "CO-2"))
    assert refusal(client.post(f"{BASE}/invoices/{invoice_id}/cancel"))[2] == "CANNOT_CANCEL_PAID_INVOICE"
    assert len(client.journal("invoice_voided")) == 1


def test_an_invoice_without_a_recipient_can_not_be_mailed(client: Client) -> None:
    one = f"{BASE}/invoices/{client.draft(changed(INVOICE, 'primary_recipients', GONE))}"
    assert refusal(client.post(f"{one}/send"))[2] == "CANT_SEND_INVOICE_WITHOUT_EMAIL"
    assert client.post(f"{one}/send", {"send_to_recipient": False}).status_code == 200
    assert client.get(one).json()["status"] == "UNPAID"


def test_an_invoice_of_a_later_day_is_sent_on_that_day(client: Client) -> None:
    body = changed(INVOICE, "detail.invoice_date", "2999-01-01")
    invoice_id = client.draft(body)
    assert client.post(f"{BASE}/invoices/{invoice_id}/send").status_code == 202
    assert client.invoice(invoice_id)["status"] == "SCHEDULED"
    assert client.journal("invoice_opened") == []


def test_lists_have_pages_and_leave_the_collections_out_unless_asked(client: Client) -> None:
    for number in range(3):
        client.draft(changed(INVOICE, "detail.invoice_number", f"CO-{number}"))
    first = client.get(f"{BASE}/invoices", page_size="2", total_required="true").json()
    second = client.get(f"{BASE}/invoices", page_size="2", page="2", fields="items").json()
    assert (first["total_items"], first["total_pages"], len(first["items"])) == (3, 2, 2)
    assert [link["rel"] for link in first["links"]] == ["self", "next"]
    assert "items" not in first["items"][0]
    assert "items" in second["items"][0]
    assert "total_items" not in second
    assert refusal(client.get(f"{BASE}/invoices", page_size="101"))[2] == "INVALID_INTEGER_MAX_VALUE"
    assert refusal(client.get(f"{BASE}/invoices", page="0"))[2] == "INVALID_INTEGER_MIN_VALUE"


def test_a_search_finds_by_parts_and_may_lag_behind(client: Client) -> None:
    for number in ("CO-1", "CO-11"):
        client.draft(changed(INVOICE, "detail.invoice_number", number))

    def found(**wanted: object) -> list[str]:
        answer = client.post(f"{BASE}/search-invoices", wanted)
        return [one["detail"]["invoice_number"] for one in answer.json()["items"]]

    assert found(invoice_number="CO-1") == ["CO-11", "CO-1"]
    assert found(reference="evt_open_1", status=["SENT"]) == []
    client.hall("search", lag_s=60)
    assert found(invoice_number="CO-1") == []
    client.hall("time", seconds=61)
    assert found(invoice_number="CO-1") == ["CO-11", "CO-1"]


def test_the_next_invoice_number_is_free(client: Client) -> None:
    client.draft(changed(INVOICE, "detail.invoice_number", GONE))
    answer = client.post(f"{BASE}/generate-next-invoice-number")
    assert answer.json() == {"invoice_number": "0002"}


def test_the_payers_page_has_a_button_until_the_invoice_is_paid(client: Client) -> None:
    invoice_id = client.send()
    url = client.invoice(invoice_id)["detail"]["metadata"]["recipient_view_url"]
    assert "<button>Pay" in requests.get(url, timeout=5).text
    form = f"{client.paypal.url}/sandbox/invoices/{invoice_id}/pay"
    after = requests.post(form, data={"x": ""}, timeout=5)
    assert after.url == url
    assert "<button>" not in after.text
    assert client.invoice(invoice_id)["status"] == "PAID"
