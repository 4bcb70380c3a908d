"""The pages over real HTTP: who sees them, what they show, and that nothing foreign runs in them."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from functools import partial

import pytest
import requests

from app.db import Database
from app.settings import Settings
from app.web.metrics import Metrics
from app.web.pages import COOKIE, pages
from tests.web import seeds
from tests.web.site import STATUS_TOKEN, Site, a_site


def text_of(html: str) -> str:
    """A page as a reader sees it, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_right_token_signs_in_once_and_leaves_the_address(site: Site) -> None:
    answer = requests.get(site.url, params={"token": STATUS_TOKEN}, timeout=20, allow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/"
    cookie = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert STATUS_TOKEN not in cookie
    signed_in = requests.get(site.url, cookies={COOKIE: answer.cookies[COOKIE]}, timeout=20)
    assert signed_in.status_code == 200


@pytest.mark.parametrize("token", ["", "wrong", STATUS_TOKEN[:-1], STATUS_TOKEN + "x", "é", "\x00", "%"])
def test_a_wrong_token_shows_nothing_and_sets_nothing(site: Site, token: str) -> None:
    answer = requests.get(site.url, params={"token": token}, timeout=20)
    assert answer.status_code == 401
    assert "That token is not right" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_without_signing_in_there_is_only_a_form(seeded: Site) -> None:
    answer = requests.get(seeded.url, timeout=20)
    assert answer.status_code == 401
    assert "CLOSEOUT_STATUS_TOKEN" in answer.text
    assert "Alpha storefront" not in answer.text


def forgeries() -> list[str]:
    far = 4_102_444_800  # the year 2100
    return [
        "",
        "x",
        ".",
        f"{far}.",
        f"{far}.{'0' * 64}",
        f"{far}",
        f"-1.{'0' * 64}",
        "٣.x",
        f"{'9' * 400}.x",
        "1.é",
    ]


@pytest.mark.parametrize("cookie", forgeries())
def test_a_made_up_cookie_signs_nobody_in(site: Site, cookie: str) -> None:
    answer = requests.get(site.url, headers={"Cookie": f"{COOKIE}={cookie}".encode()}, timeout=20)
    assert answer.status_code == 401


def test_a_cookie_ends_and_can_not_be_prolonged(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = requests.get(
        site.url, params={"token": STATUS_TOKEN}, timeout=20, allow_redirects=False
    ).cookies[COOKIE]
    until, _, digest = cookie.partition(".")
    prolonged = f"{int(until) + 1}.{digest}"
    assert requests.get(site.url, cookies={COOKIE: prolonged}, timeout=20).status_code == 401
    real = time.time
    monkeypatch.setattr("app.web.pages.time.time", lambda: real() + 31 * 24 * 3600)
    assert requests.get(site.url, cookies={COOKIE: cookie}, timeout=20).status_code == 401


def test_without_a_token_in_the_settings_the_page_is_off(sqlite_db: Database) -> None:
    client = pages(sqlite_db, dict, Settings, metrics=Metrics(sqlite_db)).test_client()
    for path in ("/", "/?token="):
        answer = client.get(path)
        assert answer.status_code == 403
        assert "The status page is off" in answer.text
        assert "CLOSEOUT_STATUS_TOKEN" in answer.text


def test_behind_https_the_cookie_is_only_for_https(sqlite_db: Database) -> None:
    settings = Settings(status_token=STATUS_TOKEN, public_url="https://bot.example")
    app = pages(sqlite_db, dict, partial(replace, settings), metrics=Metrics(sqlite_db))
    cookie = app.test_client().get(f"/?token={STATUS_TOKEN}").headers["Set-Cookie"]
    assert "Secure" in cookie.split("; ")


def test_the_page_tells_what_became_of_each_milestone(seeded: Site, owner: requests.Session) -> None:
    text = text_of(owner.get(seeded.url, timeout=20).text)
    assert "Alpha storefront" in text
    assert "Invoiced 16,500.00 usd" in text
    assert "Paid out 14,000.00 usd" in text
    assert "Midway UI Prototype Sign-off" in text
    assert "disbursing" in text
    assert "7,500.00 usd 2026-0002 ✓ paid" in text
    assert "acc_design_12 2,500.00 usd → sent" in text
    assert "! held Issue #40 carries two milestone labels" in text
    assert "Waits for issue #31" in text


def test_the_page_tells_the_latest_deliveries_newest_first(seeded: Site, owner: requests.Session) -> None:
    text = text_of(owner.get(seeded.url, timeout=20).text)
    newest, oldest = text.index("platform invoice.paid"), text.index("Milestone 1 of con_7732_alpha")
    assert newest < oldest
    assert "! parked It names an invoice that is not ours." in text


def test_an_empty_site_says_what_to_expect(site: Site) -> None:
    text = text_of(requests.Session().get(site.url, params={"token": STATUS_TOKEN}, timeout=20).text)
    assert "No milestone yet" in text
    assert "Nothing was received yet" in text


def test_what_is_not_ready_is_told_on_the_page(site: Site) -> None:
    site.readiness["configuration"] = "closeout.yml:12:5: the shares add up to 95%"
    page = requests.Session().get(site.url, params={"token": STATUS_TOKEN}, timeout=20)
    site.readiness["configuration"] = "ok"
    assert "Configuration: closeout.yml:12:5: the shares add up to 95%" in text_of(page.text)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "file:///etc/passwd", "", "http://[", "x"],
)
def test_an_invoice_is_linked_only_where_a_browser_may_go(site: Site, url: str) -> None:
    name = f"con_{abs(hash(url))}"
    invoice = seeds.release(site.db, 1, "One", 100, "invoiced", contract_id=name)
    seeds.invoice(site.db, invoice, f"N-{name}", 100, "open", url)
    page = requests.Session().get(site.url, params={"token": STATUS_TOKEN}, timeout=20).text
    assert f"N-{name}" in page
    assert not re.search(r"<a[^>]*>N-" + name, page)


