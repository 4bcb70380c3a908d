"""The page behind the client's link, over real HTTP: opening it changes nothing, its buttons answer once."""

from __future__ import annotations

import base64
import html
import json
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import requests
import sqlalchemy as sa

from app.db import Database
from app.milestones.contract import Party
from app.releases.acceptance import accept, dispute, fall_silent
from app.releases.links import Links, claim_of
from app.releases.orders import hold
from app.releases.recall import recall
from app.releases.who import Who
from app.web.acceptance import acceptance_pages
from app.web.asgi import Receive, Scope, Send, answer_json
from app.web.metrics import Metrics
from app.web.pages import pages
from app.web.server import front, running
from tests.notices.asked import (
    KEY,
    LONG_AGO,
    RELEASE,
    ask,
    asking,
    change_row,
    held_by,
    row_of,
    url_of,
    uses,
)
from tests.web.conftest import LogLines

ANNA = Who("anna", "comment", "github", "7")


@dataclass
class Page:
    """A site that asks for the acceptance of milestone 2, and the link to it."""

    db: Database
    url: str
    links: Links

    @property
    def link(self) -> str:
        return url_of(self.db, self.links)

    def get(self, link: str = "") -> requests.Response:
        return requests.get(link or self.link, timeout=20)

    def seal(self, link: str = "") -> str:
        """What the page's forms carry."""
        found = re.search(r'name="seal" value="([^"]+)"', self.get(link).text)
        assert found is not None
        return found[1]

    def post(self, action: str, reason: str = "", *, link: str = "", **headers: str) -> requests.Response:
        """Press a button of the page."""
        form = {"seal": self.seal(link), "action": action, "reason": reason}
        return self.send(link or self.link, form, **headers)

    def send(self, link: str, form: dict[str, str], **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.post(link, data=form, headers=named, timeout=20)


async def _no_hooks(_scope: Scope, _receive: Receive, send: Send) -> None:
    await answer_json(send, 404, {})


@pytest.fixture
def page(db: Database) -> Iterator[Page]:
    yield from _page(db)


@pytest.fixture
def one(sqlite_db: Database) -> Iterator[Page]:
    """The same on SQLite alone, where the kind of database makes no difference."""
    yield from _page(sqlite_db)


def _page(db: Database) -> Iterator[Page]:
    ask(db)
    links = Links(KEY, "")
    blueprint = acceptance_pages(db, links, "https://bot.example")
    app = pages(db, dict, "", metrics=Metrics(db), more=(blueprint,))
    app.testing = False
    with running(front(_no_hooks, app)) as url:
        yield Page(db, url, Links(KEY, url))


def text_of(answer: requests.Response) -> str:
    """A page as a reader sees it."""
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.text).split()))


def test_the_page_tells_what_is_asked_and_what_follows(one: Page) -> None:
    answer = one.get()
    assert answer.status_code == 200
    text = text_of(answer)
    assert "Northwind Studio asks Acme Corp" in text
    assert "Phase 2 Milestone 2 of Alpha storefront Amount 7,500.00 usd" in text
    assert "Clickable prototype of 12 screens on staging" in text
    assert "#12 Issue 12 closed by dana on 2026-05-28" in text
    assert 'href="https://forge.example/acme/storefront/issues/12"' in answer.text
    until = row_of(one.db)["accept_by"]
    assert f"Please answer by {until[:10]} {until[11:16]} UTC" in text
    assert "If nobody answers by then, nothing is billed" in text


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_scanners_may_open_the_link_as_often_as_they_like(page: Page, method: str) -> None:
    before = dict(row_of(page.db))
    for _ in range(3):
        requests.request(method, page.link, timeout=20)
    assert dict(row_of(page.db)) == before
    assert uses(page.db) == []


