"""What every gateway promises about undoing: once, whole, certain or asked about, never out of nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest

from app.events import GatewayEvent
from app.gateways.base import Done, Failed, Intent, Order, Unknown
from tests.gateways.driver import Fault, GatewayDriver
from tests.gateways.orders import LEGS, SHARED, credit_order, intent_of, leg_order, reversal_order, void_order
from tests.gateways.outcomes import done, invoice_of, payout_of, refused_for_good


@dataclass(frozen=True)
class Undoing:
    """An undoing that can be ordered now. `booked` is what the counterpart has done of its kind."""

    order: Order
    intent: Intent
    booked: Callable[[], list[object]]
    expected: list[object]


def open_and_pay(driver: GatewayDriver) -> str:
    """The id of the example's invoice, paid."""
    invoice = invoice_of(driver.gateway.send(intent_of(driver.gateway, SHARED)))
    driver.pay(invoice.id)
    return invoice.id


def pay_out(driver: GatewayDriver, number: int) -> str:
    """The id of the payout of that leg."""
    return payout_of(driver.gateway.send(intent_of(driver.gateway, leg_order(LEGS[number])))).id


def to_void(driver: GatewayDriver) -> Undoing:
    invoice_id = invoice_of(driver.gateway.send(intent_of(driver.gateway, SHARED))).id
    order = void_order(invoice_id)
    return Undoing(order, intent_of(driver.gateway, order), lambda: [*driver.voids()], [invoice_id])


def to_reverse(driver: GatewayDriver) -> Undoing:
    open_and_pay(driver)
    order = reversal_order(pay_out(driver, 1), LEGS[1])
    expected: list[object] = [("acc_design_7", 250_000)]
    return Undoing(order, intent_of(driver.gateway, order), lambda: [*driver.reversals()], expected)


def to_credit(driver: GatewayDriver) -> Undoing:
    order = credit_order(open_and_pay(driver))
    return Undoing(
        order, intent_of(driver.gateway, order), lambda: [*driver.credit_notes()], [(750_000, "usd")]
    )


