"""A fresh PayPal for each test; its payouts end only when told."""

from collections.abc import Iterator

import pytest

from app.sandbox.paypal import SandboxPayPal
from tests.sandbox.paypal.client import Client


@pytest.fixture
def client() -> Iterator[Client]:
    with SandboxPayPal(settle_after_s=None) as paypal:
        yield Client(paypal)
