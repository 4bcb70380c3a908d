"""The GitHub adapter as an App: every forge's promises, and what an installation may take away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from app.errors import ForgeError, ForgeNotFound
from app.events import Label
from app.forges.base import Forge
from app.forges.github.apps import GitHubApp, convert
from app.forges.github.client import by_token
from app.forges.github.parse import GitHubParser
from tests.forges.conformance import ForgeConformance
from tests.forges.driver import ForgeDriver
from tests.forges.github_app_driver import PERMISSIONS, AppDriver, app_driver
from tests.forges.github_driver import FULL_NAME
from tests.forges.suite import LABEL, MARKER
from tests.sandbox.app_makers import Browser, manifest, query

driver = pytest.fixture(app_driver, name="driver")


class TestGitHubAsApp(ForgeConformance):
    """What is not there, and what we were not let into, look alike to an App."""

    unseen = ForgeError

    def connect(self, driver: ForgeDriver, *, token: str | None = None, timeout_s: int = 20) -> Forge:
        assert isinstance(driver, AppDriver)
        return by_token(token, driver.api_url, timeout_s) if token else driver.connect(timeout_s)

    @pytest.fixture
    def driver(self) -> Iterator[AppDriver]:
        yield from app_driver()

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


def test_an_app_and_an_installation_may_belong_to_an_enterprise(
    driver: AppDriver, httpserver: HTTPServer
) -> None:
    enterprise = {"id": 3, "slug": "acme-group", "name": "Acme Group"}  # it has no login
    app = {
        "id": 7,
        "slug": "closeout",
        "name": "Closeout",
        "html_url": "https://github.example/apps/closeout",
    }
    rights = {"permissions": PERMISSIONS, "events": []}
    httpserver.expect_request("/app").respond_with_json({**app, "owner": enterprise, **rights})
    installed = {"id": 8, "account": enterprise, "html_url": "https://github.example/8", **rights}
    httpserver.expect_request("/app/installations").respond_with_json([installed])
    itself = GitHubApp("7", driver.app.answer["pem"], httpserver.url_for(""))
    assert itself.read().owner == "acme-group"
    assert [one.account for one in itself.installations()] == ["acme-group"]


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
