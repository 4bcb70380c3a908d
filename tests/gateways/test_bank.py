"""The bank account as a gateway: its promises, judged by the bank's own journal, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.db import Database
from tests.gateways.bank_driver import Driver, bank_driver
from tests.gateways.conformance import Conformance
from tests.gateways.conformance_listing import UnlistedConformance
from tests.gateways.conformance_ordering import OrderingConformance
from tests.gateways.conformance_reversing import FinalConformance
from tests.gateways.conformance_undoing import UndoingConformance, to_credit, to_void


@pytest.fixture
def driver(db: Database) -> Iterator[Driver]:
    with bank_driver(db) as driver:
        yield driver


class TestBankGateway(
    Conformance, OrderingConformance, UndoingConformance, FinalConformance, UnlistedConformance
):
    """The parts that concern a gateway without a network, callbacks, reversals or a list."""

    undoings = (to_void, to_credit)
