"""Step 2 with GitHub: the App is made for who asked, stored once and whole, and for nobody else."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from app.sandbox.world import World
from tests.sandbox.app_makers import hidden
from tests.web.setup.apps import confirm, fill_in, made
from tests.web.setup.conftest import Empty, Visitor


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
