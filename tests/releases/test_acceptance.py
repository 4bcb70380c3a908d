"""The client's word: asked for, given by comment or by the operator, disputed, or missing at the end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.errors import CloseoutError
from app.milestones.rules import Acceptance
from app.releases.people.calendar import deadline
from app.releases.people.orders import retry
from app.releases.tables import releases
from tests.releases.play import OPERATOR, Play, play
from tests.releases.scene import CONTRACT, FORGE_KINDS

ACCEPTANCE = {"by": ["anna"], "within": "5 business days", "on_silence": "hold"}


def rules(**more: Any) -> dict[str, Any]:
    return {"acceptance": ACCEPTANCE | more}


@pytest.fixture(params=FORGE_KINDS)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Play]:
    """A milestone that waits for anna; she may only read."""
    with play(tmp_path, request.param, rules()) as one:
        one.person("anna", "read")
        one.closed()
        one.settle()
        assert (one.state(), one.bills()) == ("awaiting_acceptance", 0)
        yield one
        one.check()


def say(stage: Play, text: str, by: str = "anna") -> None:
    stage.forge.comment(1, stage.person(by), text)
    stage.settle()


def test_the_comment_says_who_can_accept_how_and_until_when(stage: Play) -> None:
    story = stage.story()
    assert "anna can comment /closeout accept, or /closeout dispute and a reason" in story
    assert f"Until {stage.release()['accept_by'][:10]}" in story
    assert "silence holds it" in story


def test_an_accepted_milestone_is_billed(stage: Play) -> None:
    say(stage, "Looks right.\n\n/closeout accept")
    assert (stage.state(), stage.bills()) == ("invoiced", 1)
    assert stage.release()["accepted"]["name"] == "anna"
    say(stage, "/closeout accept")
    assert stage.bills() == 1


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("/closeout accept", "dana"),
        ("/closeout accept", "mallory"),
        ("/closeout pay", "anna"),
        ("please /closeout accept", "anna"),
        ("> /closeout accept", "anna"),
        ("/closeoutaccept", "anna"),
    ],
)
def test_nobody_else_accepts_and_nothing_else_does(stage: Play, text: str, by: str) -> None:
    stage.person("mallory", "read")
    say(stage, text, by)
    assert (stage.state(), stage.bills()) == ("awaiting_acceptance", 0)


def test_a_refused_command_is_answered_where_it_was_written(stage: Play) -> None:
    say(stage, "/closeout accept", by="dana")
    assert "refused: that is for anna" in stage.told[-1]


def test_a_namesake_who_took_over_the_clients_login_is_nobody(stage: Play) -> None:
    stage.forge.rename_person(stage.people["anna"], "anna-married")
    stage.people["impostor"] = stage.forge.add_person("anna", "read")
    say(stage, "/closeout accept", by="impostor")
    assert (stage.state(), stage.bills()) == ("awaiting_acceptance", 0)


def test_an_edited_comment_accepts_nothing(stage: Play) -> None:
    stage.forge.comment(1, stage.person("anna"), "/closeout accept")
    stage.lose()
    stage.forge.edit_comment(1, stage.person("anna"), "/closeout accept now")
    stage.settle()
    stage.commands.catch_up("con_play/1")
    stage.settle()
    assert (stage.state(), stage.bills()) == ("awaiting_acceptance", 0)


def test_the_same_comment_delivered_again_under_the_next_revision_accepts_nothing(stage: Play) -> None:
    say(stage, "/closeout accept")
    replayed = stage.forge.sent()
    stage.forge.reopen(1, stage.person("dana"))
    stage.settle()
    stage.tick()
    stage.forge.close(1, stage.person("dana"))
    stage.settle()
    assert (stage.state(), stage.release()["revision"]) == ("awaiting_acceptance", 2)
    for sent in replayed:
        stage.deliver(sent)
    stage.settle()
    assert (stage.state(), stage.bills()) == ("awaiting_acceptance", 1)


def test_an_acceptance_from_before_the_last_closing_counts_for_nothing(stage: Play) -> None:
    stage.forge.comment(1, stage.person("anna"), "/closeout accept")
    early = stage.forge.sent()[-1]
    stage.lose()
    stage.tick()
    stage.forge.reopen(1, stage.person("dana"))
    stage.settle()
    stage.forge.close(1, stage.person("dana"))
    stage.settle()
    assert "written before the milestone was completed" in stage.deliver(early)
    stage.settle()
    assert (stage.state(), stage.bills()) == ("awaiting_acceptance", 0)


def test_a_disputed_milestone_stands_still_until_the_client_accepts_after_all(stage: Play) -> None:
    say(stage, "/closeout dispute the logo is upside down")
    assert stage.state() == "disputed"
    assert "the logo is upside down" in stage.story()
    stage.pass_time()
    assert (stage.state(), stage.bills()) == ("disputed", 0)
    say(stage, "/closeout accept")
    assert (stage.state(), stage.bills()) == ("invoiced", 1)


def test_reopening_answers_a_dispute_and_the_client_is_asked_again(stage: Play) -> None:
    say(stage, "/closeout dispute the logo is upside down")
    stage.forge.reopen(1, stage.person("dana"))
    stage.settle()
    assert stage.state() == "withdrawn"
    stage.forge.close(1, stage.person("dana"))
    stage.settle()
    assert stage.state() == "awaiting_acceptance"
    say(stage, "/closeout accept")
    assert (stage.state(), stage.bills()) == ("invoiced", 1)


def test_the_client_may_dispute_an_open_invoice_and_no_share_is_paid(stage: Play) -> None:
    say(stage, "/closeout accept")
    say(stage, "/closeout dispute I was too quick")
    stage.pay()
    assert (stage.state(), stage.journal("transfer")) == ("disputed", [])
    with pytest.raises(CloseoutError, match="is disputed"):
        stage.order("approve")
    stage.order("resume")
    assert stage.state() == "disbursed"


def test_a_developer_may_not_lift_what_the_client_disputes(stage: Play) -> None:
    say(stage, "/closeout dispute no")
    say(stage, "/closeout resume", by="dana")
    assert stage.state() == "disputed"


def test_silence_holds_and_the_operator_may_accept_for_the_client(stage: Play) -> None:
    stage.pass_time()
    assert (stage.state(), stage.bills()) == ("held", 0)
    assert "no word of the client" in stage.reason()
    stage.order("accept")
    assert (stage.state(), stage.bills()) == ("invoiced", 1)


def test_another_try_after_silence_asks_nobody_for_ever(tmp_path: Path) -> None:
    with play(tmp_path, "github", rules()) as stage:
        stage.person("anna", "read")
        stage.closed()
        stage.settle()
        stage.pass_time()
        retry(stage.db, CONTRACT, 1, OPERATOR)
        stage.settle()
        with stage.db.reading() as connection:
            assert connection.scalar(sa.select(releases.c.due_at)) is None
        assert stage.state() == "held"


def test_a_comment_whose_webhook_never_came_is_read_before_silence_counts(stage: Play) -> None:
    stage.forge.comment(1, stage.person("anna"), "/closeout accept")
    stage.lose()
    stage.pass_time()
    assert (stage.state(), stage.bills()) == ("invoiced", 1)


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_where_the_contract_says_so_silence_accepts_but_not_over_a_dispute(kind: str, tmp_path: Path) -> None:
    with play(tmp_path, kind, rules(on_silence="accept")) as stage:
        stage.person("anna", "read")
        stage.closed()
        stage.settle()
        stage.forge.comment(1, stage.person("anna"), "/closeout dispute wrong colour")
        stage.lose()
        stage.pass_time()
        assert (stage.state(), stage.bills()) == ("disputed", 0)
        stage.forge.reopen(1, stage.person("dana"))
        stage.settle()
        stage.tick()
        stage.forge.close(1, stage.person("dana"))
        stage.settle()
        assert (stage.state(), stage.bills()) == ("held", 0), "silence would settle what the client disputed"
        stage.order("resume")
        assert stage.state() == "awaiting_acceptance"
        stage.pass_time()
        assert (stage.state(), stage.bills()) == ("invoiced", 1)
        assert "Accepted by silence" in stage.story()


FRIDAY = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
DAYS = [
    ("one business day from a Friday", FRIDAY, 1, True, (), "2026-11-24T00:00"),
    ("five business days", FRIDAY, 5, True, (), "2026-11-28T00:00"),
    ("a holiday is passed over", FRIDAY, 1, True, ("2026-11-23",), "2026-11-25T00:00"),
    ("a holiday on a weekend changes nothing", FRIDAY, 1, True, ("2026-11-21",), "2026-11-24T00:00"),
    ("calendar days know no weekend", FRIDAY, 2, False, ("2026-11-22",), "2026-11-23T00:00"),
    ("from a Saturday", datetime(2026, 11, 21, 1, 0, tzinfo=UTC), 1, True, (), "2026-11-24T00:00"),
    (
        "over the new year",
        datetime(2026, 12, 31, 9, 0, tzinfo=UTC),
        1,
        True,
        ("2027-01-01",),
        "2027-01-05T00",
    ),
]


@pytest.mark.parametrize(
    ("start", "days", "is_business", "holidays", "until"), [day[1:] for day in DAYS], ids=[d[0] for d in DAYS]
)
def test_a_deadline_ends_with_its_last_day(
    start: datetime, days: int, is_business: bool, holidays: tuple[str, ...], until: str
) -> None:
    term = Acceptance((), days, is_business, "hold")
    assert deadline(start, term, holidays).isoformat().startswith(until)
