"""Shares through PayPal: paid once although PayPal forgets, and read by the item."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from pytest_httpserver import HTTPServer

from app.errors import PayloadError
from app.gateways.base import Intent, Leg, Unknown
from app.gateways.fields import as_object
from app.gateways.paypal.parse import read_payout
from tests.gateways.conformance_undoing import open_and_pay
from tests.gateways.orders import intent_of
from tests.gateways.outcomes import payout_of, refused_for_good
from tests.gateways.paypal_driver import Driver, gateway_at, leg_of, paypal_driver, send

A_DAY_S = 86_400


@pytest.fixture
def driver(httpserver: HTTPServer) -> Iterator[Driver]:
    with paypal_driver(httpserver) as driver:
        yield driver


def accepted_without_our_knowing(driver: Driver) -> Intent:
    """A share that PayPal took, while its answer did not come."""
    open_and_pay(driver)
    driver.switch_on("payout", "reset")
    leg = intent_of(driver.gateway, leg_of(driver))
    assert isinstance(driver.gateway.send(leg), Unknown)
    assert len(driver.transfers()) == 1
    return leg


@pytest.mark.parametrize("days", [0, 15, 28])
def test_what_was_taken_is_found_by_sending_it_again_within_the_month(driver: Driver, days: int) -> None:
    leg = accepted_without_our_knowing(driver)
    driver.pass_time(days * A_DAY_S)
    asked = gateway_at(driver.paypal.url).ask(leg)
    assert isinstance(asked, Unknown)
    assert (asked.may_resend, asked.needs_person) == (True, False)
    assert payout_of(gateway_at(driver.paypal.url).send(leg)).amount_minor == 500_000
    assert len(driver.transfers()) == 1


@pytest.mark.parametrize("days", [30, 31, 400])
def test_after_a_month_nothing_is_sent_again_without_a_person(driver: Driver, days: int) -> None:
    leg = accepted_without_our_knowing(driver)
    driver.pass_time(days * A_DAY_S)
    forgetful = gateway_at(driver.paypal.url)
    for outcome in (forgetful.ask(leg), forgetful.send(leg), forgetful.ask(leg)):
        assert isinstance(outcome, Unknown)
        assert (outcome.needs_person, outcome.may_resend) == (True, False)
    assert len(driver.transfers()) == 1


def test_it_is_paypals_clock_that_counts_the_month(driver: Driver) -> None:
    leg = accepted_without_our_knowing(driver)
    driver.pass_time(-40 * A_DAY_S)  # the travel below moves PayPal's as well, which is in this process
    with time_machine.travel(timedelta(days=40)):
        asked = gateway_at(driver.paypal.url).ask(leg)
    assert isinstance(asked, Unknown)
    assert asked.may_resend, "our clock is wrong; nothing expires early"
    driver.pass_time(120 * A_DAY_S)
    with time_machine.travel(timedelta(days=-40)):
        late = gateway_at(driver.paypal.url).send(leg)
    assert isinstance(late, Unknown)
    assert late.needs_person, "our clock is wrong; nothing is paid twice"
    assert len(driver.transfers()) == 1


def test_an_order_from_tomorrow_has_no_age(driver: Driver) -> None:
    open_and_pay(driver)
    outcome = send(driver, leg_of(driver, created_at="2099-01-01T00:00:00Z"))
    assert isinstance(outcome, Unknown)
    assert outcome.needs_person
    assert driver.transfers() == []


def test_a_share_that_could_not_be_sent_is_not_called_certain(driver: Driver) -> None:
    """An attempt before this one may have got through, and this one does not know."""
    open_and_pay(driver)
    leg = intent_of(driver.gateway, leg_of(driver))
    assert isinstance(driver.nowhere.send(leg), Unknown)
    driver.switch_on("payout", "429")
    assert isinstance(driver.gateway.send(leg), Unknown)
    payout_of(driver.gateway.send(leg))
    assert len(driver.transfers()) == 1


@pytest.mark.parametrize(
    ("endings", "status", "said"),
    [
        ([], "pending", ""),
        (["SUCCESS"], "paid", ""),
        (["UNCLAIMED"], "pending", "no PayPal account"),
        (["ONHOLD"], "pending", "reviewing"),
        (["UNCLAIMED", "RETURNED"], "failed", "nobody claimed"),
        (["UNCLAIMED", "SUCCESS"], "paid", ""),
        (["ONHOLD", "BLOCKED"], "failed", "blocked"),
        (["FAILED"], "failed", "FAILED"),
        (["SUCCESS", "REFUNDED"], "failed", "gave it back"),
        (["SUCCESS", "REVERSED"], "reversed", "REVERSED"),
    ],
)
def test_what_became_of_a_share_is_read_from_its_item(
    driver: Driver, endings: list[str], status: str, said: str
) -> None:
    open_and_pay(driver)
    leg = intent_of(driver.gateway, leg_of(driver))
    payout_id = payout_of(driver.gateway.send(leg)).id
    for ending in endings:
        driver.hall(f"payouts/{payout_id}/end", status=ending)
    payout = payout_of(driver.gateway.ask(leg))
    assert (payout.id, payout.status) == (payout_id, status)
    assert said in payout.reason
    assert payout_of(gateway_at(driver.paypal.url).send(leg)) == payout
    assert len(driver.transfers()) == 1


def test_an_unclaimed_share_comes_back_after_a_month_and_its_callback_leads_to_it(driver: Driver) -> None:
    driver.hall("payees", receiver=driver.orders.legs[0].account)
    open_and_pay(driver)
    leg = intent_of(driver.gateway, leg_of(driver))
    payout_id = payout_of(driver.gateway.send(leg)).id
    driver.paypal.payouts.settle(payout_id)
    driver.pass_time(31 * A_DAY_S)
    restarted = gateway_at(driver.paypal.url)
    assert isinstance(restarted.ask(leg), Unknown)
    while True:
        callback = driver.next_callback()
        event = restarted.parse(callback.headers, callback.body)
        if event.kind == "payout.failed":
            break
    assert (event.event_id, event.payout_id) == (leg.event_id, payout_id)
    assert payout_of(restarted.ask(leg)).status == "failed"


@pytest.mark.parametrize(
    ("batch_status", "status"), [("PENDING", "pending"), ("PROCESSING", "pending"), ("DENIED", "failed")]
)
def test_a_batch_that_lists_no_item_yet_is_on_its_way_unless_it_was_denied(
    driver: Driver, batch_status: str, status: str
) -> None:
    order = leg_of(driver)
    known = {"sender_batch_id": order.event_id}
    header = {"payout_batch_id": "BATCH1", "batch_status": batch_status, "sender_batch_header": known}
    facts = read_payout(as_object("", {"batch_header": header}), order, driver.orders.legs[0])
    assert (facts.id, facts.status, bool(facts.reason)) == ("BATCH1", status, status == "failed")
    foreign = {"sender_batch_header": {"sender_batch_id": "evt_of_another"}}
    for wrong in ({"batch_status": "SUCCESS"}, foreign):
        with pytest.raises(PayloadError):
            read_payout(as_object("", {"batch_header": {**header, **wrong}}), order, driver.orders.legs[0])


def test_another_payment_under_our_name_is_left_to_a_person(driver: Driver) -> None:
    open_and_pay(driver)
    payout_of(send(driver, leg_of(driver)))
    other = replace(leg_of(driver), leg=driver.orders.legs[1])
    outcome = gateway_at(driver.paypal.url).send(intent_of(driver.gateway, other))
    assert isinstance(outcome, Unknown)
    assert outcome.needs_person
    assert len(driver.transfers()) == 1


def test_a_payee_may_be_a_merchants_id_and_is_told_what_the_money_is_for(driver: Driver) -> None:
    open_and_pay(driver)
    order = replace(leg_of(driver), leg=Leg("ABCDEFGHJKLM2", 500_000))
    payout_of(send(driver, order))
    [batch] = driver.paypal.payouts.batches()
    [item] = batch.items
    assert (item.order.recipient_type, item.order.receiver) == ("PAYPAL_ID", "ABCDEFGHJKLM2")
    assert item.order.note == "Midway UI Prototype Sign-off (closeout:con_7732_alpha/2/r1)"
    assert batch.sender_batch_id == item.order.sender_item_id == order.event_id
    [transfer] = driver.journal("transfer")
    assert transfer["invoice_id"] == driver.journal("invoice_opened")[0]["invoice_id"]


def test_who_may_not_pay_out_is_told_what_to_switch_on(driver: Driver) -> None:
    open_and_pay(driver)
    driver.hall("client", without_scopes=["https://uri.paypal.com/payments/payouts"])
    fresh = gateway_at(driver.paypal.url)
    outcome = fresh.send(intent_of(driver.gateway, leg_of(driver)))
    assert isinstance(outcome, Unknown)
    assert "Payouts" in outcome.reason
    refused = fresh.send(intent_of(driver.gateway, driver.orders.reversal("PAYOUT", driver.orders.legs[0])))
    assert "brings no payout back" in refused_for_good(refused)


def test_a_payout_of_which_the_id_is_known_is_asked_about_without_sending_however_old(driver: Driver) -> None:
    """After a restart nobody remembers it but the books, which hand the id on."""
    open_and_pay(driver)
    leg = intent_of(driver.gateway, leg_of(driver))
    paid = payout_of(driver.gateway.send(leg))
    driver.pass_time(40 * A_DAY_S)
    seen, restarted = driver.orders_seen(), gateway_at(driver.paypal.url)
    assert isinstance(restarted.ask(leg), Unknown)
    assert payout_of(restarted.ask(replace(leg, known_id=paid.id))).id == paid.id
    assert driver.orders_seen() == seen
