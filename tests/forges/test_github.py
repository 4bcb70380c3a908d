"""The GitHub adapter: every forge's promises, and what is GitHub's alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.forges.base import Forge
from app.forges.github.client import GitHubForge
from app.forges.github.parse import GitHubParser
from tests.forges.conformance import ForgeConformance
from tests.forges.driver import ForgeDriver
from tests.forges.github_driver import GitHubDriver, github_driver


class TestGitHub(ForgeConformance):
    """GitHub's capabilities are the suite's defaults."""

    def connect(self, driver: ForgeDriver, *, token: str | None = None, timeout_s: int = 20) -> Forge:
        return GitHubForge(token or driver.token, driver.api_url, timeout_s)

    @pytest.fixture
    def driver(self) -> Iterator[GitHubDriver]:
        with github_driver() as driver:
            yield driver

    @pytest.fixture
    def parser(self) -> GitHubParser:
        return GitHubParser()
