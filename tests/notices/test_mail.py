"""Mails that are due: sent once, tried again, given up in words, and not sent when nobody waits any more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from app import logs
from app.db import Database, now
from app.milestones.contract import Party
from app.notices.mail import NO_SERVER, PAUSES_S, MailTeller, invite
from app.notices.smtp import MailServer
from app.releases.money.recall import recall
from app.releases.people.acceptance import accept
from app.releases.people.links import Links
from app.releases.people.question import question_to_mail
from app.releases.tables import releases
from app.releases.who import Who
from app.settings import Settings
from tests.notices.asked import (
    KEY,
    LONG_AGO,
    RELEASE,
    ask,
    asking,
    change_row,
    mail_rows,
    mails_due_now,
    row_of,
    url_of,
)
from tests.notices.post_office import PostOffice

LINKS = Links((KEY,), "https://bot.example")
WITH_LINKS = Settings(keys=(KEY,), public_url="https://bot.example")


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice() as one:
        yield one


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    """What was logged since the test began."""
    logs.configure("info")
    with capture_logs() as entries:
        yield entries
    logs.configure("warning")


def teller(
    db: Database, office: PostOffice | None, settings: Settings = WITH_LINKS, sender: str = ""
) -> MailTeller:
    server = MailServer(office.url, timeout_s=0.5, total_s=2) if office else None
    letters = {"acceptance": partial(question_to_mail, partial(replace, settings))}
    return MailTeller(db, server, sender, letters)


def test_the_client_gets_one_mail_with_the_link_and_no_second_one(db: Database, office: PostOffice) -> None:
    ask(db)
    one = teller(db, office)
    for _ in range(3):
        one.turn()
    (taken,) = office.taken
    assert (taken.sender, taken.recipients) == ("billing@northwind.example", ("ap@acme.example",))
    assert url_of(db, LINKS) in taken.text
    assert "7,500.00 usd" in taken.text
    assert "#12, closed by dana" in taken.text
    (row,) = mail_rows(db)
    assert (row["due_at"], row["problem"], row["attempts"]) == (None, "", 1)


def test_asking_twice_makes_one_mail(sqlite_db: Database) -> None:
    ask(sqlite_db)
    with sqlite_db.transaction() as connection:
        invite(connection, row_of(sqlite_db))
    assert len(mail_rows(sqlite_db)) == 1


def test_a_milestone_that_was_taken_back_and_is_done_again_is_asked_about_again(
    sqlite_db: Database, office: PostOffice
) -> None:
    ask(sqlite_db)
    teller(sqlite_db, office).turn()
    with sqlite_db.transaction() as connection:
        recall(connection, RELEASE, Who("dana", "forge"), "#12 was reopened by dana", may=True)
    ask(sqlite_db)
    teller(sqlite_db, office).turn()
    first, second = office.taken
    assert url_of(sqlite_db, LINKS) in second.text
    assert url_of(sqlite_db, LINKS) not in first.text
    assert first.message["Message-ID"] != second.message["Message-ID"]


def test_another_sender_is_named_in_the_envelope_and_answers_still_reach_the_seller(
    sqlite_db: Database, office: PostOffice
) -> None:
    ask(sqlite_db)
    teller(sqlite_db, office, sender="no-reply@bot.example").turn()
    (taken,) = office.taken
    assert taken.sender == "no-reply@bot.example"
    assert taken.message["Reply-To"] == "Northwind Studio <billing@northwind.example>"


def test_a_temporary_refusal_is_told_waited_for_and_tried_again(
    sqlite_db: Database, office: PostOffice
) -> None:
    ask(sqlite_db)
    office.answers["RCPT"] = ["450 4.2.0 greylisted"]
    one = teller(sqlite_db, office)
    one.turn()
    (row,) = mail_rows(sqlite_db)
    assert "450 4.2.0 greylisted" in row["problem"]
    assert row["due_at"] > now()
    one.turn()
    assert office.taken == []
    mails_due_now(sqlite_db)
    one.turn()
    assert len(office.taken) == 1
    assert mail_rows(sqlite_db)[0]["problem"] == ""


def test_a_mail_whose_last_answer_was_lost_is_repeated_under_its_message_id(
    sqlite_db: Database, office: PostOffice
) -> None:
    ask(sqlite_db)
    office.answers["."] = ["hang up"]
    one = teller(sqlite_db, office)
    one.turn()
    mails_due_now(sqlite_db)
    one.turn()
    first, again = office.taken
    assert first.message["Message-ID"] == again.message["Message-ID"]
    assert first.text == again.text


def test_a_recipient_who_does_not_exist_is_given_up_at_once_with_what_to_do(
    sqlite_db: Database, office: PostOffice
) -> None:
    ask(sqlite_db)
    office.answers["RCPT"] = ["550 5.1.1 no such user"]
    teller(sqlite_db, office).turn()
    (row,) = mail_rows(sqlite_db)
    assert row["due_at"] is None
    assert "550 5.1.1 no such user" in row["problem"]
    assert "closeout releases link con_7732_alpha 2" in row["problem"]


@pytest.mark.parametrize("email", ["jörg@acme.example", "a.@acme.example", "a..b@acme.example"])
def test_an_address_that_no_mail_can_reach_is_given_up_and_holds_up_nobody(
    sqlite_db: Database, office: PostOffice, email: str
) -> None:
    ask(sqlite_db, asking(client=Party("Acme Corp", email)))
    teller(sqlite_db, office).turn()
    (row,) = mail_rows(sqlite_db)
    assert row["due_at"] is None
    assert f"no mail can be sent to or from {email}" in row["problem"]
    assert "closeout releases link" in row["problem"]


def test_a_server_that_is_never_there_is_given_up_after_a_while_and_the_money_stands(
    sqlite_db: Database, office: PostOffice, logged: list[EventDict]
) -> None:
    ask(sqlite_db)
    office.answers["connect"] = ["421 not now"] * (len(PAUSES_S) + 1)
    one = teller(sqlite_db, office)
    for _ in range(len(PAUSES_S) + 1):
        mails_due_now(sqlite_db)
        one.turn()
    (row,) = mail_rows(sqlite_db)
    assert row["due_at"] is None
    assert "given up" in row["problem"]
    assert logged[-1]["event"] == "mail not sent; given up"
    assert row_of(sqlite_db)["state"] == "awaiting_acceptance"


@pytest.mark.parametrize("why", ["accepted", "reopened", "expired", "invoiced"])
def test_nothing_is_sent_once_nobody_waits_for_the_answer(
    sqlite_db: Database, office: PostOffice, why: str
) -> None:
    ask(sqlite_db)
    with sqlite_db.transaction() as connection:
        if why == "accepted":
            accept(connection, RELEASE, Who("anna", "comment"))
        elif why == "reopened":
            recall(connection, RELEASE, Who("dana", "forge"), "#12 was reopened by dana", may=True)
        else:
            values = {"expired": {"accept_by": LONG_AGO}, "invoiced": {"state": "invoiced"}}
            connection.execute(releases.update().values(values[why]))
    teller(sqlite_db, office).turn()
    assert office.taken == []
    (row,) = mail_rows(sqlite_db)
    assert row["due_at"] is None
    assert "nobody waits" in row["problem"]


def test_without_a_mail_server_what_is_due_says_why_and_goes_out_when_there_is_one(
    sqlite_db: Database, office: PostOffice, logged: list[EventDict]
) -> None:
    ask(sqlite_db)
    one = teller(sqlite_db, None)
    assert not one.turn()
    assert not one.turn()
    (row,) = mail_rows(sqlite_db)
    assert row["problem"] == NO_SERVER
    assert row["due_at"] is not None
    assert [entry["event"] for entry in logged] == ["mail not sent"]
    teller(sqlite_db, office).turn()
    assert len(office.taken) == 1


def test_without_a_key_the_mail_goes_out_and_says_that_there_is_no_link(
    sqlite_db: Database, office: PostOffice
) -> None:
    ask(sqlite_db)
    teller(sqlite_db, office, Settings()).turn()
    (taken,) = office.taken
    assert "CLOSEOUT_KEY" in taken.text
    assert "/accept/" not in taken.text


def test_the_mail_quotes_the_contract_as_it_stood_when_it_was_decided(
    sqlite_db: Database, office: PostOffice
) -> None:
    ask(sqlite_db, asking("accept"))
    change_row(sqlite_db, title="Renamed since", amount_minor=1)
    teller(sqlite_db, office).turn()
    text = " ".join(office.taken[0].text.split())
    assert "Milestone 2: Phase 2" in text
    assert "7,500.00 usd" in text
    assert "counts as acceptance" in text


def test_neither_the_link_nor_the_recipient_is_logged(
    sqlite_db: Database, office: PostOffice, logged: list[EventDict]
) -> None:
    ask(sqlite_db)
    office.answers["RCPT"] = ["450 later"]
    one = teller(sqlite_db, office)
    one.turn()
    mails_due_now(sqlite_db)
    one.turn()
    assert [entry["event"] for entry in logged] == ["mail not sent; will be tried again", "mail sent"]
    assert url_of(sqlite_db, LINKS).rpartition("/")[2] not in str(logged)
    assert "ap@acme.example" not in str(logged)
