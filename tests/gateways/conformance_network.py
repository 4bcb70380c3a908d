"""What a gateway promises where a network lies between: what is certain, what is asked about, what waits."""

import pytest

from app.gateways.base import Failed, Intent, Operation, Unknown
from tests.gateways.conformance_undoing import Undoing
from tests.gateways.driver import Fault, GatewayDriver
from tests.gateways.outcomes import done, invoice_of, refused_for_good

A_DAY_S = 25 * 3600


class NetworkConformance:
    """`keeps_failures`: for good, and says so when asked; else as long as it keeps the key.

    `silent` are the undoings that are answered without a body, in which nothing can be wrong.
    """

    keeps_failures = True
    silent: tuple[Operation, ...] = ()

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
        assert driver.invoices() == [(750_000, driver.orders.currency)]

    def test_a_server_error_is_unknown_and_can_be_settled(
        self, driver: GatewayDriver, trigger: Intent
    ) -> None:
        driver.fail_next("500")
        assert isinstance(driver.gateway.send(trigger), Unknown)
        asked = driver.gateway.ask(trigger)
        assert isinstance(asked, Failed)
        assert asked.retry_after_s == 0
        done(driver.gateway.send(trigger))
        assert driver.invoices() == [(750_000, driver.orders.currency)]

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

    @pytest.mark.parametrize("fault", ["time_out_after_booking", "reset_after_booking"])
    def test_an_undoing_that_broke_after_booking_is_asked_about(
        self, driver: GatewayDriver, undoing: Undoing, fault: Fault
    ) -> None:
        driver.fail_next(fault)
        outcome = driver.gateway.send(undoing.intent)
        assert isinstance(outcome, Unknown)
        assert not outcome.needs_person
        done(driver.gateway.ask(undoing.intent))
        done(driver.gateway.send(undoing.intent))
        assert undoing.booked() == undoing.expected

    @pytest.mark.parametrize("fault", ["500", "in_progress"])
    def test_an_undoing_that_may_have_been_done_is_asked_about_and_sent_again(
        self, driver: GatewayDriver, undoing: Undoing, fault: Fault
    ) -> None:
        driver.fail_next(fault)
        outcome = driver.gateway.send(undoing.intent)
        assert isinstance(outcome, Unknown)
        assert not outcome.needs_person
        asked = driver.gateway.ask(undoing.intent)
        assert isinstance(asked, Failed)
        assert asked.retry_after_s == 0
        done(driver.gateway.send(undoing.intent))
        assert undoing.booked() == undoing.expected

    def test_an_undoing_whose_failure_is_kept_fails_as_long_as_it_is_kept(
        self, driver: GatewayDriver, undoing: Undoing
    ) -> None:
        driver.fail_next("kept_500")
        assert isinstance(driver.gateway.send(undoing.intent), Unknown)
        assert isinstance(driver.gateway.send(undoing.intent), Unknown)
        if self.keeps_failures:
            assert refused_for_good(driver.gateway.ask(undoing.intent))
            assert undoing.booked() == []
            return
        driver.pass_time(A_DAY_S)
        done(driver.gateway.send(undoing.intent))
        assert undoing.booked() == undoing.expected

    def test_an_undoing_that_is_refused_was_not_done(self, driver: GatewayDriver, undoing: Undoing) -> None:
        driver.fail_next("refused")
        assert refused_for_good(driver.gateway.send(undoing.intent))
        assert undoing.booked() == []

    def test_a_busy_gateway_takes_an_undoing_later(self, driver: GatewayDriver, undoing: Undoing) -> None:
        driver.fail_next("busy")
        outcome = driver.gateway.send(undoing.intent)
        assert isinstance(outcome, Failed)
        assert (outcome.retry_after_s or 0) > 0
        assert undoing.booked() == []
        done(driver.gateway.send(undoing.intent))
        assert undoing.booked() == undoing.expected

    def test_an_undoing_that_reached_nobody_may_be_tried_again(
        self, driver: GatewayDriver, undoing: Undoing
    ) -> None:
        outcome = driver.nowhere.send(undoing.intent)
        assert isinstance(outcome, Failed)
        assert outcome.retry_after_s is not None

    @pytest.mark.parametrize("fault", ["wrong_amount", "wrong_json"])
    def test_a_wrong_answer_to_an_undoing_is_left_to_a_person_and_asking_tells_the_truth(
        self, driver: GatewayDriver, undoing: Undoing, fault: Fault
    ) -> None:
        driver.fail_next(fault)
        outcome = driver.gateway.send(undoing.intent)
        if undoing.order.operation not in self.silent:
            assert isinstance(outcome, Unknown)
            assert outcome.needs_person
        done(driver.gateway.ask(undoing.intent))
        assert undoing.booked() == undoing.expected
