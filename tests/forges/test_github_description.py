"""What the adapter asks of GitHub, and what the pretend GitHub answers, against GitHub's own description.

Every test with a pretend GitHub compares all that passed (`described`); here stand the proofs that this finds
what is wrong, and that no method of the adapter is left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.events import Label
from app.forges.base import Forge
from app.forges.github.access import AppAccess, TokenAccess
from app.forges.github.apps import GitHubApp, convert
from app.forges.github.client import GitHubForge
from app.sandbox.forge.recording import Exchange
from tests.forges.described import Description, described, load
from tests.forges.github_driver import FULL_NAME, GitHubDriver, github_driver
from tests.forges.suite import LABEL, MARKER
from tests.sandbox.app_makers import Browser, made, manifest, query
from tests.sandbox.forge_people import peopled_sandbox


@pytest.fixture
def description() -> Description:
    found = load()
    if found is None:
        pytest.skip("GitHub's description of its interface is absent; `make openapi` fetches it (npm)")
    return found


@pytest.fixture
def driver() -> Iterator[GitHubDriver]:
    with github_driver() as driver:
        yield driver


BY_ANYBODY = {
    "repos/get",
    "issues/get",
    "issues/list-for-repo",
    "issues/list-milestones",
    "issues/list-labels-for-repo",
    "issues/list-events",
    "issues/list-events-for-timeline",
    "issues/list-comments",
    "issues/create-comment",
    "issues/update-comment",
    "issues/create-label",
    "issues/update-label",
    "pulls/get",
    "users/get-by-username",
    "repos/get-collaborator-permission-level",
}
BY_AN_APP = {
    "apps/get-authenticated",
    "apps/get-repo-installation",
    "apps/list-installations",
    "apps/create-installation-access-token",
}


@pytest.mark.parametrize("way", ["token", "app"])
def test_every_method_of_the_adapter_asks_for_what_github_describes(
    description: Description, driver: GitHubDriver, way: str
) -> None:
    dana, where = driver.add_person("dana", "write"), driver.repository
    number = driver.open_issue("Login", [LABEL], dana)
    driver.add_to_milestone(number, "v1.0", dana)
    driver.close_by_pull_request(number, dana, dana)
    driver.comment(number, dana, "Done")
    driver.sandbox.state.repositories[FULL_NAME].issues[number].is_locked = True
    forge = GitHubForge(TokenAccess(driver.token, driver.api_url, 20) if way == "token" else as_app(driver))
    asked: dict[str, Callable[[], Any]] = {
        "read_repository": lambda: forge.read_repository(replace(where, id="")),
        "read_issue": lambda: forge.read_issue(where, number),
        "list_issues": lambda: forge.list_issues(where, LABEL),
        "read_milestone": lambda: forge.read_milestone(where, "v1.0"),
        "list_changed": lambda: forge.list_changed(where, "2026-01-01T00:00:00Z"),
        "list_labels": lambda: forge.list_labels(where),
        "create_label": lambda: forge.create_label(where, Label("", "milestone:new", "0e8a16")),
        "edit_label": lambda: forge.edit_label(where, replace(forge.list_labels(where)[0], color="0e8a16")),
        "read_history": lambda: forge.read_history(where, number),
        "list_comments": lambda: forge.list_comments(where, number),
        "find_person": lambda: forge.find_person("dana"),
        "read_role": lambda: forge.read_role(where, dana),
        "write_comment": lambda: [
            forge.write_comment(where, number, MARKER, f"{text} {MARKER}") for text in ("Billed", "Paid")
        ],
    }
    assert set(asked) == {name for name in vars(Forge) if not name.startswith("_")}
    exchanges = driver.sandbox.recording.begin()
    for ask in asked.values():
        ask()
    more = {"users/get-authenticated"} if way == "token" else BY_AN_APP
    assert {description.names(one) for one in exchanges} == BY_ANYBODY | more
    assert [line for one in exchanges for line in description.problems(one)] == []


def as_app(driver: GitHubDriver) -> AppAccess:
    """An App on the driver's repository that may do what Closeout asks for."""
    permissions = {"issues": "write", "pull_requests": "read"}
    app = made(driver.sandbox, default_permissions=permissions)
    driver.sandbox.apps.install(app.slug, "acme")
    return AppAccess(str(app.answer["id"]), app.answer["pem"], driver.api_url, 20)


