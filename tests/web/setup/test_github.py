"""Step 2 with GitHub: the App is made for who asked, stored once and whole, and for nobody else."""

from __future__ import annotations

import json
import re
import threading
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from app.sandbox.world import World
from tests.sandbox.app_makers import Browser, hidden
from tests.web.setup.conftest import Empty, Visitor


def fill_in(operator: Visitor, host: str, /, **changes: str) -> requests.Response:
    """Answer of the form that asks for an App at this server."""
    fields = {
        "connection": "github",
        "owner": "organisation",
        "organisation": "acme",
        "place": "enterprise",
        "host": host,
        "app_name": "Closeout Acme",
        **changes,
    }
    return operator.send("/setup/github", **fields)


def handed_over(page: requests.Response) -> tuple[str, dict[str, Any]]:
    """Where the page's button goes, and the manifest that it takes along."""
    action = re.findall(
        r'<form action="([^"]+)" method="post">\s*<input type="hidden" name="manifest"', page.text
    )
    return action[0].replace("&amp;", "&"), json.loads(hidden(page)["manifest"])


def confirm(world: World, page: requests.Response, name: str = "") -> str:
    """What a person does at GitHub: look at it, press the button. Answers where GitHub sends them then."""
    action, manifest = handed_over(page)
    browser = Browser(world.forge, "lena")
    parts = urlsplit(action)
    state = parse_qs(parts.query)["state"][0]
    asked = browser.post(f"{parts.path}?state={state}", {"manifest": json.dumps(manifest)})
    return browser.confirm(asked, name or None).headers["Location"]


def made(empty: Empty, operator: Visitor, world: World) -> str:
    """An App, up to the address to which GitHub sends its maker back."""
    operator.tell_address()
    page = fill_in(operator, world.forge.url)
    assert page.status_code == 200, page.text
    back = confirm(world, page)
    assert back.startswith(f"{empty.url}/setup/github/created?")
    return back.removeprefix(empty.url)


def test_the_app_is_made_and_stored_and_its_maker_sent_on_to_install_it(
    empty: Empty, operator: Visitor, world: World
) -> None:
    on = operator.get(made(empty, operator, world))
    assert (on.status_code, on.headers["Location"]) == (
        303,
        f"{world.forge.url}/apps/closeout-acme/installations/new",
    )
    (app,) = world.forge.state.apps.registered.values()
    kept = empty.vault.values()
    assert kept["GITHUB_APP_ID"] == str(app.id)
    assert kept["GITHUB_WEBHOOK_SECRET"] == app.hook.secret
    assert kept["GITHUB_PRIVATE_KEY"].startswith("-----BEGIN")
    assert (kept["GITHUB_FORGE"], kept["GITHUB_APP_SLUG"]) == ("github", "closeout-acme")
    assert kept["GITHUB_API_URL"] == f"{world.forge.url}/api/v3"
    assert {"GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"} <= kept.keys()


def test_only_the_page_that_goes_to_github_may_send_a_form_there(
    empty: Empty, operator: Visitor, world: World
) -> None:
    operator.tell_address()
    page = fill_in(operator, world.forge.url)
    policy = page.headers["Content-Security-Policy"]
    assert page.headers["Referrer-Policy"] == "strict-origin"
    assert f"form-action 'self' {world.forge.url};" in policy
    assert "frame-ancestors 'none'" in policy
    public = fill_in(operator, "", place="public").headers["Content-Security-Policy"]
    assert "form-action 'self' https://github.com;" in public
    assert "form-action 'self';" in operator.get("/setup/github").headers["Content-Security-Policy"]


def test_opening_the_page_again_neither_loses_nor_doubles_anything(
    empty: Empty, operator: Visitor, world: World
) -> None:
    back = made(empty, operator, world)
    operator.get(back)
    before = empty.vault.values()
    again = operator.get(back)
    assert (again.status_code, again.headers["Location"]) == (303, "/setup/github/installed")
    assert empty.vault.values() == before


def test_what_github_says_of_another_session_is_not_taken(
    empty: Empty, operator: Visitor, world: World
) -> None:
    back = made(empty, operator, world)
    assert empty.operator().get(back).status_code == 403
    assert empty.stranger().get(back).status_code == 401
    assert "GITHUB_APP_ID" not in empty.vault.values()
    assert operator.get(back).status_code == 303  # its own session still brings it to its end


@pytest.mark.parametrize("state", ["", "x", "ä", "W10.aaaa.bbbb"])
def test_a_forged_state_is_not_taken(empty: Empty, operator: Visitor, world: World, state: str) -> None:
    back = made(empty, operator, world)
    code = parse_qs(urlsplit(back).query)["code"][0]
    refused = operator.get("/setup/github/created", code=code, state=state)
    assert refused.status_code == 403
    assert "Nothing was stored" in refused.text
    assert "GITHUB_APP_ID" not in empty.vault.values()


