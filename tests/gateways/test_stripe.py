"""The Stripe gateway, through Stripe's own SDK and over real HTTP, against the sandbox's Stripe."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from app.db import Database
from tests.gateways.conformance import GatewayConformance
from tests.gateways.stripe_driver import StripeDriver, stripe_driver


@pytest.fixture
def driver(httpserver: HTTPServer, sqlite_db: Database) -> Iterator[StripeDriver]:
    with stripe_driver(httpserver, sqlite_db) as driver:
        yield driver


class TestStripeGateway(GatewayConformance):
    """The shared promises, kept by Stripe. It forgets a failure with its key, after a day."""

    keeps_failures = False
