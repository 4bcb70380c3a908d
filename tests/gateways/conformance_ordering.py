"""What every gateway promises of orders: once, as ordered, read back as it stands."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from app.gateways.base import Done, Failed, Intent
from tests.gateways.driver import GatewayDriver
from tests.gateways.orders import intent_of
from tests.gateways.outcomes import done, invoice_of


class OrderingConformance:
    """Each test is one promise about money; the counterpart's journal is the judge."""

    def test_the_same_order_is_drafted_as_the_same_bytes(self, driver: GatewayDriver) -> None:
        orders = driver.orders
        turned = replace(orders.shared, context=dict(reversed(list(orders.shared.context.items()))))
        assert driver.gateway.draft(orders.shared) == driver.gateway.draft(turned)

    def test_a_trigger_opens_the_invoice_that_was_ordered(
        self, driver: GatewayDriver, trigger: Intent
    ) -> None:
        orders = driver.orders
        invoice = invoice_of(driver.gateway.send(trigger))
        assert (invoice.amount_minor, invoice.currency, invoice.status) == (
            750_000,
            orders.currency,
            "open",
        )
        assert invoice.number
        assert invoice.url.startswith("http")
        assert driver.invoices() == [(750_000, orders.currency)]

    def test_an_order_that_is_sent_again_books_nothing_new(
        self, driver: GatewayDriver, trigger: Intent
    ) -> None:
        answers = [driver.gateway.send(trigger) for _ in range(3)]
        assert answers[0] == answers[1] == answers[2]
        assert driver.invoices() == [(750_000, driver.orders.currency)]

    def test_an_order_that_is_sent_twice_at_once_books_once(
        self, driver: GatewayDriver, trigger: Intent
    ) -> None:
        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(driver.gateway.send, [trigger] * 8))
        assert any(isinstance(outcome, Done) for outcome in outcomes)
        assert not any(isinstance(outcome, Failed) for outcome in outcomes)
        assert driver.invoices() == [(750_000, driver.orders.currency)]

    def test_asking_tells_the_present_state_and_books_nothing(
        self, driver: GatewayDriver, trigger: Intent
    ) -> None:
        invoice = invoice_of(driver.gateway.send(trigger))
        assert invoice_of(driver.gateway.ask(trigger)) == invoice
        driver.pay(invoice.id)
        seen = driver.orders_seen()
        asked = invoice_of(driver.gateway.ask(trigger))
        assert (asked.id, asked.status, asked.came_in_minor) == (invoice.id, "paid", 750_000)
        assert driver.orders_seen() == seen

    def test_asking_for_what_was_never_sent_allows_it_to_be_sent(
        self, driver: GatewayDriver, trigger: Intent
    ) -> None:
        outcome = driver.gateway.ask(trigger)
        assert isinstance(outcome, Failed)
        assert outcome.retry_after_s == 0
        assert driver.invoices() == []

    def test_a_key_is_never_good_for_other_bytes(self, driver: GatewayDriver, trigger: Intent) -> None:
        orders = driver.orders
        done(driver.gateway.send(trigger))
        dearer = replace(
            trigger,
            body=driver.gateway.draft(replace(orders.shared, amount_minor=800_000, context={})),
        )
        outcome = driver.gateway.send(dearer)
        assert not isinstance(outcome, Done)
        assert driver.invoices() == [(750_000, orders.currency)]

    def test_bytes_of_another_order_are_not_sent_at_all(self, driver: GatewayDriver, trigger: Intent) -> None:
        orders = driver.orders
        leg = intent_of(driver.gateway, orders.leg(orders.legs[0]))
        outcome = driver.gateway.send(replace(trigger, body=leg.body))
        assert isinstance(outcome, Failed)
        assert driver.orders_seen() == 0

    def test_a_leg_waits_for_the_money(self, driver: GatewayDriver, trigger: Intent) -> None:
        orders = driver.orders
        invoice = invoice_of(driver.gateway.send(trigger))
        leg = intent_of(driver.gateway, orders.leg(orders.legs[0]))
        early = driver.gateway.send(leg)
        assert isinstance(early, Failed)
        assert early.retry_after_s is not None
        assert driver.transfers() == []
        driver.pay(invoice.id)
        [payout] = done(driver.gateway.send(leg)).payouts
        assert (payout.account, payout.amount_minor, payout.currency) == (
            orders.legs[0].account,
            500_000,
            orders.currency,
        )
        assert payout.status in ("pending", "paid")

    def test_every_leg_is_paid_once_and_they_add_up(self, driver: GatewayDriver, trigger: Intent) -> None:
        orders = driver.orders
        driver.pay(invoice_of(driver.gateway.send(trigger)).id)
        legs = [intent_of(driver.gateway, orders.leg(leg)) for leg in orders.legs]
        driver.fail_next("time_out_after_booking")
        for leg in [*legs, *legs]:
            driver.gateway.send(leg)
        for leg, ordered in zip(legs, orders.legs, strict=True):
            [payout] = done(driver.gateway.ask(leg)).payouts
            assert (payout.account, payout.amount_minor) == (ordered.account, ordered.amount_minor)
        assert sorted(driver.transfers()) == sorted((leg.account, leg.amount_minor) for leg in orders.legs)

    def test_telling_a_state_moves_no_money(self, driver: GatewayDriver) -> None:
        for status in ("paid", "disbursing", "disbursed", "held", "voiding", "refunding", "refunded"):
            told = intent_of(driver.gateway, driver.orders.tell(status))
            assert driver.gateway.send(told) == Done()
        assert (driver.invoices(), driver.transfers()) == ([], [])
