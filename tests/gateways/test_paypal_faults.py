"""Every request of every order to PayPal goes wrong in every way, and each order still ends in one effect.

Whoever repeats has forgotten everything but the stored bytes: each attempt is a new gateway, as after a kill.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import pytest
from pytest_httpserver import HTTPServer

from app.gateways.base import Done, Failed, Intent, Outcome, Unknown
from app.sandbox.paypal.counter import KINDS
from tests.gateways.conformance_undoing import open_and_pay, to_credit, to_void
from tests.gateways.orders import intent_of
from tests.gateways.outcomes import invoice_of
from tests.gateways.paypal_driver import Driver, gateway_at, paypal_driver

FORTY_SIX_DAYS_S = 46 * 86_400
ATTEMPTS = 5


@pytest.fixture
def driver(httpserver: HTTPServer) -> Iterator[Driver]:
    with paypal_driver(httpserver) as driver:
        yield driver


def trigger(driver: Driver) -> tuple[Intent, str]:
    return intent_of(driver.gateway, driver.orders.shared), "invoice_opened"


def leg(driver: Driver) -> tuple[Intent, str]:
    invoice_id = open_and_pay(driver)
    order = driver.orders.leg(driver.orders.legs[0], invoice_id=invoice_id)
    return intent_of(driver.gateway, order), "transfer"


def void(driver: Driver) -> tuple[Intent, str]:
    return to_void(driver).intent, "invoice_voided"


def void_of_a_draft(driver: Driver) -> tuple[Intent, str]:
    driver.switch_on("send", "500")
    opening = intent_of(driver.gateway, driver.orders.shared)
    assert isinstance(driver.gateway.send(opening), Unknown)
    draft = invoice_of(driver.gateway.ask(opening))
    assert draft.status == "draft"
    return intent_of(driver.gateway, driver.orders.void(draft.id)), "draft_deleted"


def credit(driver: Driver) -> tuple[Intent, str]:
    return to_credit(driver).intent, "credit_note"


STEPS: dict[Callable[[Driver], tuple[Intent, str]], tuple[str, ...]] = {
    trigger: ("token", "list", "invoice", "send", "read"),
    leg: ("token", "read", "payout"),
    void: ("token", "cancel", "read"),
    void_of_a_draft: ("cancel", "read", "delete"),
    credit: ("token", "read", "list", "refund"),
}
CASES = [
    pytest.param(begin, place, kind, id=f"{begin.__name__}-{place}-{kind}")
    for begin, places in STEPS.items()
    for place, kind in product(places, KINDS)
    if not (place == "token" and kind == "expired_token")
]


def may_be_sent(asked: Outcome) -> bool:
    """As whoever repeats decides it: never seen, half done, or to be asked by nothing else."""
    if isinstance(asked, Unknown):
        return asked.may_resend
    if isinstance(asked, Failed):
        return asked.retry_after_s == 0
    return asked.invoice is not None and asked.invoice.status == "draft"


def is_settled(outcome: Outcome) -> bool:
    return isinstance(outcome, Done) and not may_be_sent(outcome)


def settle(driver: Driver, intent: Intent, outcome: Outcome) -> Outcome:
    """Ask, and send where that is allowed, as often as it takes; a new process each time."""
    for _ in range(ATTEMPTS):
        if is_settled(outcome):
            return outcome
        gateway = gateway_at(driver.paypal.url)
        outcome = gateway.ask(intent)
        if may_be_sent(outcome):
            outcome = gateway.send(intent)
    return outcome


@pytest.mark.parametrize(("begin", "place", "kind"), CASES)
def test_whatever_goes_wrong_on_the_way_there_is_one_effect(
    driver: Driver, begin: Callable[[Driver], tuple[Intent, str]], place: str, kind: str
) -> None:
    intent, effect = begin(driver)
    driver.switch_on(place, kind)
    hasty = gateway_at(driver.paypal.url, timeout_s=0.3, total_s=0.6)
    first = hasty.send(intent)
    if isinstance(first, Failed):
        assert driver.journal(effect) == [], "what is called certain has not happened"
    if is_settled(first):
        assert len(driver.journal(effect)) == 1
    is_kept = (place, kind) == ("refund", "saved_500")
    if is_kept:
        assert not is_settled(settle(driver, intent, first)), "PayPal gives the kept answer again"
        assert driver.journal(effect) == []
        driver.pass_time(FORTY_SIX_DAYS_S)
    outcome = settle(driver, intent, first)
    assert is_settled(outcome), (first, outcome)
    assert len(driver.journal(effect)) == 1
