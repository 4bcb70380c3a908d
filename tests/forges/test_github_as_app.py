"""The GitHub adapter as an App: every forge's promises, and what an installation may take away."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from app.errors import ForgeError, ForgeNotFound
from app.events import Label, Person, Repository
from app.forges.base import Forge
from app.forges.github.apps import GitHubApp, convert
from app.forges.github.client import GitHubForge, by_app, by_token
from app.forges.github.parse import GitHubParser
from app.sandbox.forge import SandboxForge
from tests.forges.conformance import ForgeConformance
from tests.forges.driver import ForgeDriver
from tests.forges.github_driver import FULL_NAME, GitHubDriver, Listener
from tests.forges.suite import LABEL, MARKER
from tests.sandbox.app_makers import Browser, Made, made, manifest, query

PERMISSIONS = {"issues": "write", "metadata": "read", "pull_requests": "read"}


class AppDriver(GitHubDriver):
    """The same repository, with an App that is installed on its account; the App's account is the bot."""

    @cached_property
    def app(self) -> Made:
        return made(self.sandbox, default_permissions=PERMISSIONS)

    @cached_property
    def installation(self) -> int:
        return int(self.sandbox.apps.install(self.app.slug, "acme").id)

    @property
    def itself(self) -> GitHubApp:
        return GitHubApp(str(self.app.answer["id"]), self.app.answer["pem"], self.api_url)

    def connect(self, timeout_s: int = 20) -> GitHubForge:
        assert self.installation
        account = self.sandbox.state.users[f"{self.app.slug}[bot]"]
        self.bot = Person(str(account.id), account.login, is_bot=True)
        return by_app(str(self.app.answer["id"]), self.app.answer["pem"], self.api_url, timeout_s)


def _driver() -> Iterator[AppDriver]:
    listener = Listener()
    with listener.server, SandboxForge() as sandbox:
        yield AppDriver(sandbox, listener)


driver = pytest.fixture(_driver, name="driver")