@pytest.mark.parametrize("code", ["", "0" * 40, "../app", "a/b", "a?b", "ä", "x" * 500])
def test_a_code_that_github_does_not_know_stores_nothing(
    empty: Empty, operator: Visitor, world: World, code: str
) -> None:
    state = parse_qs(urlsplit(made(empty, operator, world)).query)["state"][0]
    refused = operator.get("/setup/github/created", code=code, state=state)
    assert refused.status_code == 502
    assert "GITHUB_APP_ID" not in empty.vault.values()


def test_a_connection_that_is_there_is_replaced_only_when_somebody_says_so(
    empty: Empty, operator: Visitor, world: World
) -> None:
    operator.get(made(empty, operator, world))
    first = empty.vault.values()
    refused = fill_in(operator, world.forge.url, app_name="Another")
    assert refused.status_code == 422
    assert "there is a connection github already" in refused.text.lower()
    page = fill_in(operator, world.forge.url, app_name="Another", replaces="yes")
    assert operator.get(confirm(world, page).removeprefix(empty.url)).status_code == 303
    assert empty.vault.values()["GITHUB_APP_ID"] != first["GITHUB_APP_ID"]


def test_one_that_came_while_the_person_was_at_github_is_kept(
    empty: Empty, operator: Visitor, world: World
) -> None:
    back = made(empty, operator, world)
    other = confirm(world, fill_in(operator, world.forge.url, app_name="Another")).removeprefix(empty.url)
    operator.get(back)
    before = empty.vault.values()
    refused = operator.get(other)
    assert refused.status_code == 502
    assert "there is a connection github already" in refused.text.lower()
    assert empty.vault.values() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", "http://github.acme.example"),
        ("host", "https://github.com@evil.example"),
        ("host", 'x"><script>alert(1)</script>'),
        ("host", "evil.example;form-action *"),
        ("organisation", "../../evil"),
        ("organisation", ""),
        ("app_name", ""),
        ("app_name", "x" * 60),
        ("connection", "status"),  # would write CLOSEOUT_STATUS_TOKEN
        ("connection", "A B"),
        ("connection", "../x"),
    ],
)
def test_what_can_not_be_is_refused_and_stays_to_be_mended(
    operator: Visitor, world: World, field: str, value: str
) -> None:
    operator.tell_address()
    refused = fill_in(operator, world.forge.url, **{field: value})
    assert refused.status_code == 422
    assert "<script>" not in refused.text
    assert "manifest" not in hidden(refused)


def test_without_an_address_nobody_is_sent_to_github(operator: Visitor, world: World) -> None:
    assert fill_in(operator, world.forge.url).headers["Location"] == "/setup/address"
    operator.tell_address("https://elsewhere.example")
    assert fill_in(operator, world.forge.url).headers["Location"] == "/setup/address"


def test_where_it_is_installed_is_asked_of_github_and_not_read_from_the_address(
    empty: Empty, operator: Visitor, world: World
) -> None:
    operator.get(made(empty, operator, world))
    spoofed = operator.get("/setup/github/installed", installation_id="4711", setup_action="install")
    assert "installed nowhere yet" in spoofed.text
    assert "4711" not in spoofed.text
    installation = world.forge.apps.install("closeout-acme", "acme", by="lena")
    assert "acme/storefront" in operator.get("/setup/github/installed", installation_id="4711").text
    world.forge.apps.suspend(installation.id, by="lena")
    assert "suspended there" in operator.get("/setup/github/installed").text.lower()


def test_an_app_that_was_deleted_says_so(empty: Empty, operator: Visitor, world: World) -> None:
    operator.get(made(empty, operator, world))
    world.forge.apps.delete("closeout-acme")
    page = operator.get("/setup/github/installed")
    assert page.status_code == 200
    assert "GitHub does not" in page.text


def test_its_webhooks_are_sent_here_again_after_a_move(empty: Empty, operator: Visitor, world: World) -> None:
    operator.get(made(empty, operator, world))
    (app,) = world.forge.state.apps.registered.values()
    app.hook.url = "http://127.0.0.1:9/hooks/github"
    page = operator.get("/setup/github/installed")
    assert "Its webhooks go to http://127.0.0.1:9/hooks/github" in page.text
    assert operator.post("/setup/github/webhook", None, **hidden(page)).status_code == 303
    assert app.hook.url == f"{empty.url}/hooks/github"


