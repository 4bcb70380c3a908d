"""The workbench and the plainest play as fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.sandbox.platform import SandboxPlatform
from app.settings import Settings
from tests import templates
from tests.releases.bench import Bench
from tests.releases.engines import ending_at_once
from tests.releases.play import Play, play


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    settings = Settings.load({"CLOSEOUT_DATABASE_URL": templates.begun(tmp_path)})
    with ending_at_once(), SandboxPlatform(settle_after_s=None) as platform:
        one = Bench(settings, platform)
        try:
            yield one
        finally:
            one.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Play]:
    """The defaults: close the issue, release the payment."""
    with play(tmp_path, "github") as one:
        yield one
        one.check()
