"""What every gateway promises. A new gateway inherits the class and gives it a `driver` fixture."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from app.errors import PayloadError, SignatureError
from app.gateways.base import Done, Failed, Intent, Unknown
from tests.gateways.conformance_listing import ListingConformance
from tests.gateways.conformance_undoing import UndoingConformance
from tests.gateways.driver import GatewayDriver
from tests.gateways.orders import LEGS, SHARED, intent_of, leg_order, tell_order
from tests.gateways.outcomes import done, invoice_of


class GatewayConformance(UndoingConformance, ListingConformance):
    """Each test is one promise about money; the counterpart's journal is the judge."""

    @pytest.fixture
    def trigger(self, driver: GatewayDriver) -> Intent:
        return intent_of(driver.gateway, SHARED)

    def test_the_same_order_is_drafted_as_the_same_bytes(self, driver: GatewayDriver) -> None:
        turned = replace(SHARED, context=dict(reversed(list(SHARED.context.items()))))
        assert driver.gateway.draft(SHARED) == driver.gateway.draft(turned)

    def test_a_trigger_opens_the_invoice_that_was_ordered(
        self, driver: GatewayDriver, trigger: Intent
    ) -> None:
        invoice = invoice_of(driver.gateway.send(trigger))
        assert (invoice.amount_minor, invoice.currency, invoice.status) == (750_000, "usd", "open")
        assert invoice.number
        assert invoice.url.startswith("http")
        assert driver.invoices() == [(750_000, "usd")]

    def test_an_order_that_is_sent_again_books_nothing_new(
        self, driver: GatewayDriver, trigger: Intent
    ) -> None:
        answers = [driver.gateway.send(trigger) for _ in range(3)]
        assert answers[0] == answers[1] == answers[2]
        assert driver.invoices() == [(750_000, "usd")]

    def test_an_order_that_is_sent_twice_at_once_books_once(
        self, driver: GatewayDriver, trigger: Intent
    ) -> None:
        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(driver.gateway.send, [trigger] * 8))
        assert any(isinstance(outcome, Done) for outcome in outcomes)
        assert not any(isinstance(outcome, Failed) for outcome in outcomes)
        assert driver.invoices() == [(750_000, "usd")]

    def test_asking_tells_the_present_state_and_books_nothing(
        self, driver: GatewayDriver, trigger: Intent
    ) -> None:
        invoice = invoice_of(driver.gateway.send(trigger))
        assert invoice_of(driver.gateway.ask(trigger)) == invoice
        driver.pay(invoice.id)
        assert invoice_of(driver.gateway.ask(trigger)) == replace(invoice, status="paid")
        assert driver.orders_seen() == 1

    def test_asking_for_what_was_never_sent_allows_it_to_be_sent(
        self, driver: GatewayDriver, trigger: Intent
    ) -> None:
        outcome = driver.gateway.ask(trigger)
        assert isinstance(outcome, Failed)
        assert outcome.retry_after_s == 0
        assert driver.invoices() == []

    @pytest.mark.parametrize("fault", ["time_out_after_booking", "reset_after_booking"])
    def test_what_broke_after_booking_is_unknown_until_it_is_asked_about(
        self, driver: GatewayDriver, trigger: Intent, fault: str
    ) -> None:
        driver.fail_next(fault)  # type: ignore[arg-type]
        outcome = driver.gateway.send(trigger)
        assert isinstance(outcome, Unknown)
        assert not outcome.needs_person
        assert invoice_of(driver.gateway.ask(trigger)).amount_minor == 750_000
        assert invoice_of(driver.gateway.send(trigger)).amount_minor == 750_000
        assert driver.invoices() == [(750_000, "usd")]

    def test_a_server_error_is_unknown_and_can_be_settled(
        self, driver: GatewayDriver, trigger: Intent
    ) -> None:
        driver.fail_next("500")
        assert isinstance(driver.gateway.send(trigger), Unknown)
        asked = driver.gateway.ask(trigger)
        assert isinstance(asked, Failed)
        assert asked.retry_after_s == 0
        done(driver.gateway.send(trigger))
        assert driver.invoices() == [(750_000, "usd")]

    def test_a_refusal_is_certain_and_says_why(self, driver: GatewayDriver, trigger: Intent) -> None:
        driver.fail_next("refused")
        outcome = driver.gateway.send(trigger)
        assert isinstance(outcome, Failed)
        assert outcome.retry_after_s is None
        assert outcome.reason
        assert driver.invoices() == []

    def test_a_busy_gateway_says_when_to_come_again(self, driver: GatewayDriver, trigger: Intent) -> None:
        driver.fail_next("busy")
        outcome = driver.gateway.send(trigger)
        assert isinstance(outcome, Failed)
        assert outcome.retry_after_s is not None
        assert outcome.retry_after_s > 0
        assert driver.invoices() == []
        done(driver.gateway.send(trigger))

    def test_an_unreachable_gateway_is_certain_and_may_be_tried_again(
        self, driver: GatewayDriver, trigger: Intent
    ) -> None:
        outcome = driver.nowhere.send(trigger)
        assert isinstance(outcome, Failed)
        assert outcome.retry_after_s is not None
        assert isinstance(driver.nowhere.ask(trigger), Unknown), "no answer is no proof that it never came"

    def test_an_answer_with_another_amount_is_left_to_a_person(
        self, driver: GatewayDriver, trigger: Intent
    ) -> None:
        driver.fail_next("wrong_amount")
        outcome = driver.gateway.send(trigger)
        assert isinstance(outcome, Unknown)
        assert outcome.needs_person
        assert "amount" in outcome.reason

    def test_a_key_is_never_good_for_other_bytes(self, driver: GatewayDriver, trigger: Intent) -> None:
        done(driver.gateway.send(trigger))
        dearer = replace(
            trigger, body=driver.gateway.draft(replace(SHARED, amount_minor=800_000, context={}))
        )
        outcome = driver.gateway.send(dearer)
        assert not isinstance(outcome, Done)
        assert driver.invoices() == [(750_000, "usd")]

    def test_bytes_of_another_order_are_not_sent_at_all(self, driver: GatewayDriver, trigger: Intent) -> None:
        leg = intent_of(driver.gateway, leg_order(LEGS[0]))
        outcome = driver.gateway.send(replace(trigger, body=leg.body))
        assert isinstance(outcome, Failed)
        assert driver.orders_seen() == 0

    def test_a_leg_waits_for_the_money(self, driver: GatewayDriver, trigger: Intent) -> None:
        invoice = invoice_of(driver.gateway.send(trigger))
        leg = intent_of(driver.gateway, leg_order(LEGS[0]))
        early = driver.gateway.send(leg)
        assert isinstance(early, Failed)
        assert early.retry_after_s is not None
        assert driver.transfers() == []
        driver.pay(invoice.id)
        [payout] = done(driver.gateway.send(leg)).payouts
        assert (payout.account, payout.amount_minor, payout.currency) == ("acc_dev_team_44", 500_000, "usd")
        assert payout.status in ("pending", "paid")

    def test_every_leg_is_paid_once_and_they_add_up(self, driver: GatewayDriver, trigger: Intent) -> None:
        driver.pay(invoice_of(driver.gateway.send(trigger)).id)
        legs = [intent_of(driver.gateway, leg_order(leg)) for leg in LEGS]
        driver.fail_next("time_out_after_booking")
        for leg in [*legs, *legs]:
            driver.gateway.send(leg)
        for leg, ordered in zip(legs, LEGS, strict=True):
            [payout] = done(driver.gateway.ask(leg)).payouts
            assert (payout.account, payout.amount_minor) == (ordered.account, ordered.amount_minor)
        assert sorted(driver.transfers()) == sorted((leg.account, leg.amount_minor) for leg in LEGS)

    def test_telling_a_state_moves_no_money(self, driver: GatewayDriver) -> None:
        for status in ("paid", "disbursing", "disbursed", "held", "voiding", "refunding", "refunded"):
            told = intent_of(driver.gateway, tell_order(status))
            assert driver.gateway.send(told) == Done()
        assert (driver.invoices(), driver.transfers()) == ([], [])

    def test_a_callback_proves_its_sender_and_names_our_order(
        self, driver: GatewayDriver, trigger: Intent
    ) -> None:
        invoice = invoice_of(driver.gateway.send(trigger))
        driver.pay(invoice.id)
        callback = driver.next_callback()
        driver.gateway.verify(callback.headers, callback.body)
        assert driver.gateway.delivery_id(callback.headers)
        event = driver.gateway.parse(callback.headers, callback.body)
        assert (event.kind, event.invoice_id, event.event_id) == ("invoice.paid", invoice.id, SHARED.event_id)

    def test_a_callback_that_was_touched_or_is_stale_or_bare_is_refused(
        self, driver: GatewayDriver, trigger: Intent
    ) -> None:
        driver.pay(invoice_of(driver.gateway.send(trigger)).id)
        callback = driver.next_callback()
        with pytest.raises(SignatureError):
            driver.gateway.verify(callback.headers, callback.body.replace(b"paid", b"void"))
        with pytest.raises(SignatureError):
            driver.gateway.verify({}, callback.body)
        with time_machine.travel(timedelta(minutes=6)), pytest.raises(SignatureError):
            driver.gateway.verify(callback.headers, callback.body)
        with pytest.raises(PayloadError):
            driver.gateway.delivery_id({})
        with pytest.raises(PayloadError):
            driver.gateway.parse(callback.headers, b"{")
