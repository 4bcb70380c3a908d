"""Each gateway is held to the ways to undo that it offers."""

from __future__ import annotations

import pytest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "undoing" in metafunc.fixturenames and hasattr(metafunc.cls, "undoings"):
        ways = metafunc.cls.undoings
        metafunc.parametrize("undoing", ways, indirect=True, ids=[way.__name__ for way in ways])