def test_accepting_is_taken_told_and_can_be_looked_at_again(page: Page) -> None:
    link = page.link
    answer = page.post("accept")
    assert [one.status_code for one in answer.history] == [303]
    assert answer.history[0].headers["Location"] == urlsplit(link).path
    assert "Thank you, it is accepted" in text_of(answer)
    assert "Released: the invoice is being issued" in text_of(answer)
    row = row_of(page.db)
    assert row["state"] == "awaiting_acceptance"  # until the workflow, which is due at once, bills it
    assert row["due_at"] < row["accept_by"]
    given = json.loads(row["accepted"])
    assert (given["name"], given["via"]) == ("Acme Corp", "link")
    again = page.get(link)
    assert again.status_code == 200
    assert "This link was used for that answer" in text_of(again)


def test_disputing_freezes_the_milestone_and_passes_the_reason_on(page: Page) -> None:
    link = page.link
    answer = page.post("dispute", "Screen 7 is\r\nmissing \u202e<b>here</b>")
    assert "nothing is billed for now" in text_of(answer)
    assert row_of(page.db)["state"] == "disputed"
    assert held_by(page.db) == ["disputed by Acme Corp (link): Screen 7 is missing <b>here</b>"]
    assert "This link was used" in text_of(page.get(link))


@pytest.mark.parametrize("reason", ["", "  \n\t ", "x" * 501])
def test_a_dispute_without_a_reason_or_with_a_novel_is_asked_for_again(one: Page, reason: str) -> None:
    answer = one.post("dispute", reason)
    assert answer.status_code == 422
    assert ("longer than 500" if reason.strip() else "Please say what is missing") in text_of(answer)
    assert reason.strip() in answer.text
    assert held_by(one.db) == []
    assert uses(one.db) == []


def test_a_dispute_of_500_characters_of_any_kind_is_taken(one: Page) -> None:
    one.post("dispute", "𝄞" * 500)
    assert "𝄞" * 500 in held_by(one.db)[0]


@pytest.mark.parametrize("second", ["accept", "dispute"])
def test_a_used_link_takes_no_other_answer(page: Page, second: str) -> None:
    link, form = page.link, {"seal": page.seal(), "action": "accept", "reason": "too late"}
    page.send(link, form)
    before = dict(row_of(page.db))
    answer = page.send(link, form | {"action": second})
    assert "This link was used" in text_of(answer)
    assert dict(row_of(page.db)) == before
    assert [use["command"] for use in uses(page.db)] == ["accept"]
    assert held_by(page.db) == []


def test_of_many_clicks_at_once_one_counts(page: Page) -> None:
    link, seal = page.link, page.seal()
    gate, statuses = threading.Barrier(8), []

    def click(number: int) -> None:
        action = "accept" if number % 2 else "dispute"
        gate.wait()
        answer = page.send(link, {"seal": seal, "action": action, "reason": "not yet"})
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=click, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 8
    (use,) = uses(page.db)
    row = row_of(page.db)
    assert (row["accepted"] is not None, bool(held_by(page.db))) == (
        use["command"] == "accept",
        use["command"] == "dispute",
    )


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
    strange = Links("another-key-of-at-least-32-characters", "")
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
        strange.seal(Links(KEY, "").read(token) or pytest.fail("the link is not ours")),
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
    for links in (None, Links("another-key-of-at-least-32-characters", "")):
        blueprint = acceptance_pages(sqlite_db, links, "")
        client = pages(sqlite_db, dict, "", metrics=Metrics(sqlite_db), more=(blueprint,)).test_client()
        path = url_of(sqlite_db, Links(KEY, ""))
        assert client.get(path).status_code == 404
        assert client.post(path, data={"action": "accept"}).status_code == 404


def accepted_by_comment(db: Database) -> None:
    with db.transaction() as connection:
        accept(connection, RELEASE, ANNA)


def reopened(db: Database) -> None:
    with db.transaction() as connection:
        recall(connection, RELEASE, Who("dana", "forge"), "#12 was reopened by dana", may=True)


def silent_until_it_was_held(db: Database) -> None:
    change_row(db, accept_by=LONG_AGO)
    with db.transaction() as connection:
        assert fall_silent(connection, RELEASE) == "held"


