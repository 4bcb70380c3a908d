"""What is drafted for Stripe: the stored bytes, the names of each step, amounts in Stripe's units, texts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.errors import MoneyError, PayloadError
from app.gateways.base import Failed, Intent, Leg, Unknown
from app.gateways.stripe import words
from app.gateways.stripe.credits import way_back
from app.gateways.stripe.facts import Charge, Receipts
from app.gateways.stripe.plan import read_plan, step_key, write_plan
from app.gateways.stripe.units import from_stripe, to_stripe
from tests.gateways.stripe_driver import ORDERS, gateway_at


@pytest.mark.parametrize(
    ("currency", "minor", "units"),
    [
        ("usd", 750_000, 750_000),
        ("jpy", 1500, 1500),
        ("isk", 1500, 150_000),
        ("ugx", 1500, 150_000),
        ("mga", 150_000, 1500),
        ("kwd", 1_230, 1_230),
        ("xaf", 1500, 1500),
        ("huf", 1500, 1500),
    ],
)
def test_amounts_are_said_in_stripes_units_and_read_back(currency: str, minor: int, units: int) -> None:
    assert to_stripe(minor, currency) == units
    assert from_stripe(units, currency, "amount") == minor


@pytest.mark.parametrize(("currency", "minor"), [("mga", 150_001), ("kwd", 1_234), ("tnd", 1), ("zzz", 1)])
def test_an_amount_that_stripe_can_not_move_is_refused(currency: str, minor: int) -> None:
    with pytest.raises(MoneyError):
        to_stripe(minor, currency)


def test_an_answer_in_a_fraction_of_a_unit_is_not_believed() -> None:
    with pytest.raises(PayloadError):
        from_stripe(150_001, "isk", "amount")


@pytest.mark.parametrize(
    "order",
    [
        ORDERS.shared,
        ORDERS.leg(ORDERS.legs[0]),
        ORDERS.void("in_1"),
        ORDERS.reversal("tr_1", ORDERS.legs[1]),
        ORDERS.credit("in_1"),
        ORDERS.tell("paid"),
    ],
    ids=lambda order: str(order.operation),
)
def test_every_order_is_written_whenever_as_the_same_bytes_and_read_back(order: Any) -> None:
    body = write_plan(order)
    assert write_plan(replace(order, created_at="2031-01-01T00:00:00Z")) == body
    plan = read_plan(body)
    assert (plan.event_id, plan.operation, plan.amount_minor) == (order.event_id, order.operation, 750_000)
    assert (plan.leg, plan.invoice_id, plan.payout_id) == (order.leg, order.invoice_id, order.payout_id)


@pytest.mark.parametrize(
    "order",
    [
        replace(ORDERS.shared, operation="pay_out"),
        replace(ORDERS.void("in_1"), invoice_id=""),
        replace(ORDERS.reversal("tr_1", ORDERS.legs[1]), payout_id=""),
        replace(ORDERS.credit("in_1"), context={"reason": "x" * 501}),
    ],
)
def test_an_order_that_lacks_what_it_is_about_is_not_drafted(order: Any) -> None:
    with pytest.raises(ValueError, match=r"about|reason"):
        write_plan(order)


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"not json", b'{"operation": "steal"}'])
def test_bytes_that_are_no_order_of_ours_reach_nobody(body: bytes, sqlite_db: Any) -> None:
    gateway = gateway_at("http://127.0.0.1:9", sqlite_db)
    outcome = gateway.send(Intent("key", "evt_1", body))
    assert isinstance(outcome, Failed)
    assert "not sent" in outcome.reason
    assert isinstance(gateway.ask(Intent("key", "evt_1", body)), Unknown)


A, B = Charge("ch_a", 300_000), Charge("ch_b", 500_000)


@pytest.mark.parametrize(
    ("receipts", "refunds", "credit_minor", "outside_minor"),
    [
        (Receipts((A, B)), [300_000, 450_000], 0, 0),
        (Receipts((A,), outside_minor=450_000), [300_000], 0, 450_000),
        (Receipts((B,), credit_minor=250_000), [500_000], 250_000, 0),
        (Receipts((replace(A, lost_minor=300_000), B)), [450_000], 0, 300_000),
        (Receipts((replace(A, refunded_minor=100_000), B)), [200_000, 500_000], 0, 50_000),
        (Receipts((replace(A, disputed_minor=300_000), B)), [500_000], 0, 250_000),
    ],
)
def test_a_payment_goes_back_by_the_ways_by_which_it_came_and_to_the_unit(
    receipts: Receipts, refunds: list[int], credit_minor: int, outside_minor: int
) -> None:
    way = way_back(750_000, receipts)
    assert [part for _, part in way.refunds] == refunds
    assert (way.credit_minor, way.outside_minor) == (credit_minor, outside_minor)
    assert way.refunded_minor + way.credit_minor + way.outside_minor == 750_000


def test_every_step_has_a_name_that_fits_and_is_its_own() -> None:
    assert step_key("con_1/2/r1/open_invoice", "send") == "con_1/2/r1/open_invoice/send"
    odd = [step_key(key, step) for key in ("Verträge Süd/2", "x" * 300) for step in ("item", "send")]
    assert len(set(odd)) == 4
    assert all(len(key) <= 255 and key.isascii() for key in odd)


def test_many_payees_are_read_back_from_an_invoices_metadata() -> None:
    legs = tuple(Leg(f"acct_{'x' * 40}{number:03d}", 1000 + number) for number in range(30))
    context = {"legs": [{"account_token": leg.account, "amount_cents": leg.amount_minor} for leg in legs]}
    metadata = words.invoice_tags(read_plan(write_plan(replace(ORDERS.shared, context=context))))
    assert words.legs_in(metadata) == legs
    assert len(metadata) <= 50
    assert all(len(value) <= 500 for value in metadata.values())
    assert words.legs_in({}) is None
    assert words.legs_in({"closeout_legs_00": "who knows"}) is None
