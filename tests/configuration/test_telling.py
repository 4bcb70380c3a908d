"""The comment on a pull request that touches the contract file, from its opening to what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.configuration import pulls
from app.configuration.tables import plans
from app.db import Database
from app.events import PullRequestChanged, Repository
from app.forges.github.client import by_token
from app.milestones.contract import snapshot_hash
from app.releases.names import release_id
from app.releases.tables import releases
from tests.configuration.scene import BAD, CONTRACTS, DEARER, GOOD, PLACE, SHOP, Scene, scene


@pytest.fixture
def stage(sqlite_db: Database) -> Iterator[Scene]:
    with scene(sqlite_db) as stage:
        stage.look()
        yield stage


def opened(stage: Scene, text: str | None = DEARER, by: str = "dana", path: str = "closeout.yml") -> int:
    """A pull request whose webhook arrived."""
    number = stage.sandbox.open_pull_request(CONTRACTS, "Dearer", by, files={path: text})
    heard(stage, number)
    return number


def heard(stage: Scene, number: int) -> None:
    repository = Repository(str(stage.sandbox.state.repositories[CONTRACTS].id), CONTRACTS)
    stage.events.take(PullRequestChanged("pull_request", "opened", repository, number), "github")
    stage.teller.turn()


def merge(stage: Scene, number: int) -> str:
    answer = stage.app.ask("PUT", f"/repos/{CONTRACTS}/pulls/{number}/merge", "token-of-olga")
    return str(answer.json()["sha"])


def test_a_pull_request_gets_one_comment_that_each_push_rewrites(db: Database) -> None:
    with scene(db) as stage:
        stage.look()
        number = opened(stage)
        (first,) = stage.comments(number)
        assert "30,000.00 usd | 40,000.00 usd" in first
        assert "usd: 30,000.00 usd → 40,000.00 usd" in first
        assert "Nothing of it is in force before it is merged" in first
        cheaper = GOOD.replace("total: 30000.00", "total: 20000.00")
        stage.sandbox.git.push_to_pull_request(CONTRACTS, number, "dana", {"closeout.yml": cheaper})
        heard(stage, number)
        (second,) = stage.comments(number)
        assert "30,000.00 usd | 20,000.00 usd" in second
        assert "40,000.00" not in second
        stage.book.refresh()
        assert stage.book.current.contracts["con_7732_alpha"].total_minor == 3_000_000


def test_a_merged_one_says_so_once_it_is_in_force(stage: Scene) -> None:
    number = opened(stage)
    sha = merge(stage, number)
    heard(stage, number)
    (waiting,) = stage.comments(number)
    assert f"Merged as [{sha[:12]}]" in waiting
    assert "it is being read" in waiting
    stage.look()
    stage.teller.turn()
    (done,) = stage.comments(number)
    assert f"Merged as [{sha[:12]}]" in done
    assert "and in force" in done
    assert "30,000.00 usd | 40,000.00 usd" in done
    assert stage.book.current.commit == sha


def test_a_bad_one_shows_its_errors_and_merged_says_that_it_is_not_in_force(stage: Scene) -> None:
    number = opened(stage, BAD)
    (text,) = stage.comments(number)
    assert "1 error" in text
    assert "nothing of it would come into force" in text
    merge(stage, number)
    stage.look()
    heard(stage, number)
    (text,) = stage.comments(number)
    assert "Merged as" in text
    assert "but not in force" in text
    stage.push(DEARER)
    stage.look()
    stage.teller.turn()
    (text,) = stage.comments(number)
    assert "and in force" in text


def test_one_that_is_closed_says_that_nothing_came_into_force(stage: Scene) -> None:
    number = opened(stage)
    stage.app.ask("PATCH", f"/repos/{CONTRACTS}/pulls/{number}", "token-of-dana", state="closed")
    heard(stage, number)
    (text,) = stage.comments(number)
    assert "Closed without a merge" in text


def test_one_that_touches_something_else_is_left_alone(stage: Scene) -> None:
    number = opened(stage, "Hello", path="README.md")
    assert stage.comments(number) == []
    stage.sandbox.git.push_to_pull_request(CONTRACTS, number, "dana", {"closeout.yml": DEARER})
    heard(stage, number)
    assert len(stage.comments(number)) == 1


def test_one_for_another_branch_is_left_alone_and_told_when_its_base_changes(stage: Scene) -> None:
    stage.sandbox.git.push(CONTRACTS, {"README.md": "Later"}, branch="later")
    number = opened(stage)
    stage.app.ask("PATCH", f"/repos/{CONTRACTS}/pulls/{number}", "token-of-dana", base="later")
    heard(stage, number)
    (text,) = stage.comments(number)
    assert "for the branch `main` no longer" in text


def test_a_lost_webhook_is_made_up_for(stage: Scene) -> None:
    number = stage.sandbox.open_pull_request(CONTRACTS, "Dearer", "mallory", files={"closeout.yml": DEARER})
    stage.teller.turn()
    assert stage.comments(number) == []
    stage.teller.catch_up()
    stage.teller.turn()
    assert len(stage.comments(number)) == 1
    stage.teller.catch_up()
    assert not pulls.due(stage.db, stage.place)
    stage.sandbox.git.push_to_pull_request(CONTRACTS, number, "mallory", {"closeout.yml": BAD})
    stage.teller.catch_up()
    stage.teller.turn()
    (text,) = stage.comments(number)
    assert "1 error" in text
    merge(stage, number)
    stage.teller.catch_up()
    stage.teller.turn()
    (text,) = stage.comments(number)
    assert "Merged as" in text


def test_a_plan_is_against_what_is_in_force_and_says_what_its_branch_lacks(stage: Scene) -> None:
    number = opened(stage)
    commit = stage.push(GOOD.replace("net-15", "net-10"))
    stage.look()
    stage.teller.turn()
    (text,) = stage.comments(number)
    assert f"The branch lacks commit {commit[:12]}" in text
    assert "net-10 | net-15" in text


def test_a_plan_told_before_this_server_took_a_commit_up_is_against_that_commit(stage: Scene) -> None:
    number = opened(stage)
    commit = stage.push(GOOD.replace("total: 30000.00", "total: 20000.00"))
    stage.fetcher.fetch()
    stage.teller.turn()
    (text,) = stage.comments(number)
    assert f"against [{commit[:12]}]" in text
    assert "20,000.00 usd | 40,000.00 usd" in text


def test_where_the_issues_stand_is_told_to_members_only(sqlite_db: Database) -> None:
    relabelled = GOOD.replace("milestone:launch", "milestone:live")
    with scene(sqlite_db) as stage:
        stage.sandbox.add_user("closeout-bot", "token-of-closeout-bot")
        stage.sandbox.set_role(SHOP, "closeout-bot", "write")
        stage.forges["github"] = by_token("token-of-closeout-bot", stage.sandbox.url)
        stage.look()
        issues = f"/repos/{SHOP}/issues"
        made = stage.app.ask("POST", issues, "token-of-dana", title="Ship it", labels=["milestone:live"])
        number = made.json()["number"]
        stage.app.ask("PATCH", f"{issues}/{number}", "token-of-dana", state="closed")
        ours = opened(stage, relabelled)
        theirs = opened(stage, relabelled, by="mallory")
        assert "1 of 1 issue done" in stage.comments(ours)[0]
        assert "1 of 1 issue" not in stage.comments(theirs)[0]
        with sqlite_db.reading() as reading:
            assert reading.exec_driver_sql("SELECT count(*) FROM identities").scalar() == 0


def test_what_was_released_is_told_to_members_only(stage: Scene) -> None:
    contract = stage.book.current.contracts["con_7732_alpha"]
    milestone, plain = contract.milestone(1), contract.snapshot()
    row = {
        "id": release_id(contract.id, milestone.index),
        "contract_id": contract.id,
        "milestone_index": milestone.index,
        "contract_title": contract.title,
        "label": milestone.label,
        "title": milestone.title,
        "amount_minor": milestone.amount_minor,
        "currency": contract.currency,
        "state": "invoiced",
        "snapshot": json.dumps(plain),
        "snapshot_hash": snapshot_hash(plain),
        **dict.fromkeys(("reason", "evidence"), "{}"),
        **dict.fromkeys(("revision", "run", "failures"), 0),
        **dict.fromkeys(("decided_at", "created_at", "updated_at"), "2026-01-02T00:00:00.000Z"),
    }
    with stage.db.transaction() as writing:
        writing.execute(sa.insert(releases).values(row))
    ours, theirs = opened(stage), opened(stage, by="mallory")
    assert "the release keeps 9,000.00 usd as decided on 2026-01-02" in stage.comments(ours)[0]
    assert "Already released" not in stage.comments(theirs)[0]
    assert "2026-01-02" not in stage.comments(theirs)[0]


def test_without_the_right_to_comment_the_file_is_still_read_and_the_reason_is_kept(
    sqlite_db: Database,
) -> None:
    with scene(sqlite_db) as stage:
        less = {"contents": "read", "metadata": "read", "pull_requests": "read"}
        stage.sandbox.apps.grant(stage.installation, less)
        stage.look()
        assert stage.book.problem is None
        number = opened(stage)
        assert stage.comments(number) == []
        ((failed, problem),) = pulls.failing(sqlite_db, stage.place)
        assert failed == number
        assert "pull_requests: " in problem


def test_a_plan_that_can_not_be_told_is_tried_again_for_more_than_a_day(sqlite_db: Database) -> None:
    with sqlite_db.transaction() as writing:
        pulls.mark(writing, PLACE, 7)
    waited = timedelta()
    while True:
        with sqlite_db.reading() as reading:
            row = reading.execute(sa.select(plans)).mappings().one()
        if row["due_at"] is None:
            break
        waited += max(datetime.fromisoformat(row["due_at"]) - datetime.now(UTC), timedelta())
        pulls.note_failed(sqlite_db, row, "GitHub can not be reached", None)
    assert waited > timedelta(days=1)
