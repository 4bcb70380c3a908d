"""Every step of every order at Stripe, broken in every way: it ends in exactly one effect, or in none.

Each attempt after the first is made by a new gateway, as after a kill between two steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from pytest_httpserver import HTTPServer

from app.db import Database
from app.gateways.base import Done, Failed, Unknown
from tests.gateways.conformance_network import A_DAY_S
from tests.gateways.conformance_undoing import Undoing, to_credit, to_reverse, to_void
from tests.gateways.driver import GatewayDriver
from tests.gateways.orders import intent_of
from tests.gateways.outcomes import done, invoice_of
from tests.gateways.stripe_driver import StripeDriver, stripe_driver
from tests.gateways.stripe_settling import settle

STEPS = ("customer", "invoice", "invoice_item", "finalize", "send", "update")
LATE = ("accept_then_timeout", "reset", "slow_drip")
EARLY = ("500", "409", "429", "saved_500", "refuse_4xx")
WRONG = ("wrong_json", "wrong_amount", "wrong_currency")
KEPT = ("saved_500", "refuse_4xx")


@pytest.fixture
def driver(httpserver: HTTPServer, sqlite_db: Database) -> Iterator[StripeDriver]:
    with stripe_driver(httpserver, sqlite_db) as driver:
        yield driver


def impatient(driver: StripeDriver) -> None:
    """Let a first attempt wait no longer than it takes to see that nothing comes."""
    driver.gateway = driver.another(timeout_s=0.3, total_s=0.5)


def one_invoice(driver: StripeDriver) -> None:
    """One invoice with one line, finalized once, mailed to the client, and nothing beside it."""
    assert driver.invoices() == [(750_000, "usd")]
    assert len(driver.journal("invoice_finalized")) == 1
    [invoice] = driver.sandbox.invoices()
    assert [line["amount"] for line in invoice["lines"]["data"]] == [750_000]


@pytest.mark.parametrize(
    ("fault", "pause_s"),
    [*((fault, 0) for fault in (*LATE, *EARLY, *WRONG)), *((fault, A_DAY_S) for fault in ("reset", "500"))],
)
@pytest.mark.parametrize("step", STEPS)
def test_an_invoice_is_opened_once_wherever_and_however_it_broke(
    driver: StripeDriver, step: str, fault: str, pause_s: int
) -> None:
    impatient(driver)
    driver.sandbox.faults.switch_on(step, fault, 1)
    trigger = intent_of(driver.gateway, driver.orders.shared)
    outcome = driver.gateway.send(trigger)
    if step == "customer" and fault in ("wrong_amount", "wrong_currency"):
        assert isinstance(outcome, Done), "a customer has no amount"
    else:
        assert not isinstance(outcome, Done), outcome
    if fault in WRONG and not isinstance(outcome, Done):
        assert isinstance(outcome, Unknown)
        assert outcome.needs_person
    driver.pass_time(A_DAY_S if fault in KEPT else pause_s)
    settled = settle(driver, trigger)
    assert settled.invoice is not None
    assert (settled.invoice.status, settled.invoice.amount_minor) == ("open", 750_000)
    one_invoice(driver)


@pytest.mark.parametrize("step", STEPS[1:])
@pytest.mark.parametrize("fault", ["refuse_4xx", "429", "500"])
def test_what_is_begun_and_refused_is_never_told_as_if_nothing_had_happened(
    driver: StripeDriver, step: str, fault: str
) -> None:
    driver.sandbox.faults.switch_on(step, fault, 1)
    outcome = driver.gateway.send(intent_of(driver.gateway, driver.orders.shared))
    if step == "invoice" and fault != "500":
        assert isinstance(outcome, Failed), "a customer alone is nothing"
        return
    assert isinstance(outcome, Unknown)
    assert outcome.needs_person == (fault == "refuse_4xx")


@pytest.mark.parametrize("fault", ["wrong_amount", "wrong_currency", "wrong_json", "500", "reset"])
def test_a_question_that_goes_wrong_proves_nothing(driver: StripeDriver, fault: str) -> None:
    trigger = intent_of(driver.gateway, driver.orders.shared)
    before = driver.gateway.send(trigger)
    driver.sandbox.faults.switch_on("read", fault, 1)
    asked = driver.gateway.ask(trigger)
    assert isinstance(asked, Unknown)
    assert asked.needs_person == (fault not in ("500", "reset"))
    assert driver.gateway.ask(trigger) == before


PLACES: dict[str, tuple[Callable[[GatewayDriver], Undoing], tuple[str, ...]]] = {
    "void": (to_void, ("update", "void")),
    "reversal": (to_reverse, ("reversal",)),
    "credit_note": (to_credit, ("credit_note",)),
}
UNDOINGS = [(name, step) for name, (_, steps) in PLACES.items() for step in steps]


@pytest.mark.parametrize("fault", [*LATE, *EARLY, *WRONG, "key_expired"])
@pytest.mark.parametrize(("name", "step"), UNDOINGS)
def test_an_undoing_is_done_once_wherever_and_however_it_broke(
    driver: StripeDriver, name: str, step: str, fault: str
) -> None:
    undoing = PLACES[name][0](driver)
    impatient(driver)
    driver.sandbox.faults.switch_on(step, fault, 1)
    outcome = driver.gateway.send(undoing.intent)
    is_marked_only = step == "update" and fault in ("wrong_amount", "wrong_currency")
    assert isinstance(outcome, Done) == (fault == "key_expired" or is_marked_only)
    driver.pass_time(A_DAY_S)
    settle(driver, undoing.intent)
    settle(driver, undoing.intent)
    assert undoing.booked() == undoing.expected


@pytest.mark.parametrize("pause_s", [0, A_DAY_S])
@pytest.mark.parametrize("fault", ["reset", "slow_drip", *EARLY, *WRONG, "key_expired"])
def test_a_payee_is_paid_once_however_it_broke(driver: StripeDriver, fault: str, pause_s: int) -> None:
    orders = driver.orders
    driver.pay(invoice_of(driver.gateway.send(intent_of(driver.gateway, orders.shared))).id)
    leg = intent_of(driver.gateway, orders.leg(orders.legs[0]))
    impatient(driver)
    driver.sandbox.faults.switch_on("transfer", fault, 1)
    outcome = driver.gateway.send(leg)
    assert isinstance(outcome, Done) == (fault == "key_expired")
    driver.pass_time(A_DAY_S if fault in KEPT else pause_s)
    settled = settle(driver, leg)
    driver.pass_time(A_DAY_S)
    assert driver.another().send(leg) == settled, "nor is it sent again when Stripe has forgotten the key"
    [payout] = settled.payouts
    assert (payout.account, payout.amount_minor, payout.status) == (orders.legs[0].account, 500_000, "paid")
    assert driver.transfers() == [(orders.legs[0].account, 500_000)]


def test_a_client_has_its_days_in_full_though_the_draft_lay_for_some(driver: StripeDriver) -> None:
    driver.sandbox.faults.switch_on("invoice_item", "500", 1)
    trigger = intent_of(driver.gateway, driver.orders.shared)
    assert isinstance(driver.gateway.send(trigger), Unknown)
    with time_machine.travel(timedelta(days=3)):
        done(driver.another().send(trigger))
    [invoice] = driver.sandbox.invoices()
    assert (invoice["due_date"] - invoice["created"]) // 86_400 == 15 + 3
