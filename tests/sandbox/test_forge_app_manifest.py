"""The manifest flow at the pretend GitHub: what it refuses, what it shows, and the code that works once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.sandbox.forge import SandboxForge
from tests.sandbox.app_makers import (
    EVENTS,
    OWNER,
    PERMISSIONS,
    REDIRECT,
    Browser,
    convert,
    hidden,
    made,
    manifest,
    query,
)
from tests.sandbox.forge_people import Receiver

LOCAL = {"url": "http://127.0.0.1:9/hooks/github"}


def test_a_manifest_becomes_an_app_whose_secrets_are_fetched_once(sandbox: SandboxForge) -> None:
    browser = Browser(sandbox)
    page = browser.propose(manifest(), state="s 1&2")
    assert page.status_code == 200
    assert hidden(page)["name"] == "Closeout of Acme"
    assert "issues: write" in page.text
    back = browser.confirm(page)
    assert back.headers["Location"].startswith(f"{REDIRECT}?code=")
    assert query(back)["state"] == "s 1&2"
    first, second = (convert(sandbox, query(back)["code"]) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 404)
    app = first.json()
    assert (app["slug"], app["owner"]["login"]) == ("closeout-of-acme", "acme")
    assert (app["permissions"], app["events"]) == (PERMISSIONS, EVENTS)
    assert app["html_url"] == f"{sandbox.url}/apps/closeout-of-acme"
    assert all(app[name] for name in ("client_id", "client_secret", "webhook_secret", "node_id"))
    key = load_pem_private_key(app["pem"].encode(), password=None)
    assert isinstance(key, RSAPrivateKey)
    assert key.key_size == 2048
    assert app["pem"].startswith("-----BEGIN RSA PRIVATE KEY-----")


def test_a_code_works_for_an_hour_and_no_longer(sandbox: SandboxForge) -> None:
    browser = Browser(sandbox)
    for seconds, status in ((3590, 201), (3600, 404)):
        back = browser.confirm(browser.propose(manifest()), name=f"Closeout {seconds}")
        sandbox.pass_time(seconds)
        assert convert(sandbox, query(back)["code"]).status_code == status
    assert convert(sandbox, "0" * 40).status_code == 404


def test_a_person_may_own_an_app_and_choose_its_name(sandbox: SandboxForge) -> None:
    browser = Browser(sandbox, "dana")
    page = browser.propose(manifest(name=None), organisation="")
    back = browser.confirm(page, name="Dana's  Own – Bot")
    app = convert(sandbox, query(back)["code"]).json()
    assert (app["slug"], app["name"], app["owner"]["login"]) == (
        "dana-s-own-bot",
        "Dana's  Own – Bot",
        "dana",
    )


@pytest.mark.parametrize("login", ["dana", "mallory"])
def test_only_who_owns_an_organisation_registers_apps_for_it(sandbox: SandboxForge, login: str) -> None:
    assert Browser(sandbox, login).propose(manifest()).status_code == 404
    assert Browser(sandbox).propose(manifest(), organisation="nobody").status_code == 404


def test_another_persons_proposal_can_not_be_confirmed_nor_one_twice(sandbox: SandboxForge) -> None:
    browser = Browser(sandbox)
    page = browser.propose(manifest())
    assert Browser(sandbox, "dana").confirm(page).status_code == 404
    assert browser.confirm(page).status_code == 302
    assert browser.confirm(page).status_code == 404


def test_a_browser_that_is_not_signed_in_is_asked_who_it_is_and_loses_nothing(sandbox: SandboxForge) -> None:
    browser = Browser(sandbox, "")
    asked = browser.propose(manifest(), state="kept", organisation="")
    assert "Sign in as olga" in asked.text
    fields = hidden(asked)
    assert json.loads(fields["manifest"]) == manifest()
    page = browser.post("/settings/apps/new", fields | {"as": OWNER})
    assert "signed in as <b>olga</b>" in page.text
    assert query(browser.confirm(page))["state"] == "kept"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"url": None}, "Url can't be blank"),
        ({"url": "closeout"}, "Url must be a valid URL"),
        ({"redirect_url": None}, "Redirect url can't be blank"),
        ({"redirect_url": "/callback"}, "Redirect url must be a valid URL"),
        ({"redirect_url": "ftp://closeout.example"}, "Redirect url must be a valid URL"),
        ({"setup_url": "nowhere"}, "Setup url must be a valid URL"),
        ({"callback_urls": ["https://a.example"] * 11}, "Callback urls is invalid"),
        ({"hook_attributes": None}, "Hook url cannot be blank"),
        ({"hook_attributes": {}}, "Hook url cannot be blank"),
        ({"hook_attributes": {"url": "hooks"}}, "Hook url must be a valid URL"),
        ({"hook_attributes": {**LOCAL, "active": "no"}}, "Hook is invalid"),
        ({"hook_attributes": LOCAL}, "reachable over the public Internet (127.0.0.1)"),
        ({"hook_attributes": {**LOCAL, "active": False}}, "reachable over the public Internet (127.0.0.1)"),
        ({"hook_attributes": {"url": "http://localhost:8080/"}}, "over the public Internet (localhost)"),
        ({"default_permissions": {"email_addresses": "read"}}, "resource is not included in the list"),
        ({"default_permissions": {"issues": "admin"}}, "action is not included in the list"),
        ({"default_permissions": {"workflows": "read"}}, "action is not included in the list"),
        ({"default_events": ["issues", "installation"]}, "Default events unsupported: installation"),
        ({"default_events": ["push"]}, "Default events are not supported by permissions: push"),
        ({"default_permissions": {}}, "by permissions: issues and issue_comment and milestone"),
        ({"webhook_secret": "chosen"}, "&#34;webhook_secret&#34; is not a permitted key"),
        ({"public": "yes"}, "Public is invalid"),
        ({"default_events": "issues"}, "Default events is invalid"),
        ({"request_oauth_on_install": True}, "nothing that the sandbox can do"),
    ],
)
def test_a_manifest_that_github_would_not_take_is_refused(
    sandbox: SandboxForge, changes: dict[str, Any], said: str
) -> None:
    page = Browser(sandbox).propose(manifest(**changes))
    assert page.status_code == 422
    assert "Invalid GitHub App configuration" in page.text
    assert said.replace("'", "&#39;") in page.text


@pytest.mark.parametrize("text", ["", "[]", "{", "7"])
def test_what_is_no_manifest_is_refused(sandbox: SandboxForge, text: str) -> None:
    page = Browser(sandbox).post("/settings/apps/new", {"manifest": text})
    assert (page.status_code, "not a JSON object" in page.text) == (422, True)


@pytest.mark.parametrize(
    ("name", "said"),
    [("!!!", "be blank"), ("x" * 35, "too long"), ("closeout OF acme", "already been taken")],
)
def test_a_name_that_can_not_be_taken_is_asked_for_again(sandbox: SandboxForge, name: str, said: str) -> None:
    made(sandbox)
    browser = Browser(sandbox)
    page = browser.propose(manifest())
    again = browser.confirm(page, name=name)
    assert again.status_code == 422
    assert said in again.text
    assert browser.confirm(again, name="Closeout Two").status_code == 302


def test_an_app_without_a_webhook_has_no_secret_for_one(sandbox: SandboxForge) -> None:
    app = made(sandbox, hook_attributes=None, default_events=None)
    assert app.answer["webhook_secret"] is None


def test_a_webhook_on_this_machine_is_greeted_before_anybody_can_know_its_secret(receiver: Receiver) -> None:
    with SandboxForge(takes_local_hooks=True) as sandbox:
        sandbox.add_user(OWNER, "token-of-olga")
        browser = Browser(sandbox)
        page = browser.propose(manifest(hook_attributes={"url": receiver.url}), organisation="")
        back = browser.confirm(page)
        sandbox.wait_until_sent()
        (greeting,) = receiver.taken
        app = convert(sandbox, query(back)["code"]).json()
    assert greeting.headers["X-Github-Event"] == "ping"
    assert greeting.headers["X-Github-Hook-Installation-Target-Id"] == str(app["id"])
    assert "X-Hub-Signature-256" in greeting.headers
    hook = json.loads(greeting.body)["hook"]
    assert (hook["type"], hook["app_id"], hook["config"]["url"]) == ("App", app["id"], receiver.url)
    assert app["webhook_secret"] not in greeting.body.decode()


def test_a_webhook_elsewhere_is_never_sent(sandbox: SandboxForge) -> None:
    app = made(sandbox)
    sandbox.wait_until_sent()
    (line,) = app.ask("GET", "/app/hook/deliveries").json()
    assert (line["event"], line["status"]) == ("ping", "failed to connect to host")
