"""What no webhook told: a sweep finds it at every forge, once, and it goes the way of every delivery."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from app.events import Role
from app.releases.queries import list_releases
from app.releases.sweep.sweeper import Sweeper
from tests.releases.play import Play, play
from tests.releases.scene import FORGE_KINDS, LABEL, OTHER, contract_file
from tests.releases.sweeping import installed, new, own_deliveries, set_clock, sweeper_of

Stage = tuple[Play, Sweeper]
NATIVE = [{"milestone": "v1.0", "title": "Version one", "share": "100%"}]


@pytest.fixture(params=FORGE_KINDS)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    with installed(tmp_path, request.param) as one:
        yield one


def test_a_missed_closing_is_billed_once_and_its_webhook_changes_nothing(stage: Stage) -> None:
    play, sweeper = stage
    play.closed()
    play.lose()
    assert new(sweeper) == 1
    play.settle()
    assert (play.state(), play.bills()) == ("invoiced", 1)
    for sent in play.forge.sent():
        play.deliver(sent)
    play.settle()
    assert (play.state(), play.bills()) == ("invoiced", 1)
    assert new(sweeper) == 0


def test_a_missed_reopening_voids_the_invoice_and_a_missed_closing_bills_it_anew(stage: Stage) -> None:
    play, sweeper = stage
    number = play.closed()
    play.settle()
    play.forge.reopen(number, play.person("dana"))
    play.lose()
    assert new(sweeper) == 1
    play.settle()
    assert play.state() == "voided"
    assert f"#{number} was reopened by dana" in play.reason()
    assert new(sweeper) == 0
    play.tick()
    play.forge.close(number, play.person("dana"))
    play.lose()
    assert new(sweeper) == 1
    play.settle()
    release = play.release()
    assert (release["state"], release["revision"], play.bills()) == ("invoiced", 2, 2)
    assert new(sweeper) == 0


def test_a_missed_reopening_of_what_is_paid_is_disputed_and_told_once(stage: Stage) -> None:
    play, sweeper = stage
    number = play.closed()
    play.settle()
    play.pay()
    play.forge.reopen(number, play.person("dana"))
    play.lose()
    assert new(sweeper) == 1
    play.settle()
    assert play.state() == "disputed"
    play.forge.comment(number, play.person("dana"), "It broke")
    play.lose()
    assert new(sweeper) == 0


def test_within_the_grace_a_missed_reopening_withdraws(tmp_path: Path) -> None:
    with installed(tmp_path, "gitea", {"grace": "15m"}) as (play, sweeper):
        number = play.closed()
        play.settle()
        play.forge.reopen(number, play.person("dana"))
        play.lose()
        assert new(sweeper) == 1
        play.settle()
        assert (play.state(), play.bills()) == ("withdrawn", 0)
        play.forge.comment(number, play.person("dana"), "Not yet")
        play.lose()
        assert new(sweeper) == 0
        play.forge.close(number, play.person("dana"))
        play.lose()
        assert new(sweeper) == 1
        play.settle()
        play.pass_time()
        assert (play.state(), play.bills()) == ("invoiced", 1)


def test_what_the_webhooks_told_is_no_news(stage: Stage) -> None:
    play, sweeper = stage
    first, second = play.issue(), play.issue()
    play.forge.close(first, play.person("dana"))
    play.settle()
    assert new(sweeper) == 0
    play.forge.close(second, play.person("dana"))
    play.settle()
    assert new(sweeper) == 0
    assert own_deliveries(play) == []
    assert play.bills() == 1


def test_what_changes_nothing_about_the_work_is_no_news(stage: Stage) -> None:
    play, sweeper = stage
    number = play.closed()
    play.settle()
    play.forge.label(number, "bug", play.person("dana"))
    play.forge.comment(number, play.person("dana"), "Well done")
    play.forge.open_issue("Something else", ["question"], play.person("dana"))
    play.lose()
    assert new(sweeper) == 0
    assert own_deliveries(play) == []


def test_a_milestone_that_waits_knows_of_work_that_was_added_meanwhile(stage: Stage) -> None:
    play, sweeper = stage
    first = play.issue()
    play.settle()
    second = play.issue()
    play.lose()
    assert new(sweeper) == 1
    play.settle()
    play.forge.close(first, play.person("dana"))
    play.settle()
    assert play.reason() == f"1 of 2 closed, open: #{second}"


@pytest.mark.parametrize(
    ("stage", "login", "role", "state"),
    [
        ("github", "tess", "triage", "held"),
        ("gitlab", "tess", "triage", "held"),  # Gitea knows no such role
        *((kind, "dana", "write", "invoiced") for kind in FORGE_KINDS),
    ],
    indirect=["stage"],
)
def test_work_that_lost_its_label_meanwhile_completes_nothing_unless_who_took_it_may(
    stage: Stage, login: str, role: Role, state: str
) -> None:
    play, sweeper = stage
    left = play.issue()
    play.closed()
    play.settle()
    assert play.state() == "waiting"
    play.forge.unlabel(left, LABEL, play.person(login, role))
    play.lose()
    assert new(sweeper) == 1
    play.settle()
    assert play.state() == state
    assert play.bills() == int(state == "invoiced")
    assert new(sweeper) == 0


def test_billed_work_that_lost_its_label_meanwhile_is_taken_care_of(stage: Stage) -> None:
    play, sweeper = stage
    number = play.closed()
    play.settle()
    play.forge.unlabel(number, LABEL, play.person("dana"))
    play.lose()
    assert new(sweeper) == 1
    play.settle()
    assert f"#{number}, which was billed, lost" in play.story()
    play.pay()
    assert play.journal("transfer") == []


def test_a_hold_label_that_nobody_told_holds(stage: Stage) -> None:
    play, sweeper = stage
    number = play.closed()
    play.settle()
    play.forge.label(number, "closeout:hold", play.person("dana"))
    play.lose()
    assert new(sweeper) == 1
    play.settle()
    play.pay()
    assert play.journal("transfer") == []
    assert "closeout:hold" in play.story()


def test_a_label_that_moved_to_another_milestone_has_both_looked_at(stage: Stage) -> None:
    play, sweeper = stage
    moving, stays = play.issue(), play.issue()
    play.settle()
    play.forge.unlabel(moving, LABEL, play.person("dana"))
    play.forge.label(moving, OTHER, play.person("dana"))
    play.lose()
    assert new(sweeper) == 1
    play.settle()
    assert play.reason(1) == f"0 of 1 closed, open: #{stays}"
    assert play.reason(2) == f"0 of 1 closed, open: #{moving}"


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_a_milestone_of_the_forge_that_was_closed_without_a_word_is_billed(tmp_path: Path, kind: str) -> None:
    with installed(tmp_path, kind, milestones=NATIVE) as (play, sweeper):
        number = play.issue(label="")
        play.forge.add_to_milestone(number, "v1.0", play.person("dana"))
        play.forge.close(number, play.person("dana"))
        play.lose()
        assert new(sweeper) == 1
        play.settle()
        assert "milestone v1.0 itself is still open" in play.reason()
        assert new(sweeper) == 0
        play.forge.close_milestone("v1.0", play.person("dana"))
        play.lose()
        assert new(sweeper) == 1
        play.settle()
        assert (play.state(), play.bills()) == ("invoiced", 1)
        assert new(sweeper) == 0


def test_a_closed_milestone_that_stays_held_is_not_told_again_and_again(tmp_path: Path) -> None:
    with installed(tmp_path, "gitea", {"when": "all_closed"}, milestones=NATIVE) as (play, sweeper):
        stranger = play.person("carl", "read")
        number = play.forge.open_issue("My own", [], stranger)
        play.forge.add_to_milestone(number, "v1.0", play.person("dana"))
        play.forge.close(number, stranger)
        play.forge.close_milestone("v1.0", play.person("dana"))
        play.lose()
        assert new(sweeper) == 1
        play.settle()
        assert play.state() == "held"
        assert new(sweeper) == 0
        assert play.bills() == 0


@pytest.mark.parametrize("kind", ["gitlab", "gitea"])
def test_what_was_closed_long_before_the_first_look_is_put_before_a_person(tmp_path: Path, kind: str) -> None:
    with play(tmp_path, kind) as one:
        set_clock(one, timedelta(days=-20))
        number = one.closed()
        one.lose()
        sweeper = sweeper_of(one)
        assert new(sweeper) == 1
        one.settle()
        assert (one.state(), one.bills()) == ("held", 0)
        assert "Closeout did not see by whose doing" in one.reason()
        assert new(sweeper) == 0
        one.order("approve")
        assert (one.state(), one.bills()) == ("invoiced", 1)
        assert number


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_what_was_closed_just_before_the_first_look_is_billed(tmp_path: Path, kind: str) -> None:
    with play(tmp_path, kind) as one:
        set_clock(one, timedelta(hours=-2))
        one.closed()
        one.lose()
        assert new(sweeper_of(one)) == 1
        one.settle()
        assert (one.state(), one.bills()) == ("invoiced", 1)


@pytest.mark.parametrize("found_by", ["label", "milestone"])
def test_a_milestone_that_was_done_before_its_contract_was_written_down_is_put_before_a_person(
    tmp_path: Path, found_by: str
) -> None:
    with installed(tmp_path, "gitea") as (play, sweeper):
        number, dana = play.issue(label="milestone:v1"), play.person("dana")
        play.forge.add_to_milestone(number, "v1.0", dana)
        play.forge.close(number, dana)
        play.forge.close_milestone("v1.0", dana)
        for minutes in (30, 10):  # the sweeps go on
            set_clock(play, timedelta(minutes=-minutes))
            play.issue(label="question")
            play.lose()
            assert new(sweeper) == 0
        added = {"label": "milestone:v1", "milestone": "v1.0"}[found_by]
        milestones = [{found_by: added, "title": "Version one", "share": "100%"}]
        file = contract_file("gitea", play.forge, {}, milestones=milestones, id="con_later")
        play.config.write_text(yaml.safe_dump(file), encoding="utf-8")
        play.book.refresh()
        assert new(sweeper) == 1
        play.settle()
        (release,) = list_releases(play.db, "con_later")
        assert release["state"] == "held"
        assert "Closeout did not see by whose doing" in release["reason"]


def test_after_a_restart_the_sweeps_go_on_where_they_were(stage: Stage) -> None:
    play, _ = stage
    play.closed()
    play.lose()
    play.restart()
    assert new(sweeper_of(play)) == 1
    assert new(sweeper_of(play)) == 0
    play.settle()
    assert (play.state(), play.bills()) == ("invoiced", 1)