def test_text_from_outside_is_shown_as_text(site: Site) -> None:
    attack = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    seeds.release(
        site.db,
        1,
        attack,
        100,
        "held",
        contract_id="con_x",
        contract_title=attack,
        label=attack,
        reason=attack,
    )
    seeds.delivery(site.db, attack, "ignored", reason=attack, event=attack, connection=attack)
    page = requests.Session().get(site.url, params={"token": STATUS_TOKEN}, timeout=20).text
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 6
    assert "<script" not in page
    assert "<img src=x" not in page


def test_only_the_contracts_that_changed_last_are_shown_when_there_are_many(sqlite_db: Database) -> None:
    for number in range(103):
        moment = f"2026-05-{1 + number // 24:02}T{number % 24:02}:00:00.000Z"
        seeds.release(sqlite_db, 1, "One", 100, "held", contract_id=f"con_{number:03}", updated_at=moment)
    with a_site(sqlite_db) as site:
        page = requests.Session().get(site.url, params={"token": STATUS_TOKEN}, timeout=20).text
    assert "con_102" in page
    assert "con_003" in page
    assert "con_002" not in page
    assert "3 more contracts" in text_of(page)


PATHS = ["/", "/?token=x", "/readyz", "/healthz", "/metrics", "/static/style.css", "/nothing", "/hooks/x"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_security_headers(site: Site, path: str) -> None:
    headers = requests.get(site.url + path, timeout=20).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_the_pages_carry_no_script_no_style_of_their_own_and_nothing_foreign(
    seeded: Site, owner: requests.Session
) -> None:
    page = owner.get(seeded.url, timeout=20).text
    assert not re.search(r"<script|<style|\son\w+=|style=", page)
    assets = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert {asset for asset in assets if not asset.startswith("https://pay.example/")} == {
        "/static/icon.svg",
        "/static/style.css",
    }
    assert (
        owner.get(seeded.url + "/static/style.css", timeout=20).headers["Content-Type"].startswith("text/css")
    )


def test_only_reading_is_possible(site: Site) -> None:
    answer = requests.post(site.url, data={"token": STATUS_TOKEN}, timeout=20)
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert requests.get(site.url + "/nothing", timeout=20).json() == {"error": "not found"}


def test_a_query_that_is_not_ascii_is_refused(site: Site) -> None:
    with site.connect() as stranger:
        stranger.sendall(b"GET /?token=\xff HTTP/1.1\r\nHost: x\r\n\r\n")
        assert stranger.recv(65536).startswith(b"HTTP/1.1 400")


def test_ready_is_200_until_a_part_is_not(site: Site) -> None:
    answer = requests.get(site.url + "/readyz", timeout=20)
    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "engine": "ok", "configuration": "ok"}
    site.readiness["engine"] = "not running"
    answer = requests.get(site.url + "/readyz", timeout=20)
    site.readiness["engine"] = "ok"
    assert answer.status_code == 503
    assert answer.json()["engine"] == "stopped"


def test_a_refused_file_is_told_without_its_text_and_turns_no_webhook_away(site: Site) -> None:
    site.readiness["configuration"] = "closeout.yml:12:5: the client is Acme Corp"
    answer = requests.get(site.url + "/readyz", timeout=20)
    site.readiness["configuration"] = "ok"
    assert answer.status_code == 200
    assert "the one before it is in force" in answer.json()["configuration"]
    assert "Acme" not in answer.text


def test_alive_is_said_even_when_nothing_else_works(site: Site) -> None:
    site.readiness["database"] = "gone"
    answer = requests.get(site.url + "/healthz", timeout=20)
    site.readiness["database"] = "ok"
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
