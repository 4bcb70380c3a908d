"""The GitHub client against set answers: what only real servers say, or none should."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from app.errors import ForgeError, ForgeNotFound, SettingsError
from app.events import Person, Repository
from app.forges.github.client import GitHubForge, by_token
from tests.forges.suite import LABEL, MARKER

DANA = Person(id="583231", login="dana")
STOREFRONT = Repository(id="7", full_name="acme/storefront")


@pytest.fixture
def set_forge(httpserver: HTTPServer) -> GitHubForge:
    """A client of the server with set answers."""
    return by_token("a-token", httpserver.url_for(""), timeout_s=2)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_comment_is_never_posted_through_a_redirect(
    httpserver: HTTPServer, set_forge: GitHubForge, status: int
) -> None:
    comments = "/repositories/7/issues/3/comments"
    httpserver.expect_request(comments, method="GET").respond_with_json([])
    away = Response("{}", status, {"Location": httpserver.url_for("/elsewhere")})
    httpserver.expect_request(comments, method="POST").respond_with_response(away)
    with pytest.raises(ForgeError):
        set_forge.write_comment(STOREFRONT, 3, MARKER, f"Billed {MARKER}")
    assert [(one.method, one.path) for one, _ in httpserver.log] == [("GET", comments), ("POST", comments)]


@pytest.mark.parametrize(
    "api_url", ["github.example", "ftp://github.example", "https://", "https://[", "/api/v3"]
)
def test_an_address_that_is_none_stops_the_start(api_url: str) -> None:
    with pytest.raises(SettingsError, match="https://host/api/v3"):
        by_token("a-token", api_url)


@pytest.mark.parametrize(
    "body", [b"<html>Sign in to the hotel</html>", b"[]", b"{}", b'{"id": 1}', b"null", b'{"state": "closed"']
)
def test_an_answer_of_another_form_is_an_error_and_never_an_issue(
    httpserver: HTTPServer, set_forge: GitHubForge, body: bytes
) -> None:
    httpserver.expect_request("/repositories/7/issues/3").respond_with_data(body)
    with pytest.raises(ForgeError, match="api_url"):
        set_forge.read_issue(STOREFRONT, 3)


@pytest.mark.parametrize("body", [b'{"message": "soon"}', b'["issue"]', b'[{"number": 1}]'])
def test_a_list_of_another_form_is_an_error_and_never_an_empty_list(
    httpserver: HTTPServer, set_forge: GitHubForge, body: bytes
) -> None:
    httpserver.expect_request("/repositories/7/issues").respond_with_data(body)
    with pytest.raises(ForgeError):
        set_forge.list_issues(STOREFRONT, LABEL)


# Why it was closed, and by whom


def closed(**fields: Any) -> dict[str, Any]:
    """A closed issue as GitHub shows it, with other fields."""
    return {
        "id": 9,
        "number": 3,
        "title": "Login",
        "state": "closed",
        "html_url": "https://github.com/acme/storefront/issues/3",
        "repository_url": "https://api.github.com/repos/acme/storefront",
        "labels": [],
        "closed_at": "2026-11-20T10:00:00Z",
        "closed_by": {"id": 583231, "login": "dana", "type": "User"},
    } | fields


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "completed"),
        ({"state_reason": None}, "completed"),
        ({"state_reason": "completed"}, "completed"),
        ({"state_reason": "not_planned"}, "not_planned"),
        ({"state_reason": "duplicate"}, "duplicate"),
        ({"state_reason": "reopened"}, "unknown"),
        ({"state_reason": "Completed"}, "unknown"),
        ({"state_reason": "abandoned"}, "unknown"),
        ({"state_reason": ""}, "unknown"),
    ],
)
def test_a_reason_that_we_do_not_know_is_never_completed(
    httpserver: HTTPServer, set_forge: GitHubForge, fields: dict[str, Any], reason: str
) -> None:
    httpserver.expect_request("/repositories/7/issues/3").respond_with_json(closed(**fields))
    assert set_forge.read_issue(STOREFRONT, 3).close_reason == reason


@pytest.mark.parametrize(
    ("closer", "person"),
    [
        (None, None),
        ({"id": 5, "login": "hubot[bot]", "type": "Bot"}, Person("5", "hubot[bot]", is_bot=True)),
        ({"id": 5, "login": "dana"}, Person("5", "dana")),
    ],
)
def test_a_closer_may_be_gone_or_a_bot(
    httpserver: HTTPServer, set_forge: GitHubForge, closer: dict[str, Any] | None, person: Person | None
) -> None:
    httpserver.expect_request("/repositories/7/issues/3").respond_with_json(closed(closed_by=closer))
    assert set_forge.read_issue(STOREFRONT, 3).closed_by == person


def test_another_issue_than_the_one_asked_for_is_not_taken(
    httpserver: HTTPServer, set_forge: GitHubForge
) -> None:
    httpserver.expect_request("/repositories/7/issues/3").respond_with_json(closed(number=4))
    with pytest.raises(ForgeNotFound, match="issue 4"):
        set_forge.read_issue(STOREFRONT, 3)


# Roles


@pytest.mark.parametrize(
    ("shown", "role"),
    [
        ({"permission": "read", "role_name": "triage"}, "triage"),
        ({"permission": "write", "role_name": "maintain"}, "maintain"),
        ({"permission": "write", "role_name": "release captain"}, "write"),
        ({"permission": "read", "role_name": "security reader"}, "read"),
        ({"permission": "admin"}, "admin"),
        ({"permission": "none", "role_name": None}, "none"),
    ],
)
def test_an_organisations_own_role_counts_as_what_it_is_built_on(
    httpserver: HTTPServer, set_forge: GitHubForge, shown: dict[str, Any], role: str
) -> None:
    answer = shown | {"user": {"id": int(DANA.id), "login": "dana"}}
    httpserver.expect_request("/repositories/7/collaborators/dana/permission").respond_with_json(answer)
    assert set_forge.read_role(STOREFRONT, DANA) == role


def test_a_permission_that_nobody_knows_is_no_role(httpserver: HTTPServer, set_forge: GitHubForge) -> None:
    answer = {"permission": "superuser", "user": {"id": int(DANA.id), "login": "dana"}}
    httpserver.expect_request("/repositories/7/collaborators/dana/permission").respond_with_json(answer)
    with pytest.raises(ForgeError):
        set_forge.read_role(STOREFRONT, DANA)


# Limits and refusals


@pytest.mark.parametrize(
    ("status", "headers", "message", "pause_s"),
    [
        (403, {"Retry-After": "30"}, "You have exceeded a secondary rate limit", (30, 30)),
        (403, {}, "You have exceeded a secondary rate limit. Please wait.", (60, 60)),
        (429, {}, "Too many requests", (60, 60)),
        (429, {"Retry-After": "7"}, "Too many requests", (7, 7)),
        (429, {"Retry-After": "0"}, "Too many requests", (1, 1)),
        (429, {"Retry-After": "999999"}, "Too many requests", (3600, 3600)),
        (429, {"Retry-After": "Mon, 23 Nov 2026 02:00:00 GMT"}, "Too many requests", (60, 60)),
        (
            403,
            {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "+600"},
            "API rate limit exceeded",
            (590, 602),
        ),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "-600"}, "API rate limit exceeded", (1, 1)),
    ],
)
def test_a_limit_says_when_to_come_back_without_waiting_itself(
    httpserver: HTTPServer,
    set_forge: GitHubForge,
    status: int,
    headers: dict[str, str],
    message: str,
    pause_s: tuple[int, int],
) -> None:
    if "X-RateLimit-Reset" in headers:
        headers = headers | {"X-RateLimit-Reset": str(int(time.time()) + int(headers["X-RateLimit-Reset"]))}
    answer = Response(json.dumps({"message": message}), status, headers)
    httpserver.expect_request("/repositories/7/issues/3").respond_with_response(answer)
    started = time.monotonic()
    with pytest.raises(ForgeError) as caught:
        set_forge.read_issue(STOREFRONT, 3)
    assert time.monotonic() - started < 1
    assert len(httpserver.log) == 1
    assert caught.value.retry_after_s is not None
    assert pause_s[0] <= caught.value.retry_after_s <= pause_s[1]
    assert not caught.value.permanent


@pytest.mark.parametrize(
    ("status", "message", "is_permanent", "told"),
    [
        (401, "Bad credentials", False, "token"),
        (403, "Resource not accessible by personal access token", False, "issues: read"),
        (404, "Not Found", True, "deleted or moved"),
        (410, "This issue was deleted", True, "deleted"),
        (422, "Validation Failed\x1b[31m\n", True, "Validation Failed"),
        (451, "Repository access blocked", True, "blocked"),
    ],
)
def test_a_refusal_says_what_to_do_and_whether_asking_again_helps(
    httpserver: HTTPServer, set_forge: GitHubForge, status: int, message: str, is_permanent: bool, told: str
) -> None:
    httpserver.expect_request("/repositories/7/issues/3").respond_with_json({"message": message}, status)
    with pytest.raises(ForgeError, match=told) as caught:
        set_forge.read_issue(STOREFRONT, 3)
    assert caught.value.permanent == is_permanent
    assert isinstance(caught.value, ForgeNotFound) == (status in {404, 410})
    assert caught.value.where == "acme/storefront#3"
    assert caught.value.mend
    assert str(caught.value).isprintable()
