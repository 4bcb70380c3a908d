"""The PayPal gateway, through its real client and over real HTTP, against the pretend PayPal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from app.gateways.base import Operation, Unknown
from tests.gateways.conformance import Conformance
from tests.gateways.conformance_callbacks import CallbackConformance
from tests.gateways.conformance_listing import ListingConformance
from tests.gateways.conformance_network import NetworkConformance
from tests.gateways.conformance_ordering import OrderingConformance
from tests.gateways.conformance_reversing import FinalConformance
from tests.gateways.conformance_undoing import Undoing, UndoingConformance, to_credit, to_void
from tests.gateways.driver import GatewayDriver
from tests.gateways.outcomes import done
from tests.gateways.paypal_driver import Driver, paypal_driver

A_REFUND_IS_KEPT_S = 46 * 86_400


@pytest.fixture
def driver(httpserver: HTTPServer) -> Iterator[Driver]:
    with paypal_driver(httpserver) as driver:
        yield driver


class TestPayPalGateway(
    Conformance,
    OrderingConformance,
    NetworkConformance,
    UndoingConformance,
    FinalConformance,
    ListingConformance,
    CallbackConformance,
):
    """The shared promises, as far as PayPal lets them be kept."""

    undoings = (to_void, to_credit)
    nameless: tuple[Operation, ...] = ("void_invoice",)  # PayPal does not say for whom it cancelled
    silent: tuple[Operation, ...] = ("void_invoice",)
    lists_payouts = False
    has_timestamps = False  # PayPal repeats for three days: a replay is told by the event's id

    def test_an_undoing_whose_failure_is_kept_fails_as_long_as_it_is_kept(
        self, driver: GatewayDriver, undoing: Undoing
    ) -> None:
        """PayPal keeps an answer under a name of ours for refunds alone."""
        driver.fail_next("kept_500")
        assert isinstance(driver.gateway.send(undoing.intent), Unknown)
        if undoing.order.operation == "credit_note":
            assert isinstance(driver.gateway.send(undoing.intent), Unknown)
            assert undoing.booked() == []
            driver.pass_time(A_REFUND_IS_KEPT_S)
        done(driver.gateway.send(undoing.intent))
        assert undoing.booked() == undoing.expected
