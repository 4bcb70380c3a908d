"""An agency, or its books alone, on each database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.db import Database
from tests.banking.agency import Agency, agency
from tests.gateways.bank_driver import Driver, bank_driver


@pytest.fixture
def studio(db: Database) -> Iterator[Agency]:
    with agency(db) as one:
        yield one


@pytest.fixture
def driver(db: Database) -> Iterator[Driver]:
    with bank_driver(db) as one:
        yield one
