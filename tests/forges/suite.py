"""What the parts of the forges' conformance suite share: words, fixtures, capabilities.

What a forge can not express at all (Gitea has one reason for closing) is said by a class attribute of the
suite's subclass; the promise itself stays.
"""

from __future__ import annotations

import time
from typing import ClassVar

import pytest

from app.errors import ForgeError, ForgeNotFound
from app.events import CloseReason, Person, Role
from app.forges.base import Forge, ForgeParser
from tests.forges.driver import ForgeDriver

LABEL = "milestone:uat"
MARKER = "<!-- closeout:7732:3 -->"


def let_time_pass(driver: ForgeDriver, forge: Forge, number: int, by: Person, after: str = "") -> str:
    """Change this issue until its time is later than its own and `after`; that time (RFC 3339)."""
    before = max(after, forge.read_issue(driver.repository, number).updated_at)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        driver.label(number, "tick", by)
        driver.unlabel(number, "tick", by)
        now = forge.read_issue(driver.repository, number).updated_at
        if now > before:
            return now
        time.sleep(0.05)
    raise AssertionError(f"the forge's clock stands at {before}")


class ForgeSuite:
    """The fixtures that a forge gives, and its capabilities. GitHub's are the defaults."""

    roles: ClassVar[tuple[Role, ...]] = ("read", "triage", "write", "maintain", "admin")
    close_reasons: ClassVar[tuple[CloseReason, ...]] = ("completed", "not_planned", "duplicate")
    page_size = 100
    """How many entries the server gives at once, at most."""
    names_the_label = True
    """Whether the webhook says which label was added or removed."""
    names_the_milestone = True
    """Whether an issue's webhook names the milestone that it is in."""
    tells_closed_milestones = True
    """Whether there is a webhook for the closing of a milestone."""
    transfers_issues = True
    """Whether issues can go to another repository."""
    keeps_transferred_issues = False
    """Whether a transferred issue stays behind, closed."""
    converts_to_discussions = True
    """Whether issues can become discussions."""
    unseen: ClassVar[type[ForgeError]] = ForgeNotFound
    """What is raised for a repository that is not there; who is shut out can not tell."""
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
