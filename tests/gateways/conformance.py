"""What every gateway promises. A new gateway inherits the class and gives it a `driver` fixture.

One without a network, callbacks, reversals or a list inherits the parts that concern it, and `Final…` or
`Unlisted…` in their place; what else differs is said by class attributes.
"""

from __future__ import annotations

import pytest

from app.gateways.base import Intent
from tests.gateways.conformance_callbacks import CallbackConformance
from tests.gateways.conformance_listing import ListingConformance
from tests.gateways.conformance_network import NetworkConformance
from tests.gateways.conformance_ordering import OrderingConformance
from tests.gateways.conformance_reversing import ReversingConformance
from tests.gateways.conformance_undoing import (
    Prepare,
    Undoing,
    UndoingConformance,
    to_credit,
    to_reverse,
    to_void,
)
from tests.gateways.driver import GatewayDriver
from tests.gateways.orders import intent_of


class Conformance:
    """The fixtures of all parts. `undoings` are the ways to undo that the gateway offers."""

    undoings: tuple[Prepare, ...] = (to_void, to_reverse, to_credit)

    @pytest.fixture
    def trigger(self, driver: GatewayDriver) -> Intent:
        return intent_of(driver.gateway, driver.orders.shared)

    @pytest.fixture
    def undoing(self, driver: GatewayDriver, request: pytest.FixtureRequest) -> Undoing:
        prepare: Prepare = request.param
        return prepare(driver)


class GatewayConformance(
    Conformance,
    OrderingConformance,
    NetworkConformance,
    UndoingConformance,
    ReversingConformance,
    ListingConformance,
    CallbackConformance,
):
    """Each test is one promise about money; the counterpart's journal is the judge."""
