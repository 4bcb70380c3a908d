"""The workbench as a fixture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.sandbox.platform import SandboxPlatform
from app.settings import Settings
from tests.releases.bench import Bench
from tests.releases.engines import ending_at_once


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    settings = Settings.load({"CLOSEOUT_DATABASE_URL": f"sqlite:///{tmp_path / 'closeout.db'}"})
    with ending_at_once(), SandboxPlatform(settle_after_s=None) as platform:
        one = Bench(settings, platform)
        try:
            yield one
        finally:
            one.close()
