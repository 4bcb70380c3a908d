"""`closeout releases link`: the client's link for the operator, or why there is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from app.cli.releases import command
from app.db import Database
from app.errors import CloseoutError
from app.releases.money.recall import recall
from app.releases.people.acceptance import accept
from app.releases.people.answering import answer
from app.releases.people.links import Links, claim_of
from app.releases.who import Who
from tests.notices.asked import KEY, LONG_AGO, RELEASE, ask, change_row, row_of, url_of

PUBLIC = "https://bot.example"


@pytest.fixture
def _environment(monkeypatch: pytest.MonkeyPatch, sqlite_db: Database) -> None:
    monkeypatch.setenv("CLOSEOUT_DATABASE_URL", sqlite_db.url)
    monkeypatch.setenv("CLOSEOUT_KEY", KEY)
    monkeypatch.setenv("CLOSEOUT_PUBLIC_URL", PUBLIC)


pytestmark = pytest.mark.usefixtures("_environment")


def link() -> Result:
    return CliRunner().invoke(command, ["link", "con_7732_alpha", "2"])


def refusal() -> str:
    done = link()
    assert done.stdout == ""
    assert isinstance(done.exception, CloseoutError)
    return str(done.exception)


def test_the_link_is_the_one_of_the_mail_and_stands_alone_on_standard_output(sqlite_db: Database) -> None:
    ask(sqlite_db)
    done = link()
    assert done.stdout == url_of(sqlite_db, Links((KEY,), PUBLIC)) + "\n"
    assert "For Acme Corp: it takes one answer" in done.stderr
    assert link().stdout == done.stdout


def test_why_the_mail_with_it_did_not_go_out_is_told(sqlite_db: Database) -> None:
    ask(sqlite_db)
    with sqlite_db.transaction() as connection:
        connection.exec_driver_sql("UPDATE mails SET problem = 'no such user'")
    assert "The mail with this link: no such user." in link().stderr


@pytest.mark.parametrize(
    ("unset", "named"),
    [(["KEY"], "CLOSEOUT_KEY:"), (["PUBLIC_URL"], "CLOSEOUT_PUBLIC_URL:"), (["KEY", "PUBLIC_URL"], " and ")],
)
def test_what_it_needs_is_named_with_how_to_set_it(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, unset: list[str], named: str
) -> None:
    ask(sqlite_db)
    for name in unset:
        monkeypatch.delenv(f"CLOSEOUT_{name}")
    told = refusal()
    assert named in told
    assert "at least 32 characters" in told


def used(db: Database) -> None:
    with db.transaction() as connection:
        assert answer(connection, claim_of(row_of(db)), "dispute", "Screen 7").stands == "used"


def accepted(db: Database) -> None:
    with db.transaction() as connection:
        accept(connection, RELEASE, Who("anna", "comment"))


def withdrawn(db: Database) -> None:
    with db.transaction() as connection:
        recall(connection, RELEASE, Who("dana", "forge"), "#12 was reopened by dana", may=True)


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [
        (used, "its link was used on 20"),
        (accepted, "it was accepted already"),
        (withdrawn, "it is withdrawn and waits for nobody's acceptance"),
        (lambda db: change_row(db, accept_by=LONG_AGO), "the time to answer by link was over on 2020-01-01"),
    ],
)
def test_a_link_that_would_be_refused_is_not_given_out(
    sqlite_db: Database, meanwhile: Callable[[Database], None], why: str
) -> None:
    ask(sqlite_db)
    meanwhile(sqlite_db)
    assert why in refusal()


def test_a_milestone_that_nothing_happened_to_has_no_link() -> None:
    assert "nothing has happened yet" in refusal()
