"""Who has no link, or comes from elsewhere, does nothing at the client's page, and nobody learns the link."""

from __future__ import annotations

import base64
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

import pytest

from app.db import Database
from app.milestones.contract import Party
from app.releases.people.links import Links
from app.settings import Settings
from app.web.acceptance import acceptance_pages
from app.web.metrics import Metrics
from app.web.pages import pages
from tests.notices.asked import KEY, ask, asking, change_row, row_of, url_of, uses
from tests.web.asking_site import Page, asking_site, text_of
from tests.web.conftest import LogLines


@pytest.fixture
def one(sqlite_db: Database) -> Iterator[Page]:
    """A site on SQLite alone, where the kind of database makes no difference."""
    with asking_site(sqlite_db) as found:
        yield found


FORMS = [
    {},
    {"action": "accept"},
    {"action": "accept", "seal": ""},
    {"action": "accept", "seal": "x"},
    {"action": "accept", "seal": "é\x00"},
    {"action": "accept", "seal": "A" * 43},
]


@pytest.mark.parametrize("form", FORMS)
def test_a_post_that_did_not_come_from_the_page_does_nothing(one: Page, form: dict[str, str]) -> None:
    answer = one.send(one.link, form)
    assert answer.status_code == 403
    assert "Nothing was changed" in text_of(answer)
    assert row_of(one.db)["accepted"] is None


def test_the_seal_of_another_link_is_no_good(one: Page) -> None:
    seal = one.seal()
    change_row(one.db, revision=2)
    assert one.send(one.link, {"action": "accept", "seal": seal}).status_code == 403


@pytest.mark.parametrize("action", ["", "ACCEPT", "refund", "accept,dispute"])
def test_an_unknown_answer_is_refused(one: Page, action: str) -> None:
    assert one.post(action).status_code == 400
    assert uses(one.db) == []


@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        ({"Sec_Fetch_Site": "same-origin", "Origin": "null"}, True),
        ({"Sec_Fetch_Site": "cross-site", "Origin": "https://bot.example"}, False),
        ({"Sec_Fetch_Site": "same-site"}, False),
        ({"Sec_Fetch_Site": "none"}, False),
        ({"Origin": "https://bot.example"}, True),
        ({"Origin": "https://bot.example:443"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "http://bot.example"}, False),
        ({"Origin": "https://bot.example.evil.example"}, False),
        ({"Origin": "https://["}, False),
        ({}, True),
    ],
)
def test_a_form_on_another_site_does_nothing(one: Page, headers: dict[str, str], is_ours: bool) -> None:
    answer = one.post("accept", **headers)
    assert answer.status_code == (200 if is_ours else 403)
    assert (row_of(one.db)["accepted"] is not None) is is_ours


def forgeries(link: str) -> list[str]:
    head, _, token = link.rpartition("/")
    payload, _, signature = token.rpartition(".")
    claim = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    later = [*claim[:2], "2999-01-01T00:00:00.000Z", claim[3]]
    other = base64.urlsafe_b64encode(json.dumps(later).encode()).decode().rstrip("=")
    strange = Links(("another-key-of-at-least-32-characters",), "")
    tokens = [
        token[:-1],
        token[1:],
        token + "x",
        token.swapcase(),
        payload,
        f"{payload}.",
        f".{signature}",
        f"{other}.{signature}",
        "x",
        "%00",
        "%ff%fe",
        "e30.e30",
        "🎁",
        "." + token,
        strange.seal(Links((KEY,), "").read(token) or pytest.fail("the link is not ours")),
    ]
    return [f"{head}/{one}" for one in tokens]


def test_a_link_that_was_changed_is_as_good_as_none(one: Page) -> None:
    seal = one.seal()
    for link in forgeries(one.link):
        answer = one.get(link)
        assert answer.status_code == 404, link
        assert "This link is not complete" in text_of(answer)
        assert "Alpha storefront" not in answer.text
        assert one.send(link, {"action": "accept", "seal": seal}).status_code == 404
    assert row_of(one.db)["accepted"] is None


def test_a_link_of_another_key_or_without_any_key_is_as_good_as_none(sqlite_db: Database) -> None:
    ask(sqlite_db)
    strange = Settings(keys=("another-key-of-at-least-32-characters",), public_url="https://bot.example")
    for settings in (Settings(), strange):
        blueprint = acceptance_pages(sqlite_db, partial(replace, settings))
        client = pages(sqlite_db, dict, Settings, metrics=Metrics(sqlite_db), more=(blueprint,)).test_client()
        path = url_of(sqlite_db, Links((KEY,), ""))
        assert client.get(path).status_code == 404
        assert client.post(path, data={"action": "accept"}).status_code == 404


def test_text_of_people_is_shown_as_text(sqlite_db: Database) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    ask(sqlite_db, asking(title=evil, seller=Party(evil, "a@b.example"), client=Party(evil, "c@d.example")))
    evidence = json.loads(row_of(sqlite_db)["evidence"])
    evidence["issues"][0] |= {"title": evil, "url": "javascript:alert(3)"}
    change_row(sqlite_db, evidence=json.dumps(evidence), title=evil)
    blueprint = acceptance_pages(sqlite_db, lambda: Settings(keys=(KEY,), public_url="https://bot.example"))
    client = pages(sqlite_db, dict, Settings, metrics=Metrics(sqlite_db), more=(blueprint,)).test_client()
    path = url_of(sqlite_db, Links((KEY,), ""))
    question = client.get(path).text
    seal = re.search(r'name="seal" value="([^"]+)"', question)
    assert seal is not None
    done = client.post(
        path, data={"seal": seal[1], "action": "dispute", "reason": evil}, follow_redirects=True
    ).text
    for shown in (question, done):
        assert "&lt;script&gt;" in shown
        assert "<script" not in shown
        assert "<img src=x" not in shown
        assert "javascript:" not in shown


def test_the_pages_keep_the_link_to_themselves(one: Page, log_lines: LogLines) -> None:
    link = one.link
    token = link.rpartition("/")[2]
    answers = [one.get(link), one.get(link[:-1]), one.post("accept"), one.get(link)]
    for answer in answers:
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
        assert not re.search(r"<script|<style|\son\w+=|style=", answer.text)
    logged = json.dumps(log_lines())
    assert "a link was answered" in logged
    assert token not in logged
    assert token[:40] not in logged


def test_not_even_an_error_of_ours_writes_the_link_to_the_log(
    one: Page, log_lines: LogLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = one.link.rpartition("/")[2]

    def broken(*_anything: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("app.web.acceptance.open_link", broken)
    assert one.get(f"{one.url}/accept/{token}").status_code == 500
    logged = json.dumps(log_lines())
    assert "a mistake of ours" in logged
    assert token[:40] not in logged


def test_a_body_beyond_a_form_is_refused(one: Page) -> None:
    answer = one.send(one.link, {"seal": "x" * 20_000, "action": "accept"})
    assert answer.status_code == 413


def test_a_strangers_body_is_not_waited_for(one: Page) -> None:
    """Whoever has no link could otherwise hold up all threads with bodies that never end."""
    head = b"POST /accept/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n"
    form = b"Content-Type: application/x-www-form-urlencoded\r\n\r\naction=accept"
    with socket.create_connection(("127.0.0.1", urlsplit(one.url).port or 0), timeout=20) as stranger:
        stranger.sendall(head + form)
        assert stranger.recv(65536).startswith(b"HTTP/1.1 404")
