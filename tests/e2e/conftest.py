"""Servers begin warm here; `test_commands.py` and the tests of the pages start them as people do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.sandbox.server import ServerProcess
from tests import warm


@pytest.fixture(scope="package", autouse=True)
def _warm_servers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ServerProcess, "begin", staticmethod(warm.start))
        yield
