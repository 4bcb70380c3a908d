"""Giving back through PayPal: each payment by the way it came, once, and what the client's bank takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytest_httpserver import HTTPServer

from app.gateways.base import Failed, Order, Unknown
from tests.gateways.conformance_undoing import open_and_pay
from tests.gateways.orders import intent_of
from tests.gateways.outcomes import done, invoice_of, payout_of, refused_for_good
from tests.gateways.paypal_driver import Driver, paypal_driver, send


@pytest.fixture
def driver(httpserver: HTTPServer) -> Iterator[Driver]:
    with paypal_driver(httpserver) as driver:
        yield driver


def in_parts(driver: Driver) -> Order:
    """The order that opens an invoice which may be paid in parts."""
    order = driver.orders.shared
    return replace(order, context={**order.context, "partial": "pro_rata"})


def test_a_payment_elsewhere_is_counted_apart_and_its_giving_back_is_only_noted(driver: Driver) -> None:
    invoice = invoice_of(send(driver, driver.orders.shared))
    driver.hall(f"invoices/{invoice.id}/record-payment", method="BANK_TRANSFER")
    paid = invoice_of(driver.gateway.ask(intent_of(driver.gateway, driver.orders.shared)))
    assert (paid.status, paid.received_minor, paid.outside_minor) == ("paid", 750_000, 750_000)
    answer = done(send(driver, driver.orders.credit(invoice.id)))
    assert answer.credit is not None
    assert (answer.credit.amount_minor, answer.credit.refunded_minor) == (750_000, 0)
    assert driver.credit_notes() == []
    assert len(driver.journal("refund_recorded")) == 1
    assert done(send(driver, driver.orders.credit(invoice.id))) == answer
    assert len(driver.journal("refund_recorded")) == 1


def test_each_payment_of_several_is_given_back_by_the_way_it_came(driver: Driver) -> None:
    order = in_parts(driver)
    invoice = invoice_of(send(driver, order))
    driver.pay(invoice.id, 100_000)
    driver.hall(f"invoices/{invoice.id}/record-payment", amount_cents=250_000)
    driver.pay(invoice.id)
    credit = intent_of(driver.gateway, driver.orders.credit(invoice.id))
    driver.switch_on("refund", "reset")
    assert isinstance(driver.gateway.send(credit), Unknown)
    half = driver.gateway.ask(credit)
    assert isinstance(half, Failed)
    assert half.retry_after_s == 0
    note = done(driver.gateway.send(credit)).credit
    assert note is not None
    assert (note.amount_minor, note.refunded_minor) == (750_000, 500_000)
    assert sorted(driver.credit_notes()) == [(100_000, "usd"), (400_000, "usd")]
    keys = {request["key"] for request in driver.journal("request") if request["key"]}
    assert len(keys) == 2
    assert all(key.startswith(credit.event_id) for key in keys)


def test_of_an_invoice_that_was_paid_in_part_that_part_goes_back(driver: Driver) -> None:
    order = in_parts(driver)
    invoice = invoice_of(send(driver, order))
    driver.pay(invoice.id, 100_000)
    answer = done(send(driver, driver.orders.credit(invoice.id)))
    assert answer.credit is not None
    assert answer.invoice is not None
    assert (answer.credit.amount_minor, answer.credit.refunded_minor) == (750_000, 100_000)
    assert (answer.invoice.status, answer.invoice.received_minor) == ("credited", 100_000)


def test_what_somebody_gave_back_by_hand_is_not_given_again(driver: Driver) -> None:
    invoice_id = open_and_pay(driver)
    driver.hall(f"invoices/{invoice_id}/refund", amount_cents=50_000)
    asked = invoice_of(driver.gateway.ask(intent_of(driver.gateway, driver.orders.shared)))
    assert (asked.status, asked.received_minor) == ("paid", 750_000)
    note = done(send(driver, driver.orders.credit(invoice_id))).credit
    assert note is not None
    assert note.refunded_minor == 750_000
    assert sorted(driver.credit_notes()) == [(50_000, "usd"), (700_000, "usd")]


def test_what_was_given_back_whole_by_hand_is_refused_with_its_state(driver: Driver) -> None:
    invoice_id = open_and_pay(driver)
    driver.hall(f"invoices/{invoice_id}/refund")
    assert "given back before" in refused_for_good(send(driver, driver.orders.credit(invoice_id)))
    facts = done(driver.gateway.ask(intent_of(driver.gateway, driver.orders.shared)))
    assert facts.invoice is not None
    assert facts.credit is not None
    assert (facts.invoice.status, facts.credit.amount_minor) == ("credited", 750_000)


def test_money_that_the_payees_have_is_not_given_back_before_it_is_there_again(driver: Driver) -> None:
    invoice_id = open_and_pay(driver)
    payout_of(send(driver, driver.orders.leg(driver.orders.legs[0])))
    credit = driver.orders.credit(invoice_id)
    short = send(driver, credit)
    assert isinstance(short, Failed)
    assert (short.retry_after_s or 0) > 60
    driver.hall("balance", currency="usd", amount_cents=750_000)
    done(send(driver, credit))
    assert driver.credit_notes() == [(750_000, "usd")]


@pytest.mark.parametrize("won", [True, False])
def test_a_dispute_is_seen_and_then_won_or_lost(driver: Driver, won: bool) -> None:
    invoice_id = open_and_pay(driver)
    trigger = intent_of(driver.gateway, driver.orders.shared)
    dispute = driver.hall("disputes", invoice_id=invoice_id, amount_cents=300_000)
    asked = invoice_of(driver.gateway.ask(trigger))
    assert (asked.status, asked.disputed_minor, asked.lost_minor) == ("paid", 300_000, 0)
    held = send(driver, driver.orders.credit(invoice_id))
    assert isinstance(held, Failed)
    assert "dispute" in held.reason
    driver.hall(f"disputes/{dispute['dispute_id']}/close", won=won)
    asked = invoice_of(driver.gateway.ask(trigger))
    assert (asked.disputed_minor, asked.lost_minor) == (0, 0 if won else 300_000)
    note = done(send(driver, driver.orders.credit(invoice_id))).credit
    assert note is not None
    assert note.refunded_minor == (750_000 if won else 450_000)
