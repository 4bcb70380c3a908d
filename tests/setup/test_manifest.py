"""The manifest of a new GitHub App, and the one place where a browser may take it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from app.errors import SettingsError
from app.setup.manifest import (
    GITHUB,
    NewApp,
    installation_url,
    manifest,
    read_app_name,
    read_host,
    read_organisation,
    registration_url,
    suggested_name,
)

OURS = "https://closeout.example"


def app(**changes: object) -> NewApp:
    values = {"connection": "github", "host": GITHUB, "organisation": "acme", "name": "Closeout Acme"}
    return NewApp(**{**values, **changes})  # type: ignore[arg-type]


def test_the_app_asks_for_no_more_than_it_needs() -> None:
    found = manifest(app(), OURS)
    assert found["default_permissions"] == {"issues": "write", "metadata": "read", "pull_requests": "read"}
    assert found["default_events"] == ["issues", "issue_comment", "label", "milestone", "repository"]
    assert found["public"] is False
    assert found["hook_attributes"] == {"url": f"{OURS}/hooks/github", "active": True}
    assert found["redirect_url"] == f"{OURS}/setup/github/created"
    assert (found["setup_url"], found["setup_on_update"]) == (f"{OURS}/setup/github/installed", True)


def test_contracts_in_a_repository_need_its_files_and_its_pull_requests() -> None:
    found = manifest(app(reads_contracts=True, is_public=True), OURS)
    assert found["default_permissions"]["contents"] == "read"
    assert found["default_permissions"]["pull_requests"] == "write"
    assert {"pull_request", "push"} <= set(found["default_events"])
    assert found["public"] is True


@pytest.mark.parametrize(
    ("typed", "web", "api"),
    [
        ("", "https://github.com", ""),
        ("github.com", "https://github.com", ""),
        ("https://GitHub.com/", "https://github.com", ""),
        ("www.github.com", "https://github.com", ""),
        ("github.acme.example", "https://github.acme.example", "https://github.acme.example/api/v3"),
        (
            "https://ghe.acme.example:8443/",
            "https://ghe.acme.example:8443",
            "https://ghe.acme.example:8443/api/v3",
        ),
        ("acme.ghe.com", "https://acme.ghe.com", "https://api.acme.ghe.com"),
        ("http://127.0.0.1:4567", "http://127.0.0.1:4567", "http://127.0.0.1:4567/api/v3"),
    ],
)
def test_a_host_is_read_as_people_write_it(typed: str, web: str, api: str) -> None:
    host = read_host(typed)
    assert (host.web, host.api) == (web, api)
    assert read_host(host.name) == host  # as a state carries it


@pytest.mark.parametrize(
    "typed",
    [
        "http://github.acme.example",  # would send the App's key in the clear
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1:80@evil.example",
        "https://github.com@evil.example",
        "https://github.com:pw@evil.example/",
        "github.com/evil",
        "github.com?x",
        "github.com#x",
        "github.com\\@evil.example",
        "evil.example;form-action *",
        "evil.example form-action",
        "evil.example'",
        "evil.example\r\nX-Injected: 1",
        "evil.example\x00",
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "https://",
        "localhost",
        "10.0.0.1",
        "169.254.169.254",
        "[::1]",
        "ｇithub.com",
        "github.com:99999",
        "github.com:0",
        "-a.example",
        "a..example",
        "a" * 300 + ".example",
        "*.example",
    ],
)
def test_what_is_no_plain_host_is_refused(typed: str) -> None:
    with pytest.raises(SettingsError):
        read_host(typed)


@pytest.mark.parametrize("typed", ["", "../..", "a/b", "a?b", "a b", "acme#", "ä", "a" * 41, "-a", "a\n"])
def test_what_is_no_organisation_is_refused(typed: str) -> None:
    if typed == "a\n":  # what stands around it is a slip of typing
        assert read_organisation(typed) == "a"
        return
    with pytest.raises(SettingsError):
        read_organisation(typed)


@pytest.mark.parametrize("typed", ["", "   ", "!!!", "x" * 35, "ä"])
def test_what_is_no_name_of_an_app_is_refused(typed: str) -> None:
    with pytest.raises(SettingsError):
        read_app_name(typed)


def test_a_sellers_name_makes_a_name_that_github_takes() -> None:
    assert suggested_name("Northwind Studio") == "Closeout Northwind Studio"
    assert read_app_name(suggested_name("A very long name of an agency with many partners"))


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({}, "https://github.com/organizations/acme/settings/apps/new"),
        ({"organisation": ""}, "https://github.com/settings/apps/new"),
        (
            {"host": read_host("ghe.acme.example")},
            "https://ghe.acme.example/organizations/acme/settings/apps/new",
        ),
    ],
)
def test_the_manifest_goes_to_the_owners_settings(changes: dict[str, object], start: str) -> None:
    parts = urlsplit(registration_url(app(**changes), "a state&x=y"))
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == start
    assert parse_qs(parts.query) == {"state": ["a state&x=y"]}


@pytest.mark.parametrize(
    ("host", "shown", "place"),
    [
        ("", "https://github.com/apps/closeout-acme", "https://github.com/apps/closeout-acme"),
        ("", "https://evil.example/apps/x", "https://github.com/apps/closeout-acme"),
        ("", "https://github.com.evil.example/apps/x", "https://github.com/apps/closeout-acme"),
        ("", "javascript:alert(1)", "https://github.com/apps/closeout-acme"),
        ("ghe.acme.example", "", "https://ghe.acme.example/github-apps/closeout-acme"),
        (
            "ghe.acme.example",
            "https://ghe.acme.example/github-apps/c",
            "https://ghe.acme.example/github-apps/c",
        ),
    ],
)
def test_people_are_only_sent_to_the_github_that_they_named(host: str, shown: str, place: str) -> None:
    assert installation_url(read_host(host), "closeout-acme", shown) == f"{place}/installations/new"