def test_the_app_is_heard_before_there_is_a_contract(empty: Empty, operator: Visitor, world: World) -> None:
    operator.get(made(empty, operator, world))
    world.forge.apps.install("closeout-acme", "acme", by="lena")
    world.forge.webhooks.wait_until_sent()
    (app,) = world.forge.state.apps.registered.values()
    sent = [one for one in world.forge.webhooks.of(app.hook) if one.event == "installation"]
    assert [one.status_code for one in sent] == [202]


NEW_APP = {
    "id": 7,
    "slug": "closeout-acme",
    "html_url": "https://evil.example/apps/closeout-acme",
    "client_id": "Iv1",
    "client_secret": "canary-client-secret-7f31",
    "webhook_secret": "canary-webhook-secret-88aa",
    "pem": "canary-pem-no-key-at-all",
}


@pytest.mark.parametrize(
    "answer",
    [
        NEW_APP,  # whose key is none
        {**NEW_APP, "pem": None},
        {**NEW_APP, "slug": "../../evil"},
        {**NEW_APP, "slug": ["x"]},
        {**NEW_APP, "id": "no number"},
        {"message": "canary-message"},
        [],
        "canary-text",
        None,
    ],
)
def test_nonsense_from_github_stores_nothing_and_shows_none_of_it(
    empty: Empty, operator: Visitor, httpserver: HTTPServer, answer: object, capfd: pytest.CaptureFixture[str]
) -> None:
    httpserver.expect_request(re.compile(r"/api/v3/app-manifests/.*")).respond_with_json(answer, status=201)
    refused = _back(operator, httpserver)
    assert refused.status_code == 502
    assert "canary" not in refused.text
    assert "canary" not in capfd.readouterr().err.replace("canary-key", "")
    assert "GITHUB_APP_ID" not in empty.vault.values()


@pytest.mark.parametrize("status", [301, 302, 307, 401, 403, 404, 422, 429, 500, 502])
def test_a_refusal_of_github_is_told_and_may_be_tried_again(
    empty: Empty, operator: Visitor, httpserver: HTTPServer, status: int
) -> None:
    asked: list[str] = []

    def answer(request: Request) -> Response:
        asked.append(request.path)
        return Response("{}", status, {"Location": httpserver.url_for("/elsewhere")})

    httpserver.expect_request(re.compile(".*")).respond_with_handler(answer)
    assert _back(operator, httpserver).status_code == 502
    assert asked == ["/api/v3/app-manifests/abc123/conversions"]  # once, and followed nowhere
    assert "GITHUB_APP_ID" not in empty.vault.values()


def test_a_github_that_says_nothing_is_not_waited_for_for_ever(
    empty: Empty, operator: Visitor, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()
    monkeypatch.setattr("app.forges.github.apps.CONVERSION_S", 1)

    def answer(_: Request) -> Response:
        let_go.wait(20)
        return Response("{}")

    httpserver.expect_request(re.compile(".*")).respond_with_handler(answer)
    try:
        refused = _back(operator, httpserver)
    finally:
        let_go.set()
    assert refused.status_code == 502
    assert "did not answer in time" in refused.text


def _back(operator: Visitor, httpserver: HTTPServer) -> requests.Response:
    """The answer to who comes back from such a GitHub."""
    operator.tell_address()
    action, _ = handed_over(
        fill_in(operator, httpserver.url_for("").rstrip("/").replace("localhost", "127.0.0.1"))
    )
    state = parse_qs(urlsplit(action).query)["state"][0]
    return operator.get("/setup/github/created", code="abc123", state=state)


def test_where_github_makes_no_webhook_secret_one_is_made_and_told(
    empty: Empty, operator: Visitor, world: World
) -> None:
    back = made(empty, operator, world)
    (app,) = world.forge.state.apps.registered.values()
    app.hook.secret = ""
    assert operator.get(back).status_code == 303
    assert app.hook.secret == empty.vault.values()["GITHUB_WEBHOOK_SECRET"]
    assert len(app.hook.secret) >= 32


def test_no_secret_is_in_any_page_address_or_log(
    empty: Empty, operator: Visitor, world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    back = made(empty, operator, world)
    answers = [operator.get(back), operator.get(back)]
    world.forge.apps.install("closeout-acme", "acme", by="lena")
    for place in ("", "/forge", "/github", "/github/installed", "/gateway", "/contract", "/check"):
        answers.append(operator.get(f"/setup{place}"))
    kept = empty.vault.values()
    canaries = [kept["GITHUB_WEBHOOK_SECRET"], kept["GITHUB_CLIENT_SECRET"]]
    canaries += [line for line in kept["GITHUB_PRIVATE_KEY"].splitlines() if not line.startswith("-----")]
    said = "".join(f"{one.url}{one.headers}{one.text}" for one in answers) + capfd.readouterr().err
    assert [one for one in canaries if one in said] == []
