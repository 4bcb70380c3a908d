"""Who is let in to the setup, and who is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.sandbox.platform import SANDBOX_SECRET
from app.sandbox.world import EXAMPLE
from tests.web.setup.conftest import Empty, Visitor, empty_server, hidden

PLACES = [
    "/setup",
    "/setup/address",
    "/setup/forge",
    "/setup/github",
    "/setup/github/created",
    "/setup/github/installed",
    "/setup/gateway",
    "/setup/contract",
    "/setup/labels",
    "/setup/check",
]
FORMS = [
    "/setup/address",
    "/setup/address/code",
    "/setup/github",
    "/setup/github/webhook",
    "/setup/gateway",
    "/setup/contract",
    "/setup/labels",
    "/setup/leave",
]


def test_an_empty_server_leads_to_its_setup(empty: Empty) -> None:
    led = empty.stranger().get("/")
    assert (led.status_code, led.headers["Location"]) == (303, "/setup")


@pytest.mark.parametrize("place", PLACES)
def test_strangers_are_asked_for_the_code_and_shown_nothing_else(empty: Empty, place: str) -> None:
    empty.operator().tell_address("https://canary-address.example")
    page = empty.stranger().get(place)
    assert page.status_code == 401
    assert "One-time code" in page.text
    assert "canary-address" not in page.text


@pytest.mark.parametrize("place", FORMS)
def test_strangers_do_nothing(empty: Empty, place: str) -> None:
    given = {"url": "https://evil.example", "name": "x", "text": "version: 1", "action": "save"}
    assert empty.stranger().post(place, None, **given).status_code == 401
    assert empty.vault.names() == []
    assert not empty.path.exists()


@pytest.mark.parametrize("place", PLACES)
def test_who_gave_the_code_sees_every_page(operator: Visitor, place: str) -> None:
    refused = place == "/setup/github/created"  # without a state
    assert operator.get(place).status_code == (403 if refused else 200)


def test_a_wrong_code_lets_nobody_in_and_a_used_one_neither(empty: Empty) -> None:
    code, stranger = empty.codes.make(), empty.stranger()
    assert stranger.give("ABCD-EFGH-JKLM").status_code == 401
    assert empty.stranger().give(code).status_code == 303
    assert stranger.give(code).status_code == 401
    assert stranger.get("/setup").status_code == 401


def test_strangers_who_guess_do_not_shut_out_who_has_the_code(empty: Empty) -> None:
    code, stranger = empty.codes.make(), empty.stranger()
    assert {stranger.give("ABCD-EFGH-JKLM").status_code for _ in range(30)} == {401}
    assert empty.stranger().give(code).status_code == 303


def test_each_sign_in_is_a_session_of_its_own(empty: Empty) -> None:
    visitor = empty.operator()
    first = visitor.session.cookies["closeout_setup"]
    visitor.give(empty.codes.make())
    assert visitor.session.cookies["closeout_setup"] != first


def test_the_cookie_is_kept_from_scripts_and_other_sites(empty: Empty) -> None:
    given = empty.stranger().give(empty.codes.make())
    cookie = given.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age=43200" in cookie
    assert "Secure" not in cookie  # this is plain http


@pytest.mark.parametrize(
    ("public_url", "headers", "is_secure"),
    [
        ("https://closeout.example", {"Host": "closeout.example"}, True),
        ("", {"Host": "closeout.example"}, False),  # an old browser: nobody says that it is HTTPS
        ("", {"Host": "closeout.example", "Sec-Fetch-Site": "same-origin"}, True),
        ("", {"Host": "10.1.2.3:8080", "Sec-Fetch-Site": "same-origin"}, True),
        ("http://closeout.example", {"Host": "closeout.example", "Sec-Fetch-Site": "same-origin"}, True),
        ("", {"Host": "127.0.0.1:8080", "Sec-Fetch-Site": "same-origin"}, False),
        ("", {"Host": "[::1]:8080", "Sec-Fetch-Site": "same-origin"}, False),
        ("", {"Host": "localhost:8080", "Sec-Fetch-Site": "same-origin"}, False),
        ("", {"Host": "closeout.localhost", "Sec-Fetch-Site": "same-origin"}, False),
    ],
)
def test_the_cookie_is_for_https_only_wherever_the_browser_speaks_it(
    sqlite_url: str, tmp_path: Path, public_url: str, headers: dict[str, str], is_secure: bool
) -> None:
    with empty_server(sqlite_url, tmp_path, public_url=public_url) as empty:
        given = empty.stranger().post("/setup/code", headers, code=empty.codes.make())
        assert given.status_code == 303
        assert ("Secure" in given.headers["Set-Cookie"]) is is_secure


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
    ],
)
def test_a_form_from_another_site_does_nothing(empty: Empty, headers: dict[str, str]) -> None:
    operator = empty.operator()
    seal = operator.get("/setup/address").text.split('name="seal" value="')[1].split('"')[0]
    refused = operator.post("/setup/address", headers, url="https://evil.example", seal=seal)
    assert refused.status_code == 403
    assert empty.vault.names() == []
    assert empty.stranger().post("/setup/code", headers, code=empty.codes.make()).status_code == 403


@pytest.mark.parametrize("place", FORMS)
def test_a_form_without_the_seal_does_nothing(empty: Empty, place: str) -> None:
    operator = empty.operator()
    given = {"url": "https://evil.example", "name": "x", "text": "version: 1", "action": "save"}
    for seal in ("", "ä", "wrong", empty.operator().get("/setup").text.split('name="seal" value="')[1][:43]):
        assert operator.post(place, None, seal=seal, **given).status_code == 403
    assert empty.vault.names() == []
    assert not empty.path.exists()
    assert operator.get("/setup").status_code == 200


def test_signing_out_ends_it_everywhere_with_the_code_that_was_made_there(empty: Empty) -> None:
    operator, thief = empty.operator(), empty.stranger()
    thief.session.cookies.update(operator.session.cookies)
    operator.tell_address("https://closeout.example")
    minted = thief.post("/setup/address/code", None, **hidden(thief.get("/setup/address")))
    code = minted.text.split('class="big"><code>')[1].split("<")[0]
    assert operator.post("/setup/leave", None, **hidden(operator.get("/setup"))).status_code == 303
    assert operator.get("/setup").status_code == 401
    assert thief.get("/setup").status_code == 401
    assert thief.give(code).status_code == 401
    assert empty.operator().get("/setup").status_code == 200


@pytest.mark.parametrize("place", ["/setup", "/setup/contract", "/setup/code"])
def test_no_page_can_be_framed_kept_or_run_a_script(operator: Visitor, place: str) -> None:
    headers = operator.get(place).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "form-action 'self'" in headers["Content-Security-Policy"]
    assert (headers["X-Frame-Options"], headers["Cache-Control"]) == ("DENY", "no-store")
    assert headers["Referrer-Policy"] == "no-referrer"


def test_a_body_without_end_is_not_read(operator: Visitor) -> None:
    assert operator.post("/setup/address", url="https://" + "a" * 100_000).status_code == 413


def test_with_everything_set_up_the_code_is_asked_for_as_well(sqlite_url: str, tmp_path: Path) -> None:
    with empty_server(sqlite_url, tmp_path, status_token="a-token-for-the-status-page") as empty:
        assert empty.stranger().get("/setup").status_code == 401


@pytest.mark.parametrize("cookie", ["x", "WyJhIiwiYiJd.aaaaaa.bbbb"])
def test_a_strangers_cookie_makes_no_key(sqlite_url: str, tmp_path: Path, cookie: str) -> None:
    (tmp_path / "closeout.yml").write_text(EXAMPLE.read_text(encoding="utf-8"))
    secrets = {"GITHUB_TOKEN": "t" * 20, "GITHUB_WEBHOOK_SECRET": "s" * 20, "PLATFORM_SECRET": SANDBOX_SECRET}
    with empty_server(sqlite_url, tmp_path, keys=(), is_key_given=False, environment=secrets) as server:
        stranger = server.stranger()
        stranger.session.cookies.set("closeout_setup", cookie)
        assert stranger.get("/").status_code == 403
        assert stranger.get("/setup").status_code == 401
        assert stranger.give("ABCD-EFGH-JKLM").status_code == 401
    assert not (tmp_path / "closeout.key").exists()
