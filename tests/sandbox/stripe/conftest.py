"""A fresh Stripe for each test, with two connected accounts; clients pay when told."""

from collections.abc import Iterator

import pytest

from app.sandbox.stripe import SandboxStripe
from tests.sandbox.stripe.client import DESIGN, DEV, Shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    with SandboxStripe() as sandbox:
        sandbox.add_account(DEV)
        sandbox.add_account(DESIGN)
        yield Shop(sandbox)