class UndoingConformance:
    """Each test is one promise; the counterpart's journal is the judge."""

    @pytest.fixture(params=[to_void, to_reverse, to_credit])
    def undoing(self, driver: GatewayDriver, request: pytest.FixtureRequest) -> Undoing:
        prepared: Undoing = request.param(driver)
        return prepared

    def test_an_undoing_is_done_once_and_read_back(self, driver: GatewayDriver, undoing: Undoing) -> None:
        answers = [done(driver.gateway.send(undoing.intent)) for _ in range(3)]
        assert answers[0] == answers[1] == answers[2]
        assert undoing.booked() == undoing.expected
        asked = done(driver.gateway.ask(undoing.intent))
        assert (asked.invoice, asked.payouts, asked.credit) == (
            answers[0].invoice,
            answers[0].payouts,
            answers[0].credit,
        )
        assert undoing.booked() == undoing.expected

    def test_an_undoing_that_is_sent_twice_at_once_is_done_once(
        self, driver: GatewayDriver, undoing: Undoing
    ) -> None:
        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(driver.gateway.send, [undoing.intent] * 8))
        assert any(isinstance(outcome, Done) for outcome in outcomes)
        assert not any(isinstance(outcome, Failed) for outcome in outcomes)
        assert undoing.booked() == undoing.expected

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

    def test_an_undoing_whose_failure_is_kept_has_failed_for_good(
        self, driver: GatewayDriver, undoing: Undoing
    ) -> None:
        driver.fail_next("kept_500")
        assert isinstance(driver.gateway.send(undoing.intent), Unknown)
        assert isinstance(driver.gateway.send(undoing.intent), Unknown)
        assert refused_for_good(driver.gateway.ask(undoing.intent))
        assert undoing.booked() == []

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
        assert isinstance(outcome, Unknown)
        assert outcome.needs_person
        done(driver.gateway.ask(undoing.intent))
        assert undoing.booked() == undoing.expected

    def test_an_undoings_key_is_never_good_for_other_bytes(
        self, driver: GatewayDriver, undoing: Undoing
    ) -> None:
        done(driver.gateway.send(undoing.intent))
        other = driver.gateway.draft(replace(undoing.order, milestone_title="Another title"))
        assert not isinstance(driver.gateway.send(replace(undoing.intent, body=other)), Done)
        assert undoing.booked() == undoing.expected

    def test_what_is_undone_is_not_undone_again_under_another_name(
        self, driver: GatewayDriver, undoing: Undoing
    ) -> None:
        done(driver.gateway.send(undoing.intent))
        again = replace(undoing.order, key="another", event_id="evt_another")
        assert refused_for_good(driver.gateway.send(intent_of(driver.gateway, again)))
        assert undoing.booked() == undoing.expected

    def test_a_payment_that_came_first_is_kept_and_read_from_the_trigger(self, driver: GatewayDriver) -> None:
        undoing = to_void(driver)
        driver.pay(undoing.order.invoice_id)
        assert refused_for_good(driver.gateway.send(undoing.intent))
        assert invoice_of(driver.gateway.ask(intent_of(driver.gateway, SHARED))).status == "paid"
        assert driver.voids() == []

    def test_a_milestone_has_one_live_invoice_and_a_credited_one_bills_no_more(
        self, driver: GatewayDriver
    ) -> None:
        first = to_void(driver)
        second, third = (
            replace(SHARED, key=f"r{number}", event_id=f"evt_r{number}", revision=number) for number in (2, 3)
        )
        assert refused_for_good(driver.gateway.send(intent_of(driver.gateway, second)))
        done(driver.gateway.send(first.intent))
        invoice = invoice_of(driver.gateway.send(intent_of(driver.gateway, second)))
        assert invoice.id != first.order.invoice_id
        assert invoice_of(driver.gateway.ask(intent_of(driver.gateway, SHARED))).status == "void"
        driver.pay(invoice.id)
        done(driver.gateway.send(intent_of(driver.gateway, credit_order(invoice.id, second))))
        assert refused_for_good(driver.gateway.send(intent_of(driver.gateway, third)))
        assert len(driver.invoices()) == 2

    def test_an_unpaid_invoice_is_not_credited(self, driver: GatewayDriver) -> None:
        invoice_id = to_void(driver).order.invoice_id
        assert refused_for_good(driver.gateway.send(intent_of(driver.gateway, credit_order(invoice_id))))
        assert driver.credit_notes() == []

    def test_the_client_gets_the_money_back_when_the_payees_gave_it_back(self, driver: GatewayDriver) -> None:
        credit = intent_of(driver.gateway, credit_order(open_and_pay(driver)))
        payout_ids = [pay_out(driver, number) for number in (0, 1)]
        assert refused_for_good(driver.gateway.send(credit))
        assert driver.credit_notes() == []
        for payout_id, leg in zip(payout_ids, LEGS, strict=True):
            done(driver.gateway.send(intent_of(driver.gateway, reversal_order(payout_id, leg))))
        note = done(driver.gateway.send(credit)).credit
        assert note is not None
        assert (note.amount_minor, note.currency) == (750_000, "usd")
        assert note.number
        assert note.url.startswith("http")
        facts = done(driver.gateway.ask(intent_of(driver.gateway, SHARED)))
        assert facts.invoice is not None
        assert facts.invoice.status == "credited"
        assert facts.credit == note
        assert [payout.status for payout in facts.payouts] == ["reversed", "reversed"]
        assert sorted(driver.reversals()) == sorted(driver.transfers())

    def test_a_payout_that_came_back_is_not_paid_again(self, driver: GatewayDriver) -> None:
        reversal = to_reverse(driver)
        done(driver.gateway.send(reversal.intent))
        leg = intent_of(driver.gateway, leg_order(LEGS[1]))
        assert payout_of(driver.gateway.ask(leg)).status == "reversed"
        again = intent_of(driver.gateway, leg_order(LEGS[1], key="again", event_id="evt_again"))
        assert refused_for_good(driver.gateway.send(again))
        assert len(driver.transfers()) == 1

    def test_a_reversal_of_another_amount_or_payee_is_refused(self, driver: GatewayDriver) -> None:
        payout_id = to_reverse(driver).order.payout_id
        for leg in (LEGS[0], replace(LEGS[1], amount_minor=249_999)):
            order = reversal_order(payout_id, leg, key=str(leg), event_id=f"evt_{leg.amount_minor}")
            assert refused_for_good(driver.gateway.send(intent_of(driver.gateway, order)))
        assert driver.reversals() == []

    @pytest.mark.parametrize(
        ("prepare", "kind", "names"),
        [
            (to_void, "invoice.voided", SHARED.event_id),
            (to_reverse, "payout.reversed", leg_order(LEGS[1]).event_id),
            (to_credit, "invoice.credited", SHARED.event_id),
        ],
    )
    def test_a_callback_tells_of_an_undoing_by_the_order_that_was_undone(
        self, driver: GatewayDriver, prepare: Callable[[GatewayDriver], Undoing], kind: str, names: str
    ) -> None:
        undoing = prepare(driver)
        done(driver.gateway.send(undoing.intent))
        event = GatewayEvent("", "", "", "")
        while event.kind != kind:
            callback = driver.next_callback()
            driver.gateway.verify(callback.headers, callback.body)
            event = driver.gateway.parse(callback.headers, callback.body)
        assert event.event_id == names
        assert undoing.order.payout_id in ("", event.payout_id)
        assert undoing.order.invoice_id in ("", event.invoice_id)
