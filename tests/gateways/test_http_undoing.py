"""Undoing through the generic HTTP gateway: what its platform refuses, allows, and does by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from pytest_httpserver import HTTPServer

from app.events import GatewayEvent
from app.gateways.base import Failed, Outcome, Unknown
from tests.gateways.conformance_undoing import Undoing, open_and_pay, pay_out, to_credit, to_reverse, to_void
from tests.gateways.http_driver import Driver, gateway_at, http_driver
from tests.gateways.orders import LEGS, SHARED, credit_order, intent_of, leg_order, void_order
from tests.gateways.outcomes import done, invoice_of, payout_of, refused_for_good

PLACES: dict[str, Callable[[Driver], Undoing]] = {
    "void_invoice": to_void,
    "reverse_payout": to_reverse,
    "credit_note": to_credit,
}


@pytest.fixture
def driver(httpserver: HTTPServer) -> Iterator[Driver]:
    with http_driver(httpserver) as driver:
        yield driver


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("409", Unknown("the platform answered 409: switched on: 409")),
        ("410", Failed("the platform switched this endpoint off (410)", is_switched_off=True)),
        ("429", Failed("the platform refused: 429: switched on: 429", retry_after_s=1)),
        ("refuse_4xx", Failed("the platform refused: 400: switched on: refuse_4xx")),
    ],
)
def test_each_way_to_say_no_has_its_outcome(driver: Driver, place: str, kind: str, outcome: Outcome) -> None:
    undoing = PLACES[place](driver)
    driver.switch_on(place, kind)
    assert driver.gateway.send(undoing.intent) == outcome
    assert undoing.booked() == []


@pytest.mark.parametrize("kind", ["wrong_json", "wrong_amount", "wrong_currency"])
@pytest.mark.parametrize("asks", [False, True])
@pytest.mark.parametrize("place", PLACES)
def test_an_answer_that_contradicts_the_undoing_is_left_to_a_person(
    driver: Driver, place: str, asks: bool, kind: str
) -> None:
    undoing = PLACES[place](driver)
    if asks:
        done(driver.gateway.send(undoing.intent))
    driver.switch_on("ask" if asks else place, kind)
    outcome = (driver.gateway.ask if asks else driver.gateway.send)(undoing.intent)
    assert isinstance(outcome, Unknown)
    assert outcome.needs_person


@pytest.mark.parametrize("place", PLACES)
def test_a_slow_drip_of_an_undoing_is_cut_and_asked_about(driver: Driver, place: str) -> None:
    undoing = PLACES[place](driver)
    driver.switch_on(place, "slow_drip")
    hasty = gateway_at(driver.platform.events_url, total_s=0.5)
    assert hasty.send(undoing.intent) == Unknown("no whole answer before the deadline")
    done(driver.gateway.ask(undoing.intent))
    assert undoing.booked() == undoing.expected


@pytest.mark.parametrize("place", PLACES)
def test_the_bytes_that_arrive_are_the_stored_ones(driver: Driver, place: str) -> None:
    undoing = PLACES[place](driver)
    done(driver.gateway.send(undoing.intent))
    request = driver.journal("request")[-1]
    assert (request["body"].encode(), request["key"]) == (undoing.intent.body, undoing.order.key)


@pytest.mark.parametrize("retry_after_s", [0, 60])
def test_a_payee_who_spent_it_is_asked_later_or_not_again(driver: Driver, retry_after_s: int) -> None:
    undoing = to_reverse(driver)
    driver.tell_platform("payees", account_token="acc_design_7", retry_after_s=retry_after_s)
    outcome = driver.gateway.send(undoing.intent)
    assert isinstance(outcome, Failed)
    assert outcome.retry_after_s == (retry_after_s or None)
    assert "acc_design_7 does not have 250000 usd" in outcome.reason
    assert driver.reversals() == []
    driver.tell_platform("payees", account_token="acc_design_7", is_empty=False)
    done(driver.gateway.send(undoing.intent))
    assert driver.reversals() == [("acc_design_7", 250_000)]


def test_payees_keep_their_payouts_only_where_the_seller_may_owe_them(driver: Driver) -> None:
    credit = intent_of(driver.gateway, credit_order(open_and_pay(driver)))
    pay_out(driver, 1)
    driver.tell_platform("seller", credit_cents=249_999)
    assert "reverse its payouts first" in refused_for_good(driver.gateway.send(credit))
    driver.tell_platform("seller", credit_cents=250_000)
    done(driver.gateway.send(credit))
    assert driver.credit_notes() == [(750_000, "usd")]


def test_what_the_platforms_operator_undid_is_told_and_read_from_our_own_orders(driver: Driver) -> None:
    trigger, leg = intent_of(driver.gateway, SHARED), intent_of(driver.gateway, leg_order(LEGS[1]))
    invoice_id, payout_id = open_and_pay(driver), pay_out(driver, 1)
    driver.tell_platform(f"payouts/{payout_id}/reverse")
    driver.tell_platform(f"invoices/{invoice_id}/credit", reason="agreed by telephone")
    seen: list[GatewayEvent] = []
    while "invoice.credited" not in [event.kind for event in seen]:
        callback = driver.next_callback()
        seen.append(driver.gateway.parse(callback.headers, callback.body))
    told = {event.kind: event.event_id for event in seen}
    assert told["payout.reversed"] == leg.event_id
    assert told["invoice.credited"] == trigger.event_id
    assert payout_of(driver.gateway.ask(leg)).status == "reversed"
    facts = done(driver.gateway.ask(trigger))
    assert facts.invoice is not None
    assert facts.credit is not None
    assert (facts.invoice.status, facts.credit.amount_minor) == ("credited", 750_000)


def test_an_invoice_that_was_voided_by_hand_is_read_from_the_trigger(driver: Driver) -> None:
    trigger = intent_of(driver.gateway, SHARED)
    invoice = invoice_of(driver.gateway.send(trigger))
    driver.tell_platform(f"invoices/{invoice.id}/void")
    reason = refused_for_good(driver.gateway.send(intent_of(driver.gateway, void_order(invoice.id))))
    assert "was voided before" in reason
    assert invoice_of(driver.gateway.ask(trigger)) == replace(invoice, status="void")