class TestGitHubAsApp(ForgeConformance):
    """What is not there, and what we were not let into, look alike to an App."""

    unseen = ForgeError

    def connect(self, driver: ForgeDriver, *, token: str | None = None, timeout_s: int = 20) -> Forge:
        assert isinstance(driver, AppDriver)
        return by_token(token, driver.api_url, timeout_s) if token else driver.connect(timeout_s)

    @pytest.fixture
    def driver(self) -> Iterator[AppDriver]:
        yield from _driver()

    @pytest.fixture
    def parser(self) -> GitHubParser:
        return GitHubParser()

    def test_a_bot_that_may_only_read_makes_and_mends_nothing_and_says_what_it_needs(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        """An App has no role: what can be taken from it is the repository."""
        assert isinstance(driver, AppDriver)
        first = forge.create_label(driver.repository, Label("", LABEL, "1d76db"))
        other = driver.sandbox.add_repository("acme/other")
        driver.sandbox.apps.select(driver.installation, [other.full_name])
        for write, label in (
            (forge.create_label, Label("", "bug", "ffffff")),
            (forge.edit_label, Label(first.id, LABEL, "ffffff")),
        ):
            with pytest.raises(ForgeError, match="not installed there") as caught:
                write(driver.repository, label)
            assert caught.value.mend
        driver.sandbox.apps.select(driver.installation, None)
        (still,) = forge.list_labels(driver.repository)
        assert (still.name, still.color) == (LABEL, "1d76db")


def tokens(driver: AppDriver) -> int:
    """How many installation tokens were asked for so far."""
    return sum(path.endswith("/access_tokens") for _, path in driver.requests())


def test_a_token_is_asked_once_for_each_repository(driver: AppDriver) -> None:
    forge = driver.connect()
    number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
    for _ in range(3):
        forge.read_issue(driver.repository, number)
    assert tokens(driver) == 1
    other = driver.sandbox.add_repository("acme/other")
    forge.read_repository(Repository(str(other.id), "acme/other"))
    assert tokens(driver) == 2


def test_what_an_app_may_not_see_any_more_waits_instead_of_being_gone(driver: AppDriver) -> None:
    forge = driver.connect()
    number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
    forge.read_issue(driver.repository, number)
    other = driver.sandbox.add_repository("acme/other")
    driver.sandbox.apps.select(driver.installation, [other.full_name])
    with pytest.raises(ForgeError, match="not installed there") as caught:
        forge.read_issue(driver.repository, number)
    assert not isinstance(caught.value, ForgeNotFound)
    assert not caught.value.permanent
    assert f"/apps/{driver.app.slug}/installations/new" in caught.value.mend
    driver.sandbox.apps.select(driver.installation, None)
    assert forge.read_issue(driver.repository, number).number == number


def test_a_deleted_issue_is_gone_also_for_an_app(driver: AppDriver) -> None:
    forge = driver.connect()
    number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
    driver.sandbox.delete_issue(FULL_NAME, number)
    with pytest.raises(ForgeNotFound):
        forge.read_issue(driver.repository, number)


def test_a_suspended_installation_says_so_and_goes_on_when_it_is_let_in_again(driver: AppDriver) -> None:
    forge = driver.connect()
    number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
    driver.sandbox.apps.suspend(driver.installation)
    with pytest.raises(ForgeError, match="suspended") as caught:
        forge.read_issue(driver.repository, number)
    assert not caught.value.permanent
    driver.sandbox.apps.unsuspend(driver.installation)
    assert forge.read_issue(driver.repository, number).number == number


def test_a_right_that_was_taken_away_is_named(driver: AppDriver) -> None:
    forge = driver.connect()
    driver.sandbox.apps.grant(driver.installation, {"issues": "read"})
    with pytest.raises(ForgeError, match="does not allow the GitHub App to write issues") as caught:
        forge.list_labels(driver.repository)
    assert "Grant it" in caught.value.mend


def test_without_the_right_to_read_pull_requests_all_else_goes_on(driver: AppDriver) -> None:
    forge = driver.connect()
    driver.sandbox.apps.grant(driver.installation, {"issues": "write"})
    dana = driver.add_person("dana", "write")
    number = driver.open_issue("Login", [LABEL], dana)
    driver.close(number, dana)
    assert forge.read_history(driver.repository, number)[-1].by == dana
    assert forge.write_comment(driver.repository, number, MARKER, f"Billed {MARKER}").url


def test_a_deleted_app_waits(driver: AppDriver) -> None:
    forge = driver.connect()
    number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
    driver.sandbox.apps.delete(driver.app.slug)
    with pytest.raises(ForgeError) as caught:
        forge.read_issue(driver.repository, number)
    assert not isinstance(caught.value, ForgeNotFound)
    assert not caught.value.permanent


def test_a_token_is_renewed_before_it_ends(driver: AppDriver, httpserver: HTTPServer) -> None:
    """The server says when: one that is about to end is not used for another request."""
    asked: list[int] = []

    def token(_request: object) -> Response:
        asked.append(len(asked))
        ends = "2020-01-01T00:00:00Z" if len(asked) < 3 else "2099-01-01T00:00:00Z"
        return Response(f'{{"token": "text-{len(asked)}", "expires_at": "{ends}"}}', 201)

    home = {"id": 7, "permissions": PERMISSIONS, "suspended_at": None, "html_url": "https://forge.example"}
    httpserver.expect_request("/repos/acme/storefront/installation").respond_with_json(home)
    httpserver.expect_request("/app/installations/7/access_tokens").respond_with_handler(token)
    httpserver.expect_request("/repositories/5/labels").respond_with_json([])
    forge = by_app("7", driver.app.answer["pem"], httpserver.url_for(""))
    for _ in range(5):
        forge.list_labels(Repository("5", "acme/storefront"))
    assert len(asked) == 3
    used = {request.headers["Authorization"] for request, _ in httpserver.log if "labels" in request.path}
    assert used == {"token text-1", "token text-2", "token text-3"}


def test_an_app_that_is_installed_anew_goes_on_at_once(driver: AppDriver) -> None:
    """Its tokens of before are refused, although they were to live for most of an hour."""
    forge = driver.connect()
    forge.create_label(driver.repository, Label("", LABEL, "1d76db"))
    driver.sandbox.apps.uninstall(driver.installation)
    with pytest.raises(ForgeError, match="not installed there") as caught:
        forge.list_labels(driver.repository)
    assert not caught.value.permanent
    driver.sandbox.apps.install(driver.app.slug, "acme")
    assert [one.name for one in forge.list_labels(driver.repository)] == [LABEL]


def test_a_token_that_was_revoked_is_replaced_also_for_what_writes(driver: AppDriver) -> None:
    forge = driver.connect()
    number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
    forge.read_issue(driver.repository, number)
    driver.sandbox.state.apps.grants.clear()
    assert forge.write_comment(driver.repository, number, MARKER, f"Billed {MARKER}").url
    driver.sandbox.state.apps.grants.clear()
    assert forge.find_person("dana") is not None
    assert tokens(driver) == 3, "one for the repository, one in its place, one about accounts"


def test_a_token_that_is_refused_at_once_is_asked_for_no_third_time(
    driver: AppDriver, httpserver: HTTPServer
) -> None:
    home = {"id": 7, "permissions": PERMISSIONS, "suspended_at": None, "html_url": "https://forge.example"}
    token = {"token": "text", "expires_at": "2099-01-01T00:00:00Z"}
    httpserver.expect_request("/repos/acme/storefront/installation").respond_with_json(home)
    httpserver.expect_request("/app/installations/7/access_tokens").respond_with_json(token, 201)
    httpserver.expect_request("/repositories/5/labels").respond_with_json({"message": "Bad credentials"}, 401)
    forge = by_app("7", driver.app.answer["pem"], httpserver.url_for(""))
    with pytest.raises(ForgeError, match="does not accept our token") as caught:
        forge.list_labels(Repository("5", "acme/storefront"))
    assert not caught.value.permanent
    assert [request.path for request, _ in httpserver.log].count("/repositories/5/labels") == 2


# The App about itself


def test_an_app_knows_what_it_is_and_where_it_is_installed(driver: AppDriver) -> None:
    itself = driver.itself
    facts = itself.read()
    assert (facts.slug, facts.owner) == (driver.app.slug, "acme")
    assert facts.permissions == PERMISSIONS
    assert itself.installations() == []
    number = driver.installation
    (found,) = itself.installations()
    assert (found.id, found.account, found.suspended_at) == (str(number), "acme", "")
    assert [one.full_name for one in itself.repositories(found)] == [FULL_NAME]
    driver.sandbox.apps.suspend(number)
    (found,) = itself.installations()
    assert found.suspended_at
    assert itself.repositories(found) == []


def test_all_repositories_of_a_large_account_are_read(driver: AppDriver) -> None:
    for number in range(105):
        driver.sandbox.add_repository(f"acme/more-{number}")
    assert driver.installation
    (found,) = driver.itself.installations()
    assert len(driver.itself.repositories(found)) == 106


def test_the_webhook_is_set_with_its_secret(driver: AppDriver) -> None:
    driver.itself.set_webhook("http://127.0.0.1:9/hooks/github", "a-new-secret")
    assert driver.itself.webhook_url() == "http://127.0.0.1:9/hooks/github"
    assert driver.sandbox.state.apps.named(driver.app.slug).hook.secret == "a-new-secret"  # type: ignore[union-attr]


def test_a_code_gives_the_credentials_once_and_shows_none(driver: AppDriver) -> None:
    browser = Browser(driver.sandbox)
    code = query(browser.confirm(browser.propose(manifest(name="Another"))))["code"]
    created = convert(code, driver.api_url)
    facts = GitHubApp(created.id, created.private_key, driver.api_url).read()
    assert (facts.id, facts.slug) == (created.id, created.slug)
    assert created.webhook_secret not in repr(created)
    assert "PRIVATE" not in repr(created)
    with pytest.raises(ForgeError, match="does not take this code any more"):
        convert(code, driver.api_url)


@pytest.mark.parametrize("code", ["", "../app", "a b", "ä", "x" * 201])
def test_what_is_no_code_is_never_sent(code: str, driver: AppDriver) -> None:
    before = len(driver.requests())
    with pytest.raises(ForgeError, match="no code"):
        convert(code, driver.api_url)
    assert len(driver.requests()) == before
