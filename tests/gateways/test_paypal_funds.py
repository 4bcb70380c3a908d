"""Out of which money PayPal pays shares: what came in and stayed, or the balance where that was agreed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytest_httpserver import HTTPServer

from app.gateways.base import Failed, Leg, Order, Unknown
from tests.gateways.conformance_undoing import open_and_pay
from tests.gateways.orders import intent_of
from tests.gateways.outcomes import invoice_of, payout_of
from tests.gateways.paypal_driver import Driver, leg_of, paypal_driver, send


@pytest.fixture
def driver(httpserver: HTTPServer) -> Iterator[Driver]:
    with paypal_driver(httpserver) as driver:
        yield driver


def open_with(driver: Driver, **context: object) -> tuple[Order, str]:
    """An invoice whose order has more in its context, and its id."""
    order = replace(driver.orders.shared, context={**driver.orders.shared.context, **context})
    return order, invoice_of(send(driver, order)).id


def test_fees_leave_too_little_for_all_shares_until_the_balance_is_filled(driver: Driver) -> None:
    driver.paypal.account.fee_bps = 300
    open_and_pay(driver)
    payout_of(send(driver, leg_of(driver, 0)))
    short = send(driver, leg_of(driver, 1))
    assert isinstance(short, Failed)
    assert (short.retry_after_s or 0) >= 60
    assert "sufficient funds" in short.reason
    driver.hall("balance", currency="usd", amount_cents=250_000)
    payout_of(send(driver, leg_of(driver, 1)))
    assert len(driver.transfers()) == 2


def test_a_part_that_came_in_pays_its_part_of_the_shares_only_where_that_was_agreed(driver: Driver) -> None:
    order, invoice_id = open_with(driver, partial="pro_rata")
    driver.pay(invoice_id, 300_000)
    part = Leg(driver.orders.legs[0].account, 200_000)
    whole = replace(leg_of(driver, base=order), invoice_id=invoice_id)
    unagreed = replace(leg_of(driver, event_id="evt_unagreed"), leg=part, invoice_id=invoice_id)
    for early in (replace(whole, event_id="evt_whole"), unagreed):
        outcome = send(driver, early)
        assert isinstance(outcome, Failed)
        assert "3,000.00 usd of 7,500.00 usd" in outcome.reason
    assert payout_of(send(driver, replace(whole, leg=part))).amount_minor == 200_000
    second = replace(whole, event_id="evt_part_2", leg=Leg(part.account, 300_000, part=2))
    driver.pay(invoice_id)
    assert payout_of(send(driver, second)).part == 2


def test_what_is_still_on_its_way_pays_nobody(driver: Driver) -> None:
    _, invoice_id = open_with(driver)
    driver.hall(f"invoices/{invoice_id}/pay", pending=True)
    asked = invoice_of(driver.gateway.ask(intent_of(driver.gateway, driver.orders.shared)))
    assert (asked.status, asked.received_minor) == ("open", 0)
    assert isinstance(send(driver, leg_of(driver, invoice_id=invoice_id)), Failed)
    driver.hall(f"invoices/{invoice_id}/clear")
    payout_of(send(driver, leg_of(driver, invoice_id=invoice_id)))


def test_a_prefunded_share_is_paid_from_the_balance_before_the_client_pays(driver: Driver) -> None:
    order, invoice_id = open_with(driver, disburse="on_close")
    leg = replace(leg_of(driver, base=order), invoice_id=invoice_id)
    assert "sufficient funds" in getattr(send(driver, leg), "reason", "")
    driver.hall("balance", currency="usd", amount_cents=750_000)
    payout_of(send(driver, leg))


def test_nothing_is_paid_out_of_an_invoice_that_was_given_back(driver: Driver) -> None:
    invoice_id = open_and_pay(driver)
    driver.hall(f"invoices/{invoice_id}/refund")
    outcome = send(driver, leg_of(driver, invoice_id=invoice_id))
    assert isinstance(outcome, Unknown)
    assert outcome.needs_person
    assert driver.transfers() == []


@pytest.mark.parametrize("won", [True, False])
def test_what_the_client_asks_back_pays_nobody_until_it_is_won(driver: Driver, won: bool) -> None:
    invoice_id = open_and_pay(driver)
    driver.hall("balance", currency="usd", amount_cents=2_000_000)  # which is other clients' money
    dispute = driver.hall("disputes", invoice_id=invoice_id)  # while its callback got lost
    held = send(driver, leg_of(driver, invoice_id=invoice_id))
    assert isinstance(held, Unknown)
    assert (held.needs_person, "7,500.00 usd" in held.reason) == (False, True)
    driver.hall(f"disputes/{dispute['dispute_id']}/close", won=won)
    outcome = send(driver, leg_of(driver, invoice_id=invoice_id))
    if won:
        payout_of(outcome)
    else:
        assert isinstance(outcome, Unknown)
        assert (outcome.needs_person, "only 0.00 usd is left" in outcome.reason) == (True, True)
    assert len(driver.transfers()) == int(won)


def test_what_was_given_back_in_part_is_left_to_a_person(driver: Driver) -> None:
    invoice_id = open_and_pay(driver)
    driver.hall("balance", currency="usd", amount_cents=2_000_000)
    driver.hall(f"invoices/{invoice_id}/refund", amount_cents=300_000)
    outcome = send(driver, leg_of(driver, invoice_id=invoice_id))
    assert isinstance(outcome, Unknown)
    assert (outcome.needs_person, "only 4,500.00 usd is left" in outcome.reason) == (True, True)
    assert driver.transfers() == []