def withdrawn_and_decided_again(db: Database) -> None:
    reopened(db)
    ask(db)


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [
        (accepted_by_comment, "It is accepted already"),
        (reopened, "belongs to an earlier request"),
        (withdrawn_and_decided_again, "belongs to an earlier request"),
        (lambda db: change_row(db, revision=2), "belongs to an earlier request"),
        (lambda db: change_row(db, state="voided"), "Nobody waits for this answer"),
        (lambda db: change_row(db, state="invoiced"), "Nobody waits for this answer"),
        (lambda db: change_row(db, recalled="{}"), "Nobody waits for this answer"),
    ],
)
def test_a_link_that_is_not_good_any_more_says_why_and_does_nothing(
    one: Page, meanwhile: object, why: str
) -> None:
    link, form = one.link, {"seal": one.seal(), "action": "accept"}
    assert callable(meanwhile)
    meanwhile(one.db)
    before = dict(row_of(one.db))
    answer = one.get(link)
    assert answer.status_code == 410
    assert why in text_of(answer)
    assert why in text_of(one.send(link, form))
    assert dict(row_of(one.db)) == before
    assert uses(one.db) == []


@pytest.mark.parametrize("is_told", [False, True])
def test_after_the_deadline_the_link_is_over_and_says_what_to_do(one: Page, is_told: bool) -> None:
    change_row(one.db, accept_by=LONG_AGO)
    if is_told:
        silent_until_it_was_held(one.db)
    link, seal = one.link, one.links.seal(claim_of(row_of(one.db)))
    answer = one.get(link)
    assert answer.status_code == 410
    assert "The time to answer by this link is over" in text_of(answer)
    assert "/closeout accept" in text_of(answer)
    assert one.send(link, {"seal": seal, "action": "accept"}).status_code == 410
    assert row_of(one.db)["accepted"] is None


def test_the_deadline_passes_while_the_page_is_open(one: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    link, form = one.link, {"seal": one.seal(), "action": "accept"}
    monkeypatch.setattr("app.releases.answering.now", lambda: row_of(one.db)["accept_by"])
    answer = one.send(link, form)
    assert answer.status_code == 410
    assert row_of(one.db)["accepted"] is None


def test_what_was_disputed_by_comment_can_still_be_accepted_by_link(page: Page) -> None:
    with page.db.transaction() as connection:
        dispute(connection, RELEASE, ANNA, "Screen 7")
    answer = page.get()
    assert "disputed by anna: Screen 7" in text_of(answer)
    assert 'value="dispute"' not in answer.text
    page.post("accept")
    assert held_by(page.db) == []
    assert row_of(page.db)["state"] == "awaiting_acceptance"


def test_what_the_operator_holds_is_accepted_and_stays_held(one: Page) -> None:
    with one.db.transaction() as connection:
        hold(connection, row_of(one.db), Who("olaf", "command line"), "Ask the accountant first")
    answer = one.post("accept")
    assert "On hold: a person has to look" in text_of(answer)
    assert (row_of(one.db)["state"], row_of(one.db)["accepted"] is not None) == ("held", True)


def test_text_of_people_is_shown_as_text(sqlite_db: Database) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    ask(sqlite_db, asking(title=evil, seller=Party(evil, "a@b.example"), client=Party(evil, "c@d.example")))
    evidence = json.loads(row_of(sqlite_db)["evidence"])
    evidence["issues"][0] |= {"title": evil, "url": "javascript:alert(3)"}
    change_row(sqlite_db, evidence=json.dumps(evidence), title=evil)
    blueprint = acceptance_pages(sqlite_db, Links(KEY, ""), "")
    client = pages(sqlite_db, dict, "", metrics=Metrics(sqlite_db), more=(blueprint,)).test_client()
    path = url_of(sqlite_db, Links(KEY, ""))
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


def test_with_the_database_away_the_client_is_told_to_come_again(
    one: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = one.link
    with one.db.transaction() as connection:
        connection.execute(sa.text("ALTER TABLE commands RENAME TO gone"))
    answer = one.get(link)
    assert answer.status_code == 503
    assert "open the link again in a minute" in text_of(answer)
