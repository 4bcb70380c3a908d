"""The generic HTTP gateway, through its real client and over real HTTP, against the sandbox platform."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytest_httpserver import HTTPServer

from app.gateways.base import Done, Failed, Intent, Outcome, Unknown
from app.gateways.http.client import HttpGateway
from app.sandbox.platform import SANDBOX_SECRET
from tests.gateways.conformance import GatewayConformance
from tests.gateways.http_driver import Driver, gateway_at, http_driver
from tests.gateways.orders import EXAMPLE, LEGS, SHARED, intent_of, leg_order, tell_order
from tests.gateways.outcomes import done, invoice_of


@pytest.fixture
def driver(httpserver: HTTPServer) -> Iterator[Driver]:
    with http_driver(httpserver) as driver:
        yield driver


class TestHttpGateway(GatewayConformance):
    """The shared promises, kept by the generic HTTP gateway."""


def test_the_published_event_arrives_field_for_field_and_byte_for_byte(driver: Driver) -> None:
    intent = intent_of(driver.gateway, EXAMPLE)
    done(driver.gateway.send(intent))
    [request] = driver.journal("request")
    assert request["body"].encode() == intent.body
    assert request["key"] == EXAMPLE.key
    event = json.loads(request["body"])
    assert event["event"] == "milestone.status_updated"
    assert (event["id"], event["created_at"]) == ("evt_98234109", "2026-05-28T09:10:20Z")
    assert event["data"] == {
        "contract_id": "con_7732_alpha",
        "milestone_index": 2,
        "milestone_title": "Midway UI Prototype Sign-off",
        "amount_due_cents": 750000,
        "currency": "usd",
        "status": "triggered_for_disbursement",
        "payout_destination": {"account_token": "acc_dev_team_44", "auto_clear": True},
    }


def test_a_kept_500_is_replayed_and_asking_ends_it_for_good(driver: Driver) -> None:
    driver.switch_on("open_invoice", "saved_500")
    trigger = intent_of(driver.gateway, SHARED)
    for _ in range(2):
        assert isinstance(driver.gateway.send(trigger), Unknown)
    asked = driver.gateway.ask(trigger)
    assert isinstance(asked, Failed)
    assert asked.retry_after_s is None, "sending it again would replay the 500 for ever"
    assert "failed for good" in asked.reason
    assert driver.invoices() == []


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("409", Unknown("the platform answered 409: switched on: 409")),
        ("410", Failed("the platform switched this endpoint off (410)", is_switched_off=True)),
        ("429", Failed("the platform refused: 429: switched on: 429", retry_after_s=1)),
        ("refuse_4xx", Failed("the platform refused: 400: switched on: refuse_4xx")),
    ],
)
def test_each_way_to_say_no_has_its_outcome(driver: Driver, kind: str, outcome: Outcome) -> None:
    driver.switch_on("open_invoice", kind)
    assert driver.gateway.send(intent_of(driver.gateway, SHARED)) == outcome
    assert driver.invoices() == []


def test_a_slow_drip_is_cut_and_asked_about(driver: Driver) -> None:
    driver.switch_on("open_invoice", "slow_drip")
    trigger = intent_of(driver.gateway, SHARED)
    hasty = gateway_at(driver.platform.events_url, total_s=0.5)
    assert hasty.send(trigger) == Unknown("no whole answer before the deadline")
    assert invoice_of(driver.gateway.ask(trigger)).status == "open"
    assert len(driver.invoices()) == 1


@pytest.mark.parametrize("kind", ["wrong_json", "wrong_amount", "wrong_currency"])
@pytest.mark.parametrize("place", ["open_invoice", "payout", "ask"])
def test_an_answer_that_contradicts_the_order_is_left_to_a_person(
    driver: Driver, kind: str, place: str
) -> None:
    trigger, leg = intent_of(driver.gateway, SHARED), intent_of(driver.gateway, leg_order(LEGS[0]))
    if place == "open_invoice":
        driver.switch_on(place, kind)
        outcome = driver.gateway.send(trigger)
    else:
        driver.pay(invoice_of(driver.gateway.send(trigger)).id)
        driver.switch_on(place, kind)
        outcome = driver.gateway.send(leg) if place == "payout" else driver.gateway.ask(trigger)
    assert isinstance(outcome, Unknown)
    assert outcome.needs_person


@pytest.mark.parametrize("kind", ["500", "409", "429", "410", "refuse_4xx", "accept_then_timeout", "reset"])
def test_a_question_that_goes_wrong_proves_nothing(driver: Driver, kind: str) -> None:
    trigger = intent_of(driver.gateway, SHARED)
    done(driver.gateway.send(trigger))
    driver.switch_on("ask", kind)
    outcome = driver.gateway.ask(trigger)
    assert isinstance(outcome, Unknown)
    assert not outcome.needs_person
    done(driver.gateway.ask(trigger))


def test_telling_is_done_whatever_the_body_says(driver: Driver) -> None:
    driver.switch_on("tell", "wrong_json")
    told = intent_of(driver.gateway, tell_order("paid"))
    assert driver.gateway.send(told) == Done()
    assert driver.gateway.ask(told) == Done()


def test_another_order_under_a_known_name_is_left_to_a_person(driver: Driver) -> None:
    done(driver.gateway.send(intent_of(driver.gateway, SHARED)))
    other_bytes = intent_of(driver.gateway, replace(SHARED, milestone_title="Another title"))
    other_key = replace(intent_of(driver.gateway, SHARED), key="another")
    for intent in (other_bytes, other_key):
        outcome = driver.gateway.send(intent)
        assert isinstance(outcome, Unknown)
        assert outcome.needs_person
    assert len(driver.invoices()) == 1


def test_a_second_invoice_for_a_milestone_is_refused_with_the_first_ones_number(driver: Driver) -> None:
    done(driver.gateway.send(intent_of(driver.gateway, SHARED)))
    again = replace(SHARED, key="other", event_id="evt_other")
    outcome = driver.gateway.send(intent_of(driver.gateway, again))
    assert isinstance(outcome, Failed)
    assert outcome.retry_after_s is None
    assert "SBX-0001" in outcome.reason
    assert len(driver.invoices()) == 1


def test_a_key_that_fits_no_header_still_names_one_order(driver: Driver) -> None:
    order = replace(SHARED, key="Verträge Süd/2/r1/open_invoice" + "x" * 300)
    trigger = intent_of(driver.gateway, order)
    done(driver.gateway.send(trigger))
    done(driver.gateway.send(trigger))
    keys = {entry["key"] for entry in driver.journal("request")}
    assert len(keys) == 1
    assert keys.pop().startswith("sha256-")
    assert len(driver.invoices()) == 1


def test_while_a_secret_is_rotated_orders_and_callbacks_get_through(driver: Driver) -> None:
    new = "whsec_" + "bmV3" * 11
    rotating = HttpGateway("platform", driver.platform.events_url, f"{new} {SANDBOX_SECRET}")
    driver.pay(invoice_of(rotating.send(intent_of(rotating, SHARED))).id)
    callback = driver.next_callback()
    rotating.verify(callback.headers, callback.body)


def test_a_wrong_secret_is_refused_and_says_so(driver: Driver) -> None:
    stranger = HttpGateway("platform", driver.platform.events_url, "whsec_" + "bmV3" * 11)
    outcome = stranger.send(intent_of(stranger, SHARED))
    assert outcome == Failed("the platform refused: 401: the signature does not fit")
    assert driver.invoices() == []


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"not json"])
def test_bytes_that_are_no_event_of_ours_are_not_sent(driver: Driver, body: bytes) -> None:
    outcome = driver.gateway.send(Intent("key", "evt_1", body))
    assert isinstance(outcome, Failed)
    assert "not sent" in outcome.reason
    assert isinstance(driver.gateway.ask(Intent("key", "evt_1", body)), Unknown)
    assert driver.journal("") == []
