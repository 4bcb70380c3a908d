"""An invoice's life, through Stripe's SDK."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.sandbox.stripe.client import TAGS, Shop


def test_an_invoice_is_drafted_finalized_sent_and_paid(shop: Shop) -> None:
    draft = shop.draft(500_000, 250_000)
    assert (draft.status, draft.total, draft.number, draft.hosted_invoice_url) == (
        "draft",
        750_000,
        None,
        None,
    )
    assert draft.due_date == draft.created + 15 * 86_400
    opened = shop.api.invoices.finalize_invoice(draft.id)
    assert (opened.status, opened.amount_remaining) == ("open", 750_000)
    assert opened.number
    assert opened.hosted_invoice_url
    assert opened.invoice_pdf
    assert "invoice_opened" not in shop.kinds()
    shop.api.invoices.send_invoice(draft.id)
    shop.api.invoices.send_invoice(draft.id)
    shop.sandbox.pay(draft.id)
    paid = shop.api.invoices.retrieve(draft.id)
    assert (paid.status, paid.amount_paid, paid.amount_remaining) == ("paid", 750_000, 0)
    assert shop.kinds() == ["invoice_finalized", "invoice_opened", "money_in"]
    (entry,) = shop.sandbox.journal.entries("invoice_opened")
    assert entry["event_id"] == TAGS["closeout_event"]
    assert (entry["contract_id"], entry["milestone_index"], entry["revision"]) == ("con_7732_alpha", 2, 1)
    assert (entry["amount_cents"], entry["currency"]) == (750_000, "usd")


def test_a_draft_keeps_what_it_is_printed_with_and_a_number_is_used_once(shop: Shop) -> None:
    printed: Any = {
        "number": "2026-0001",
        "description": "Milestone 2",
        "footer": "Reverse charge",
        "custom_fields": [{"name": "Contract", "value": "con_7732_alpha"}],
    }
    draft = shop.draft(100, **printed)
    assert draft.custom_fields is not None
    assert (draft.number, draft.custom_fields[0].value) == ("2026-0001", "con_7732_alpha")
    assert shop.api.invoices.finalize_invoice(draft.id).number == "2026-0001"
    with pytest.raises(stripe.InvalidRequestError, match="already in use"):
        shop.draft(100, **printed)


@pytest.mark.parametrize(
    ("currency", "amount", "taken"),
    [
        ("jpy", 1_501, True),
        ("isk", 1_501, False),
        ("isk", 1_500, True),
        ("kwd", 1_501, False),
        ("kwd", 1_510, True),
    ],
)
def test_amounts_are_in_stripes_units(shop: Shop, currency: str, amount: int, taken: bool) -> None:
    if taken:
        assert shop.draft(amount, currency=currency).total == amount
    else:
        with pytest.raises(stripe.InvalidRequestError, match="multiples"):
            shop.draft(amount, currency=currency)


def test_an_invoice_without_lines_is_paid_when_it_is_finalized(shop: Shop) -> None:
    empty = shop.draft()
    assert shop.api.invoices.finalize_invoice(empty.id).status == "paid"
    assert "money_in" not in shop.kinds()


def test_a_partial_payment_leaves_the_rest_to_a_payment_that_is_still_open(shop: Shop) -> None:
    invoice = shop.sent(750_000)
    shop.sandbox.pay(invoice.id, 250_000)
    half = shop.api.invoices.retrieve(invoice.id)
    assert (half.status, half.amount_paid, half.amount_remaining) == ("open", 250_000, 500_000)
    payments = shop.api.invoice_payments.list(
        {"invoice": invoice.id, "expand": ["data.payment.payment_intent.latest_charge"]}
    ).data
    told = {(one.status, one.amount_requested, one.amount_paid, one.is_default) for one in payments}
    assert told == {("paid", 250_000, 250_000, False), ("open", 500_000, None, True)}
    intents = {one.status: one.payment.payment_intent for one in payments}
    charge = intents["paid"].latest_charge  # type: ignore[union-attr]
    assert charge.amount == 250_000  # type: ignore[union-attr]
    assert intents["open"].latest_charge is None  # type: ignore[union-attr]
    shop.sandbox.pay(invoice.id)
    assert shop.api.invoices.retrieve(invoice.id).status == "paid"
    assert [one["amount"] for one in shop.sandbox.charges_of(invoice.id)] == [250_000, 500_000]


def test_money_outside_of_stripe_has_no_charge(shop: Shop) -> None:
    invoice = shop.sent(750_000)
    paid = shop.api.invoices.pay(invoice.id, {"paid_out_of_band": True})
    assert (paid.status, paid.amount_paid, paid.attempted) == ("paid", 750_000, False)
    payments = shop.api.invoice_payments.list({"invoice": invoice.id, "status": "paid"}).data
    assert [one.payment.type for one in payments] == ["payment_record"]
    assert shop.sandbox.charges_of(invoice.id) == []
    assert shop.api.balance.retrieve().available[0].amount == 0
    told = shop.api.invoices.retrieve(invoice.id, {"expand": ["amount_paid_off_stripe", "payments"]})
    assert told.amount_paid_off_stripe == 750_000
    assert told.payments is not None
    assert len(told.payments.data) == 2
    assert "payments" not in paid.to_dict()


def test_what_a_client_pays_too_much_pays_a_part_of_the_next_invoice(shop: Shop) -> None:
    first = shop.sent(100_000)
    shop.sandbox.pay(first.id, 130_000)
    told = shop.api.invoices.retrieve(first.id)
    assert (told.status, told.amount_paid, told.amount_overpaid) == ("paid", 130_000, 30_000)
    assert shop.api.customers.retrieve(str(first.customer)).balance == -30_000
    second = shop.draft(100_000, customer=first.customer)
    opened = shop.api.invoices.finalize_invoice(second.id)
    assert (opened.total, opened.amount_due, opened.starting_balance) == (100_000, 70_000, -30_000)
    shop.api.invoices.void_invoice(second.id)
    assert shop.api.customers.retrieve(str(first.customer)).balance == -30_000


Act = Callable[[Shop, str], Any]
REFUSALS: dict[str, tuple[str, Act, str]] = {
    "finalizing twice": ("open", lambda s, i: s.api.invoices.finalize_invoice(i), "already finalized"),
    "sending a draft": ("draft", lambda s, i: s.api.invoices.send_invoice(i), "cannot be sent"),
    "sending a paid one": ("paid", lambda s, i: s.api.invoices.send_invoice(i), "cannot be sent"),
    "voiding a draft": ("draft", lambda s, i: s.api.invoices.void_invoice(i), "isn't open"),
    "voiding a paid one": ("paid", lambda s, i: s.api.invoices.void_invoice(i), "cannot be voided"),
    "voiding a partly paid one": ("partly", lambda s, i: s.api.invoices.void_invoice(i), "cannot be voided"),
    "voiding twice": ("void", lambda s, i: s.api.invoices.void_invoice(i), "isn't open"),
    "deleting an open one": ("open", lambda s, i: s.api.invoices.delete(i), "only delete draft"),
    "paying twice": ("paid", lambda s, i: s.api.invoices.pay(i, {"paid_out_of_band": True}), "already paid"),
    "charging a card nobody left": ("open", lambda s, i: s.api.invoices.pay(i), "no active card"),
    "giving up a draft": ("draft", lambda s, i: s.api.invoices.mark_uncollectible(i), "isn't open"),
    "a new description when open": (
        "open",
        lambda s, i: s.api.invoices.update(i, {"description": "x"}),
        "can't be updated",
    ),
    "crediting a draft": (
        "draft",
        lambda s, i: s.api.credit_notes.create({"invoice": i, "amount": 1}),
        "only create credit notes for open or paid",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_an_invoice_refuses_what_its_state_forbids(shop: Shop, name: str) -> None:
    state, act, said = REFUSALS[name]
    invoice = shop.draft(750_000) if state == "draft" else shop.sent(750_000)
    if state == "paid":
        shop.sandbox.pay(invoice.id)
    elif state == "partly":
        shop.sandbox.pay(invoice.id, 1)
    elif state == "void":
        shop.api.invoices.void_invoice(invoice.id)
    before = shop.api.invoices.retrieve(invoice.id).to_dict()
    with pytest.raises(stripe.StripeError, match=said):
        act(shop, invoice.id)
    assert shop.api.invoices.retrieve(invoice.id).to_dict() == before


def test_lines_are_frozen_once_an_invoice_is_finalized(shop: Shop) -> None:
    invoice = shop.sent(750_000)
    with pytest.raises(stripe.InvalidRequestError, match="no longer editable"):
        shop.api.invoice_items.create(
            {"customer": str(invoice.customer), "invoice": invoice.id, "amount": 1, "currency": "usd"}
        )
    (item,) = shop.api.invoice_items.list({"invoice": invoice.id}).data
    with pytest.raises(stripe.InvalidRequestError, match="not editable"):
        shop.api.invoice_items.delete(item.id)


def test_a_deleted_draft_is_gone_with_its_lines(shop: Shop) -> None:
    draft = shop.draft(750_000)
    assert shop.api.invoices.delete(draft.id).deleted
    with pytest.raises(stripe.InvalidRequestError, match="No such invoice") as caught:
        shop.api.invoices.retrieve(draft.id)
    assert (caught.value.code, caught.value.http_status) == ("resource_missing", 404)
    assert shop.kinds() == ["draft_deleted"]


def test_a_draft_that_is_to_advance_is_sent_by_stripe_itself_after_an_hour(shop: Shop) -> None:
    draft = shop.draft(750_000, auto_advance=True)
    shop.sandbox.pass_time(3_500)
    assert shop.api.invoices.retrieve(draft.id).status == "draft"
    shop.sandbox.pass_time(110)
    assert shop.api.invoices.retrieve(draft.id).status == "open"
    assert shop.kinds() == ["invoice_finalized", "invoice_opened"]


def test_metadata_of_a_paid_invoice_can_still_be_added_to_and_taken_away(shop: Shop) -> None:
    invoice, _ = shop.paid()
    told = shop.api.invoices.update(invoice.id, {"metadata": {"note": "x", "closeout_account": ""}})
    assert told.metadata is not None
    metadata = told.metadata.to_dict()
    assert metadata["note"] == "x"
    assert "closeout_account" not in metadata
    assert metadata["closeout_event"] == TAGS["closeout_event"]


def test_pages_are_turned_forwards_and_backwards(shop: Shop) -> None:
    ids = [shop.draft().id for _ in range(5)][::-1]
    page = shop.api.invoices.list({"limit": 2})
    assert ([one.id for one in page.data], page.has_more) == (ids[:2], True)
    assert [one.id for one in page.auto_paging_iter()] == ids
    back = shop.api.invoices.list({"limit": 2, "ending_before": ids[4]})
    assert ([one.id for one in back.data], back.has_more) == (ids[2:4], True)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.api.invoices.list({"starting_after": "in_nowhere"})
    assert caught.value.param == "starting_after"


def test_lists_are_filtered_by_customer_status_and_moment(shop: Shop) -> None:
    old = shop.sent(100)
    shop.sandbox.pass_time(86_400)
    new = shop.draft(100)
    lists: list[tuple[Any, list[str]]] = [
        ({"customer": str(old.customer)}, [old.id]),
        ({"status": "open"}, [old.id]),
        ({"status": "paid"}, []),
        ({"created": {"gt": old.created}}, [new.id]),
        ({"created": {"lte": old.created}}, [old.id]),
    ]
    for params, expected in lists:
        assert [one.id for one in shop.api.invoices.list(params).data] == expected, params


def test_lines_of_a_long_invoice_are_asked_for_by_page(shop: Shop) -> None:
    invoice = shop.sent(*range(1, 13))
    assert (len(invoice.lines.data), invoice.lines.has_more, invoice.total) == (10, True, 78)
    lines = shop.api.invoices.line_items.list(invoice.id, {"limit": 100})
    assert sorted(one.amount for one in lines.data) == list(range(1, 13))
