"""The tokens of a GitHub App: how often they are asked for, and what becomes of one that is refused."""

from __future__ import annotations

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from app.errors import ForgeError
from app.events import Label, Repository
from app.forges.github.client import by_app
from tests.forges.github_app_driver import PERMISSIONS, AppDriver, app_driver
from tests.forges.suite import LABEL, MARKER
from tests.sandbox.app_makers import made

driver = pytest.fixture(app_driver, name="driver")


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


def test_accounts_are_asked_about_by_the_owners_installation_and_not_by_a_strangers(
    driver: AppDriver,
) -> None:
    """A public App may be installed by anybody, before its owner did, and be thrown out again."""
    driver.add_person("aardvark", "none")
    driver.__dict__["app"] = made(driver.sandbox, default_permissions=PERMISSIONS, public=True)
    stranger = driver.sandbox.apps.install(driver.app.slug, "aardvark").id
    forge = driver.connect()
    assert forge.find_person("olga") is not None
    driver.sandbox.apps.uninstall(stranger)
    before = tokens(driver)
    assert forge.find_person("olga") is not None
    assert tokens(driver) == before


def test_an_installation_that_gives_no_token_does_not_keep_accounts_from_being_read(
    driver: AppDriver, httpserver: HTTPServer
) -> None:
    listed = [{"id": 7, "account": {"id": 1}}, {"id": 8, "account": {"id": 2}}]
    refused = {"message": "the organization has an IP allow list enabled"}
    token = {"token": "text", "expires_at": "2099-01-01T00:00:00Z"}
    person = {"id": 5, "login": "olga", "type": "User"}
    httpserver.expect_request("/app").respond_with_json({"slug": "closeout", "owner": {"id": 1}})
    httpserver.expect_request("/app/installations").respond_with_json(listed)
    httpserver.expect_request("/app/installations/7/access_tokens").respond_with_json(refused, 403)
    httpserver.expect_request("/app/installations/8/access_tokens").respond_with_json(token, 201)
    httpserver.expect_request("/users/olga").respond_with_json(person)
    forge = by_app("7", driver.app.answer["pem"], httpserver.url_for(""))
    assert forge.find_person("olga") is not None
    httpserver.clear()
    httpserver.expect_request("/app").respond_with_json({"slug": "closeout", "owner": {"id": 1}})
    httpserver.expect_request("/app/installations").respond_with_json(listed[:1])
    httpserver.expect_request("/app/installations/7/access_tokens").respond_with_json(refused, 403)
    with pytest.raises(ForgeError, match="IP allow list") as caught:
        by_app("7", driver.app.answer["pem"], httpserver.url_for("")).find_person("olga")
    assert caught.value.status == 403