def test_setting_up_an_app_and_finding_what_it_missed_is_described_as_well(description: Description) -> None:
    with peopled_sandbox() as sandbox:
        exchanges = sandbox.recording.begin()
        browser = Browser(sandbox)
        created = convert(query(browser.confirm(browser.propose(manifest())))["code"], sandbox.url)
        sandbox.apps.install(created.slug, "acme")
        app = GitHubApp(created.id, created.private_key, sandbox.url)
        assert app.read().slug == created.slug
        assert app.repositories(app.installations()[0])
        app.set_webhook("http://127.0.0.1:9/hooks/github", "a-new-secret")
        assert app.webhook_url() == "http://127.0.0.1:9/hooks/github"
        assert app.deliveries.redeliver_failed("2026-01-01T00:00:00Z", lambda _: False)
        assert {description.names(one) for one in exchanges} == {
            "apps/create-from-manifest",
            "apps/get-authenticated",
            "apps/list-installations",
            "apps/create-installation-access-token",
            "apps/list-repos-accessible-to-installation",
            "apps/update-webhook-config-for-app",
            "apps/get-webhook-config-for-app",
            "apps/list-webhook-deliveries",
            "apps/redeliver-webhook-delivery",
        }
        assert [line for one in exchanges for line in description.problems(one)] == []


@pytest.fixture(scope="module")
def comment() -> Exchange:
    """A comment that was written and answered as described."""
    with github_driver() as driver:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [LABEL], dana)
        exchanges = driver.sandbox.recording.begin()
        driver.comment(number, dana, "Done")
        (one,) = exchanges
        return one


def changed(text: bytes, /, **fields: Any) -> bytes:
    """The same object with other fields; None leaves one out."""
    whole = json.loads(text) | fields
    return json.dumps({name: value for name, value in whole.items() if value is not None}).encode()


WRONG: list[tuple[Callable[[Exchange], Exchange], str]] = [
    (lambda one: replace(one, target="/repos/acme/storefront/isues/1/comments"), "GitHub has nothing there"),
    (lambda one: replace(one, method="PUT"), "GitHub has nothing there"),
    (lambda one: replace(one, target=f"{one.target}?page=1"), "the query has no 'page'"),
    (lambda one: replace(one, body=changed(one.body, body=None)), "'body' is a required property"),
    (lambda one: replace(one, body=changed(one.body, body=7)), "body: 7 is not of type 'string'"),
    (lambda one: replace(one, body=changed(one.body, text="Done")), "'text' was unexpected"),
    (lambda one: replace(one, body=b""), "Missing required request body"),
    (lambda one: replace(one, content_type="text/plain"), "Content for the following mimetype not found"),
    (lambda one: replace(one, status=200), "Unknown response http status: 200"),
    (lambda one: replace(one, answer=changed(one.answer, id="7")), "id: '7' is not of type 'integer'"),
    (lambda one: replace(one, answer=changed(one.answer, user=None)), "'user' is a required property"),
    (
        lambda one: replace(one, answer=changed(one.answer, author_association="FRIEND")),
        "author_association: 'FRIEND' is not one of",
    ),
    (
        lambda one: replace(one, answer=changed(one.answer, created_at="yesterday")),
        "created_at: 'yesterday' is not a 'date-time'",
    ),
    (lambda one: replace(one, status=403, answer=b'{"message": 7}'), "message: 7 is not of type 'string'"),
]


@pytest.mark.parametrize(("spoil", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_is_not_as_described_is_found(
    description: Description, comment: Exchange, spoil: Callable[[Exchange], Exchange], said: str
) -> None:
    assert description.problems(comment) == []
    assert said in "\n".join(description.problems(spoil(comment)))


def test_a_wrong_value_in_a_query_is_found(description: Description) -> None:
    asked = Exchange("GET", "/repos/a/b/issues?state=shut", "", b"", 200, {}, b"[]")
    right = replace(asked, headers={"Content-Type": "application/json"})
    (line,) = description.problems(right)
    assert "'shut' is not one of" in line
    assert description.problems(replace(right, target="/repositories/7/issues?state=all")) == []


@pytest.mark.parametrize(
    ("event", "changes", "said"),
    [
        ("issues", {"issue": None}, "'issue' is a required property"),
        ("issues", {"sender": 7}, "sender: 7 is not of type 'object'"),
        ("issues", {"action": "finished"}, "webhook issues-finished: GitHub sends nothing like it"),
        ("label", {}, "webhook label-opened: GitHub sends nothing like it"),
    ],
)
def test_a_webhook_that_is_not_as_described_is_found(
    description: Description, driver: GitHubDriver, event: str, changes: dict[str, Any], said: str
) -> None:
    driver.open_issue("Login", [], driver.add_person("dana", "write"))
    opened = driver.sent()[-1].body
    assert description.webhook_problems("issues", opened) == []
    assert said in "\n".join(description.webhook_problems(event, changed(opened, **changes)))


def test_a_test_with_a_pretend_github_fails_for_what_is_not_described(description: Description) -> None:
    with pytest.raises(AssertionError, match="the query has no 'colour'"), github_driver() as driver:
        driver.ask("GET", "/labels?colour=red", driver.add_person("dana", "read"))
    with peopled_sandbox() as sandbox, described(sandbox):
        assert sandbox.requests() == []
