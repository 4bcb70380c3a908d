"""A bank that begins on a known day, with a thousand euro."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from app.sandbox.bank import SandboxBank
from tests.sandbox.bank.client import Client


@pytest.fixture
def bank() -> Iterator[Client]:
    with SandboxBank(balance_minor=100_000, today=date(2026, 5, 28)) as server:
        yield Client(server.url)
