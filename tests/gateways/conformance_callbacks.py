"""What a gateway promises of its callbacks: genuine, about our order, and nothing more than a hint."""

from datetime import timedelta

import pytest
import time_machine

from app.errors import PayloadError, SignatureError
from app.events import GatewayEvent
from app.gateways.base import Intent
from tests.gateways.conformance_undoing import Undoing
from tests.gateways.driver import GatewayDriver, Sent
from tests.gateways.outcomes import done, invoice_of

KINDS = {
    "void_invoice": "invoice.voided",
    "reverse_payout": "payout.reversed",
    "credit_note": "invoice.credited",
}


def await_callback(driver: GatewayDriver, kind: str) -> tuple[Sent, GatewayEvent]:
    """The next callback of that kind; those before it are genuine and can be read as well."""
    while True:
        callback = driver.next_callback()
        driver.gateway.verify(callback.headers, callback.body)
        event = driver.gateway.parse(callback.headers, callback.body)
        if event.kind == kind:
            return callback, event


class CallbackConformance:
    """`has_timestamps`: an old callback is told by its signature."""

    has_timestamps = True

    def test_a_callback_proves_its_sender_and_names_our_order(
        self, driver: GatewayDriver, trigger: Intent
    ) -> None:
        invoice = invoice_of(driver.gateway.send(trigger))
        driver.pay(invoice.id)
        _, event = await_callback(driver, "invoice.paid")
        assert event.delivery_id
        assert (event.invoice_id, event.event_id) == (invoice.id, driver.orders.shared.event_id)

    def test_a_callback_that_was_touched_or_is_stale_or_bare_is_refused(
        self, driver: GatewayDriver, trigger: Intent
    ) -> None:
        driver.pay(invoice_of(driver.gateway.send(trigger)).id)
        callback, _ = await_callback(driver, "invoice.paid")
        with pytest.raises(SignatureError):
            driver.gateway.verify(callback.headers, callback.body.replace(b"paid", b"void"))
        with pytest.raises(SignatureError):
            driver.gateway.verify({}, callback.body)
        if self.has_timestamps:
            with time_machine.travel(timedelta(minutes=6)), pytest.raises(SignatureError):
                driver.gateway.verify(callback.headers, callback.body)
        with pytest.raises(PayloadError):
            driver.gateway.parse({}, b"{}")
        with pytest.raises(PayloadError):
            driver.gateway.parse(callback.headers, b"{")

    def test_a_callback_tells_of_an_undoing_by_the_order_that_was_undone(
        self, driver: GatewayDriver, undoing: Undoing
    ) -> None:
        orders = driver.orders
        done(driver.gateway.send(undoing.intent))
        _, event = await_callback(driver, KINDS[undoing.order.operation])
        undone = orders.shared if undoing.order.leg is None else orders.leg(undoing.order.leg)
        assert event.event_id == undone.event_id
        assert undoing.order.payout_id in ("", event.payout_id)
        assert undoing.order.invoice_id in ("", event.invoice_id)
