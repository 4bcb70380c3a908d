"""A fresh platform for each test; its transfers arrive only when told."""

from collections.abc import Iterator

import pytest

from app.sandbox.platform import SandboxPlatform
from tests.sandbox.platform.client import Client


@pytest.fixture
def client() -> Iterator[Client]:
    with SandboxPlatform(settle_after_s=None) as platform:
        yield Client(platform)
