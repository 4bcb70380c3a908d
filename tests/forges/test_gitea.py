"""Gitea and Forgejo keep the promises of every forge, as far as they have words for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from app.errors import SignatureError
from app.events import CloseReason, Role
from app.forges.base import Forge, ForgeParser
from app.forges.gitea.client import GiteaForge
from app.forges.gitea.parse import GiteaParser
from tests.fakes.door import serving
from tests.fakes.gitea import PretendGitea
from tests.forges.conformance import ForgeConformance
from tests.forges.driver import ForgeDriver, Sent
from tests.forges.promises_webhooks import lower

SECRET = "It is a secret between the two of us"


class TestGitea(ForgeConformance):
    roles: ClassVar[tuple[Role, ...]] = ("read", "write", "admin")
    close_reasons: ClassVar[tuple[CloseReason, ...]] = ("completed",)
    page_size = 50
    names_the_label = False
    tells_closed_milestones = False
    transfers_issues = False
    converts_to_discussions = False
    proof_header = "x-gitea-signature"
    delivery_headers: ClassVar[tuple[str, ...]] = ("x-gitea-delivery",)

    def connect(self, driver: ForgeDriver, *, token: str | None = None, timeout_s: int = 20) -> Forge:
        return GiteaForge(driver.token if token is None else token, driver.api_url, timeout_s)

    @pytest.fixture
    def driver(self) -> Iterator[ForgeDriver]:
        yield from serving(PretendGitea(SECRET))

    @pytest.fixture
    def parser(self) -> ForgeParser:
        return GiteaParser()

    def test_githubs_copies_of_the_headers_are_not_looked_at(
        self, driver: ForgeDriver, parser: ForgeParser, closing: Sent
    ) -> None:
        headers, right = lower(closing), (driver.secret.encode(),)
        assert headers["x-hub-signature-256"].startswith("sha256=")
        parser.verify({**headers, "x-hub-signature-256": "sha256=no"}, closing.body, right)
        copies = {
            name: value for name, value in headers.items() if "gitea" not in name and "forgejo" not in name
        }
        with pytest.raises(SignatureError):
            parser.verify(copies, closing.body, right)
        wrong = {**headers, "x-github-event": "pull_request", "x-github-delivery": "other"}
        assert parser.parse(wrong, closing.body) == parser.parse(headers, closing.body)
        assert parser.delivery_id(wrong) == parser.delivery_id(headers)


class TestForgejo(TestGitea):
    proof_header = "x-forgejo-signature"
    delivery_headers: ClassVar[tuple[str, ...]] = ("x-forgejo-delivery", "x-gitea-delivery")

    @pytest.fixture
    def driver(self) -> Iterator[ForgeDriver]:
        yield from serving(PretendGitea(SECRET, is_forgejo=True))

    def test_a_delivery_without_proof_is_refused(
        self, driver: ForgeDriver, parser: ForgeParser, closing: Sent
    ) -> None:
        """Forgejo proves itself twice, by its own header and by Gitea's."""
        headers = lower(closing)
        del headers["x-forgejo-signature"]
        parser.verify(headers, closing.body, (driver.secret.encode(),))
        del headers["x-gitea-signature"]
        with pytest.raises(SignatureError):
            parser.verify(headers, closing.body, (driver.secret.encode(),))
