"""GitLab keeps the promises of every forge, with each of its two proofs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from app.errors import SignatureError
from app.events import CloseReason
from app.forges.base import Forge, ForgeParser
from app.forges.gitlab.client import GitLabForge
from app.forges.gitlab.parse import GitLabParser
from tests.fakes.door import serving
from tests.fakes.gitlab import PretendGitLab
from tests.forges.conformance import ForgeConformance
from tests.forges.driver import ForgeDriver, Sent
from tests.forges.promises_webhooks import lower

TOKEN = "the hook's secret token"
SIGNING_SECRET = "whsec_cGxheS1tb25leS1zaWduaW5nLXNlY3JldC0wMDAx"


class GitLabPromises(ForgeConformance):
    """What both proofs have in common."""

    close_reasons: ClassVar[tuple[CloseReason, ...]] = ("completed", "duplicate", "moved")
    delivery_headers: ClassVar[tuple[str, ...]] = ("idempotency-key", "webhook-id", "x-gitlab-webhook-uuid")
    names_the_milestone = False
    keeps_transferred_issues = True
    converts_to_discussions = False
    secret = TOKEN
    names_commit_authors = False

    def connect(self, driver: ForgeDriver, *, token: str | None = None, timeout_s: int = 20) -> Forge:
        return GitLabForge(driver.token if token is None else token, driver.api_url, timeout_s)

    @pytest.fixture
    def driver(self) -> Iterator[ForgeDriver]:
        yield from serving(PretendGitLab(self.secret, self.names_commit_authors))

    @pytest.fixture
    def parser(self) -> ForgeParser:
        return GitLabParser()

    def test_a_label_with_a_comma_or_a_sign_is_one_label(self, driver: ForgeDriver, forge: Forge) -> None:
        """GitLab allows no comma in a label, and separates them by it: such a name selects nothing."""
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Odd", ["50% done?", "part & 2+3"], dana)
        for label in ("50% done?", "part & 2+3"):
            assert [issue.number for issue in forge.list_issues(driver.repository, label)] == [number]
        assert forge.list_issues(driver.repository, "50% done?,part & 2+3") == []


class TestGitLabWithAToken(GitLabPromises):
    """An old server: without signatures, and with authors of commits as closers."""

    signs_the_body = False
    proof_header = "x-gitlab-token"
    names_commit_authors = True


class TestGitLabWithASignature(GitLabPromises):
    secret = SIGNING_SECRET
    proof_header = "webhook-signature"

    def test_a_delivery_with_a_damaged_proof_is_refused(
        self, driver: ForgeDriver, parser: ForgeParser, closing: Sent
    ) -> None:
        """A list with blanks between is proper here, and one right signature in it is enough."""
        headers, right = lower(closing), (driver.secret.encode(),)
        proof = headers[self.proof_header]
        parser.verify({**headers, self.proof_header: f"v1a,other {proof}"}, closing.body, right)
        for damaged in (
            "",
            " ",
            proof[:-1],
            proof[1:],
            f"{proof}0",
            f"{proof},{proof}",
            proof.replace("v1,", "v2,"),
            proof.upper(),
            proof[:-1] + "é",
            proof[:-1] + "\udcff",
            f"{proof}\n",
        ):
            with pytest.raises(SignatureError) as caught:
                parser.verify({**headers, self.proof_header: damaged}, closing.body, right)
            assert proof not in str(caught.value)

    @pytest.mark.parametrize(
        "changed",
        [
            {"webhook-id": "another"},
            {"webhook-timestamp": "1614265330"},
            {"webhook-timestamp": ""},
            {"webhook-signature": ""},
            {"webhook-signature": "v1,AAAA"},
        ],
    )
    def test_a_wrong_signature_is_not_rescued_by_the_right_token(
        self, driver: ForgeDriver, parser: ForgeParser, closing: Sent, changed: dict[str, str]
    ) -> None:
        headers = {**lower(closing), "x-gitlab-token": TOKEN}
        secrets = (driver.secret.encode(), TOKEN.encode())
        parser.verify(headers, closing.body, secrets)
        with pytest.raises(SignatureError):
            parser.verify({**headers, **changed}, closing.body, secrets)

    def test_a_token_is_no_signing_secret(self, parser: ForgeParser) -> None:
        """The token travels in plain text: whoever saw it could sign with it."""
        token = SIGNING_SECRET.removeprefix("whsec_")
        forger = PretendGitLab(SIGNING_SECRET)
        dana = forger.add_person("dana", "write")
        forger.open_issue("Login", [], dana)
        forged = forger.sent()[-1]
        parser.verify(lower(forged), forged.body, (SIGNING_SECRET.encode(),))
        with pytest.raises(SignatureError):
            parser.verify(lower(forged), forged.body, (token.encode(),))

    def test_a_signing_secret_is_no_token(
        self, driver: ForgeDriver, parser: ForgeParser, closing: Sent
    ) -> None:
        with pytest.raises(SignatureError):
            parser.verify({"x-gitlab-token": driver.secret}, closing.body, (driver.secret.encode(),))
