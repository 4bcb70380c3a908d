"""What the parts of the forges' conformance suite share: words, fixtures, capabilities.

What a forge can not express at all (Gitea has one reason for closing) is said by a class attribute of the
suite's subclass; the promise itself stays.
"""

from __future__ import annotations

from typing import ClassVar

import pytest

from app.events import CloseReason, Role
from app.forges.base import Forge, ForgeParser
from tests.forges.driver import ForgeDriver

LABEL = "milestone:uat"
MARKER = "<!-- closeout:7732:3 -->"


class ForgeSuite:
    """The fixtures that a forge gives, and its capabilities. GitHub's are the defaults."""

    roles: ClassVar[tuple[Role, ...]] = ("read", "triage", "write", "maintain", "admin")
    close_reasons: ClassVar[tuple[CloseReason, ...]] = ("completed", "not_planned", "duplicate")
    names_the_label = True
    """Whether the webhook says which label was added or removed."""
    signs_the_body = True
    """Whether the webhook's proof covers the body (a plain token does not)."""
    proof_header = "x-hub-signature-256"
    delivery_headers: ClassVar[tuple[str, ...]] = ("x-github-delivery",)
    """Every header that the delivery's id may come from."""

    def connect(self, driver: ForgeDriver, *, token: str | None = None, timeout_s: int = 20) -> Forge:
        """The client under test; `token` None is the bot's own."""
        raise NotImplementedError

    @pytest.fixture
    def driver(self) -> ForgeDriver:
        raise NotImplementedError

    @pytest.fixture
    def parser(self) -> ForgeParser:
        raise NotImplementedError

    @pytest.fixture
    def forge(self, driver: ForgeDriver) -> Forge:
        return self.connect(driver)
