"""What comes in at Stripe: in parts, too much, outside of it, as credit; and what a bank takes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from app.db import Database
from app.errors import GatewayError
from app.events import InvoiceFacts
from app.gateways.base import Failed, Leg, Order, Unknown
from tests.gateways.conformance_callbacks import await_callback
from tests.gateways.conformance_undoing import open_and_pay
from tests.gateways.orders import intent_of
from tests.gateways.outcomes import done, invoice_of, payout_of, refused_for_good
from tests.gateways.stripe_driver import DEV, StripeDriver, stripe_driver


@pytest.fixture
def driver(httpserver: HTTPServer, sqlite_db: Database) -> Iterator[StripeDriver]:
    with stripe_driver(httpserver, sqlite_db) as driver:
        yield driver


def opened(driver: StripeDriver, order: Order | None = None) -> str:
    return invoice_of(driver.gateway.send(intent_of(driver.gateway, order or driver.orders.shared))).id


def asked(driver: StripeDriver, order: Order | None = None) -> InvoiceFacts:
    return invoice_of(driver.gateway.ask(intent_of(driver.gateway, order or driver.orders.shared)))


def paying(driver: StripeDriver, number: int = 0, **context: Any) -> Order:
    """The order that pays one leg, of a contract that handles payments in an unusual way."""
    order = driver.orders.leg(driver.orders.legs[number])
    return replace(order, context={**order.context, **context})


def sent(driver: StripeDriver, order: Order) -> Any:
    return driver.gateway.send(intent_of(driver.gateway, order))


def waits(outcome: object) -> str:
    assert isinstance(outcome, Failed), outcome
    assert outcome.retry_after_s
    return outcome.reason


def test_a_part_is_counted_and_the_invoice_stays_open_until_all_is_there(driver: StripeDriver) -> None:
    invoice_id = opened(driver)
    driver.pay(invoice_id, 300_000)
    facts = asked(driver)
    assert (facts.status, facts.received_minor, facts.outside_minor) == ("open", 300_000, 0)
    assert "is not paid yet" in waits(sent(driver, paying(driver)))
    driver.pay(invoice_id, 450_000)
    assert (asked(driver).status, asked(driver).received_minor) == ("paid", 750_000)


@pytest.mark.parametrize("kind", ["charge", "invoice_payment"])
def test_a_payment_in_another_currency_is_not_counted_as_if_it_were_in_the_invoices(
    driver: StripeDriver, kind: str
) -> None:
    driver.pay(opened(driver), 300_000)
    for paper in driver.sandbox.books.shelf.every(kind):
        paper["currency"] = "jpy"
    outcome = driver.gateway.ask(intent_of(driver.gateway, driver.orders.shared))
    assert isinstance(outcome, Unknown)
    assert (outcome.needs_person, "jpy" in outcome.reason) == (True, True)


def test_a_payee_that_is_paid_in_parts_gets_what_came_in_and_no_more(driver: StripeDriver) -> None:
    driver.pay(opened(driver), 300_000)
    part = replace(driver.orders.legs[0], amount_minor=200_000)
    first = replace(paying(driver, partial="pro_rata"), leg=part)
    assert payout_of(sent(driver, first)).part == 1
    much = replace(first, key="p2", event_id="evt_p2", leg=replace(part, amount_minor=100_001, part=2))
    assert "only 1,000.00 usd is left" in waits(sent(driver, much))
    rest = replace(first, key="p3", event_id="evt_p3", leg=replace(part, amount_minor=100_000, part=2))
    assert payout_of(sent(driver, rest)).part == 2
    assert driver.transfers() == [(DEV, 200_000), (DEV, 100_000)]


def test_too_much_is_counted_and_the_next_invoice_says_what_of_it_was_credit(driver: StripeDriver) -> None:
    driver.pay(opened(driver), 800_000)
    assert (asked(driver).status, asked(driver).received_minor) == ("paid", 800_000)
    following = replace(driver.orders.shared, key="m3", event_id="evt_m3", milestone_index=3)
    invoice_id = opened(driver, following)
    assert asked(driver, following).received_minor == 50_000
    driver.pay(invoice_id)
    facts = asked(driver, following)
    assert (facts.status, facts.received_minor, facts.credit_minor) == ("paid", 750_000, 50_000)
    stripes = sum(one["amount_cents"] for one in driver.journal("money_in"))
    minor = 800_000 + (facts.received_minor or 0) - facts.credit_minor
    assert stripes == minor, "what came in at Stripe is counted once"


def test_an_invoice_that_credit_pays_in_full_is_paid_without_a_mail(driver: StripeDriver) -> None:
    driver.pay(opened(driver), 1_500_000)
    following = replace(driver.orders.shared, key="m3", event_id="evt_m3", milestone_index=3)
    facts = invoice_of(sent(driver, following))
    assert (facts.status, facts.received_minor, facts.credit_minor) == ("paid", 750_000, 750_000)
    assert facts.outside_minor == 0
    leg = replace(paying(driver), milestone_index=3)
    driver.sandbox.set_balance(750_000)
    assert payout_of(sent(driver, leg)).status == "paid"


def test_credit_that_an_invoice_used_is_credit_again_when_it_is_given_back(driver: StripeDriver) -> None:
    driver.pay(opened(driver), 800_000)
    following = replace(driver.orders.shared, key="m3", event_id="evt_m3", milestone_index=3)
    invoice_id = opened(driver, following)
    driver.pay(invoice_id)
    credit = done(sent(driver, driver.orders.credit(invoice_id, following))).credit
    assert credit is not None
    assert (credit.amount_minor, credit.refunded_minor) == (750_000, 700_000)
    [customer] = driver.sandbox.books.shelf.every("customer")
    assert customer["balance"] == -50_000


def test_money_from_outside_of_stripe_is_counted_as_such_and_paid_out_of_the_balance(
    driver: StripeDriver,
) -> None:
    driver.sandbox.pay(opened(driver), out_of_band=True)
    facts = asked(driver)
    assert (facts.status, facts.received_minor, facts.outside_minor) == ("paid", 750_000, 750_000)
    assert "does not have 5,000.00 usd" in waits(sent(driver, paying(driver)))
    driver.sandbox.set_balance(500_000)
    assert payout_of(sent(driver, paying(driver))).status == "paid"


def test_only_what_came_in_at_stripe_goes_back_there(driver: StripeDriver) -> None:
    invoice_id = opened(driver)
    driver.sandbox.pay(invoice_id, 300_000, out_of_band=True)
    driver.pay(invoice_id)
    credit = done(sent(driver, driver.orders.credit(invoice_id))).credit
    assert credit is not None
    assert (credit.amount_minor, credit.refunded_minor) == (750_000, 450_000)
    assert [one["out_of_band"] for one in driver.journal("credit_note")].count(True) == 1


def test_several_payments_go_back_each_to_where_it_came_from(driver: StripeDriver) -> None:
    invoice_id = opened(driver)
    for amount_minor in (300_000, 450_000):
        driver.pay(invoice_id, amount_minor)
    driver.sandbox.faults.switch_on("credit_note", "500", 1)
    credit = intent_of(driver.gateway, driver.orders.credit(invoice_id))
    broken = driver.gateway.send(credit)
    assert isinstance(broken, Unknown)
    half = driver.gateway.ask(credit)
    assert isinstance(half, Unknown)
    assert half.may_resend
    note = done(driver.another().send(credit)).credit
    assert note is not None
    assert note.refunded_minor == 750_000
    assert sorted(driver.credit_notes()) == [(300_000, "usd"), (450_000, "usd")]
    assert asked(driver).status == "credited"


def test_what_was_paid_in_part_goes_back_and_the_rest_is_asked_no_more(driver: StripeDriver) -> None:
    invoice_id = opened(driver)
    driver.pay(invoice_id, 300_000)
    assert "has paid 3,000.00 usd" in refused_for_good(sent(driver, driver.orders.void(invoice_id)))
    credit = done(sent(driver, driver.orders.credit(invoice_id))).credit
    assert credit is not None
    assert (credit.amount_minor, credit.refunded_minor) == (750_000, 300_000)
    assert asked(driver).status == "credited"


def test_a_disputed_payment_holds_everything_until_the_bank_has_decided(driver: StripeDriver) -> None:
    invoice_id = open_and_pay(driver)
    [charge] = driver.sandbox.charges_of(invoice_id)
    dispute = driver.sandbox.open_dispute(charge["id"], 200_000)
    assert (asked(driver).disputed_minor, asked(driver).lost_minor) == (200_000, 0)
    assert "asks 2,000.00 usd" in waits(sent(driver, paying(driver)))
    assert "decides first" in waits(sent(driver, driver.orders.credit(invoice_id)))
    driver.sandbox.close_dispute(dispute["id"], "won")
    assert (asked(driver).disputed_minor, asked(driver).lost_minor) == (0, 0)
    assert payout_of(sent(driver, paying(driver))).status == "paid"


def test_a_dispute_names_no_invoice_until_stripe_is_asked_for_it(driver: StripeDriver) -> None:
    gateway = driver.another()
    [charge] = driver.sandbox.charges_of(open_and_pay(driver))
    driver.sandbox.open_dispute(charge["id"])
    callback, event = await_callback(driver, "invoice.disputed")
    assert (event.invoice_id, event.event_id) == ("", "")
    driver.sandbox.faults.switch_on("read", "500", 1)
    with pytest.raises(GatewayError) as caught:
        gateway.parse(callback.headers, callback.body, may_ask=True)
    assert not caught.value.permanent
    found = gateway.parse(callback.headers, callback.body, may_ask=True)
    assert (found.kind, found.event_id) == ("invoice.disputed", driver.orders.shared.event_id)
    assert found.invoice_id == asked(driver).id


def test_what_the_bank_took_back_pays_nobody_and_goes_back_only_once(driver: StripeDriver) -> None:
    invoice_id = opened(driver)
    for amount_minor in (300_000, 450_000):
        driver.pay(invoice_id, amount_minor)
    first = driver.sandbox.charges_of(invoice_id)[0]
    dispute = driver.sandbox.open_dispute(first["id"])
    driver.sandbox.close_dispute(dispute["id"], "lost")
    facts = asked(driver)
    assert (facts.received_minor, facts.disputed_minor, facts.lost_minor) == (750_000, 0, 300_000)
    assert "only 4,500.00 usd is left" in refused_for_good(sent(driver, paying(driver)))
    credit = done(sent(driver, driver.orders.credit(invoice_id))).credit
    assert credit is not None
    assert (credit.amount_minor, credit.refunded_minor) == (750_000, 450_000)


def test_a_refund_by_hand_in_full_is_told_and_in_part_is_paid_out_no_more(driver: StripeDriver) -> None:
    invoice_id = open_and_pay(driver)
    [charge] = driver.sandbox.charges_of(invoice_id)
    driver.sandbox.refund(charge["id"], 400_000)
    assert asked(driver).status == "paid"
    assert "only 3,500.00 usd is left" in refused_for_good(sent(driver, paying(driver)))
    driver.sandbox.refund(charge["id"])
    assert asked(driver).status == "credited"


def test_a_credit_note_by_hand_that_changed_the_amount_is_left_to_a_person(driver: StripeDriver) -> None:
    invoice_id = opened(driver)
    driver.sandbox.credit(invoice_id, 100_000)
    outcome = driver.gateway.ask(intent_of(driver.gateway, driver.orders.shared))
    assert isinstance(outcome, Unknown)
    assert outcome.needs_person
    assert "took 1,000.00 usd off" in outcome.reason
    driver.sandbox.credit(invoice_id)
    assert asked(driver).status == "credited", "nobody is paid out of an invoice that nobody paid"


def test_a_prefunded_share_is_paid_before_the_client_pays(driver: StripeDriver) -> None:
    opened(driver)
    driver.sandbox.set_balance(500_000)
    assert payout_of(sent(driver, paying(driver, disburse="on_close"))).status == "paid"
    second = paying(driver, 1, disburse="on_close")
    assert "does not have 2,500.00 usd" in waits(sent(driver, second))
    driver.sandbox.set_balance(250_000)
    assert payout_of(sent(driver, second)).status == "paid"


def test_money_that_is_not_available_yet_is_paid_out_of_its_charge(
    httpserver: HTTPServer, sqlite_db: Database
) -> None:
    with stripe_driver(httpserver, sqlite_db, settle_after_s=2 * 86_400) as driver:
        invoice_id = open_and_pay(driver)
        [charge] = driver.sandbox.charges_of(invoice_id)
        for number in (0, 1):
            assert payout_of(sent(driver, paying(driver, number))).status == "paid"
        made = driver.sandbox.books.shelf.every("transfer")
        assert {one["source_transaction"] for one in made} == {charge["id"]}
        assert {one["transfer_group"] for one in made} == {"con_7732_alpha/2/r1"}


def test_a_payee_that_is_not_ready_waits_and_is_named(driver: StripeDriver) -> None:
    open_and_pay(driver)
    driver.sandbox.set_transfers(DEV, "inactive")
    seen = driver.orders_seen()
    assert f"{DEV} can not get transfers yet" in waits(sent(driver, paying(driver)))
    assert driver.orders_seen() == seen, "Stripe would keep its refusal for a day"
    driver.sandbox.set_transfers(DEV, "active")
    assert payout_of(sent(driver, paying(driver))).status == "paid"


def test_a_payee_that_is_not_connected_is_a_persons_matter(driver: StripeDriver) -> None:
    open_and_pay(driver)
    stranger = replace(paying(driver), leg=Leg("acct_1Stranger", 500_000))
    assert "acct_1Stranger is not connected" in refused_for_good(sent(driver, stranger))


def test_a_payee_who_spent_it_is_asked_again_once_stripe_forgot_its_refusal(driver: StripeDriver) -> None:
    open_and_pay(driver)
    payout_id = payout_of(sent(driver, paying(driver))).id
    driver.sandbox.set_payee_balance(DEV)
    reversal = driver.orders.reversal(payout_id, driver.orders.legs[0])
    outcome = sent(driver, reversal)
    assert isinstance(outcome, Failed)
    assert outcome.retry_after_s is not None
    assert outcome.retry_after_s > 86_400
    driver.sandbox.set_payee_balance(DEV, 500_000)
    driver.pass_time(outcome.retry_after_s)
    assert payout_of(sent(driver, reversal)).status == "reversed"
