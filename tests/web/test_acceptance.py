"""The page behind the client's link, over real HTTP: opening it changes nothing, its buttons answer once."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
import requests
import sqlalchemy as sa

from app.db import Database
from app.releases.money.recall import recall
from app.releases.people.acceptance import accept, dispute, fall_silent
from app.releases.people.links import claim_of
from app.releases.people.orders import hold
from app.releases.who import Who
from tests.notices.asked import LONG_AGO, RELEASE, ask, change_row, held_by, row_of, uses
from tests.web.asking_site import Page, asking_site, text_of

ANNA = Who("anna", "comment", "github", "7")


@pytest.fixture
def page(db: Database) -> Iterator[Page]:
    """A site, once on SQLite and once on PostgreSQL."""
    with asking_site(db) as found:
        yield found


@pytest.fixture
def one(sqlite_db: Database) -> Iterator[Page]:
    """A site on SQLite alone, where the kind of database makes no difference."""
    with asking_site(sqlite_db) as found:
        yield found


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
    one: Page, meanwhile: Callable[[Database], None], why: str
) -> None:
    link, form = one.link, {"seal": one.seal(), "action": "accept"}
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
    monkeypatch.setattr("app.releases.people.answering.now", lambda: row_of(one.db)["accept_by"])
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
    assert "On hold" in text_of(answer)
    assert (row_of(one.db)["state"], row_of(one.db)["accepted"] is not None) == ("held", True)


def test_with_the_database_away_the_client_is_told_to_come_again(
    one: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = one.link
    with one.db.transaction() as connection:
        connection.execute(sa.text("ALTER TABLE commands RENAME TO gone"))
    answer = one.get(link)
    assert answer.status_code == 503
    assert "open the link again in a minute" in text_of(answer)
