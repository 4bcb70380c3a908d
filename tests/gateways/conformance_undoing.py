"""What every gateway promises about undoing: once, whole, certain or asked about, never out of nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from app.gateways.base import Done, Failed, Intent, Operation, Order
from tests.gateways.driver import GatewayDriver
from tests.gateways.orders import intent_of, named
from tests.gateways.outcomes import done, invoice_of, payout_of, refused_for_good


@dataclass(frozen=True)
class Undoing:
    """An undoing that can be ordered now. `booked` is what the counterpart has done of its kind."""

    order: Order
    intent: Intent
    booked: Callable[[], list[object]]
    expected: list[object]


Prepare = Callable[[GatewayDriver], Undoing]


def open_and_pay(driver: GatewayDriver) -> str:
    """The id of the example's invoice, paid."""
    invoice = invoice_of(driver.gateway.send(intent_of(driver.gateway, driver.orders.shared)))
    driver.pay(invoice.id)
    return invoice.id


def pay_out(driver: GatewayDriver, number: int) -> str:
    """The id of the payout of that leg."""
    orders = driver.orders
    order = orders.leg(orders.legs[number])
    return payout_of(driver.gateway.send(intent_of(driver.gateway, order))).id


def to_void(driver: GatewayDriver) -> Undoing:
    orders = driver.orders
    invoice_id = invoice_of(driver.gateway.send(intent_of(driver.gateway, orders.shared))).id
    order = orders.void(invoice_id)
    return Undoing(order, intent_of(driver.gateway, order), lambda: [*driver.voids()], [invoice_id])


def to_reverse(driver: GatewayDriver) -> Undoing:
    orders = driver.orders
    open_and_pay(driver)
    order = orders.reversal(pay_out(driver, 1), orders.legs[1])
    expected: list[object] = [(orders.legs[1].account, 250_000)]
    return Undoing(order, intent_of(driver.gateway, order), lambda: [*driver.reversals()], expected)


def to_credit(driver: GatewayDriver) -> Undoing:
    orders = driver.orders
    order = orders.credit(open_and_pay(driver))
    expected: list[object] = [(750_000, orders.currency)]
    return Undoing(order, intent_of(driver.gateway, order), lambda: [*driver.credit_notes()], expected)


class UndoingConformance:
    """Each test is one promise; the counterpart's journal is the judge.

    `nameless` are the operations that the counterpart keeps no name of ours for: what was undone by anybody
    counts as done.
    """

    nameless: tuple[Operation, ...] = ()

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

    def test_an_undoings_key_is_never_good_for_other_bytes(
        self, driver: GatewayDriver, undoing: Undoing
    ) -> None:
        done(driver.gateway.send(undoing.intent))
        other = driver.gateway.draft(replace(undoing.order, milestone_title="Another title"))
        outcome = driver.gateway.send(replace(undoing.intent, body=other))
        assert undoing.order.operation in self.nameless or not isinstance(outcome, Done)
        assert undoing.booked() == undoing.expected

    def test_what_is_undone_is_not_undone_again_under_another_name(
        self, driver: GatewayDriver, undoing: Undoing
    ) -> None:
        done(driver.gateway.send(undoing.intent))
        again = replace(undoing.order, **named("another"))  # type: ignore[arg-type]
        outcome = driver.gateway.send(intent_of(driver.gateway, again))
        assert undoing.order.operation in self.nameless or refused_for_good(outcome)
        assert undoing.booked() == undoing.expected

    def test_a_payment_that_came_first_is_kept_and_read_from_the_trigger(self, driver: GatewayDriver) -> None:
        undoing = to_void(driver)
        driver.pay(undoing.order.invoice_id)
        assert refused_for_good(driver.gateway.send(undoing.intent))
        assert (
            invoice_of(driver.gateway.ask(intent_of(driver.gateway, driver.orders.shared))).status == "paid"
        )
        assert driver.voids() == []

    def test_a_milestone_has_one_live_invoice_and_a_credited_one_bills_no_more(
        self, driver: GatewayDriver
    ) -> None:
        orders = driver.orders
        first = to_void(driver)
        second, third = (
            replace(orders.shared, **named(f"r{number}"), revision=number)  # type: ignore[arg-type]
            for number in (2, 3)
        )
        assert refused_for_good(driver.gateway.send(intent_of(driver.gateway, second)))
        done(driver.gateway.send(first.intent))
        invoice = invoice_of(driver.gateway.send(intent_of(driver.gateway, second)))
        assert invoice.id != first.order.invoice_id
        assert invoice_of(driver.gateway.ask(intent_of(driver.gateway, orders.shared))).status == "void"
        driver.pay(invoice.id)
        done(driver.gateway.send(intent_of(driver.gateway, orders.credit(invoice.id, second))))
        assert refused_for_good(driver.gateway.send(intent_of(driver.gateway, third)))
        assert len(driver.invoices()) == 2

    def test_an_unpaid_invoice_is_not_credited(self, driver: GatewayDriver) -> None:
        invoice_id = to_void(driver).order.invoice_id
        assert refused_for_good(
            driver.gateway.send(intent_of(driver.gateway, driver.orders.credit(invoice_id)))
        )
        assert driver.credit_notes() == []
