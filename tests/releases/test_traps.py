"""Traps that cost money elsewhere, each at the forges that can set it; the journal says what was billed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import CloseoutError
from app.events import Person
from app.releases.decision.gather import FEW
from tests.releases.play import Play, play
from tests.releases.scene import CONTRACT, FORGE_KINDS, LABEL


@pytest.fixture(params=FORGE_KINDS)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Play]:
    with play(tmp_path, request.param) as one:
        yield one
        one.check()


@pytest.fixture
def github(tmp_path: Path) -> Iterator[Play]:
    with play(tmp_path, "github") as one:
        yield one
        one.check()


def test_a_fork_authors_keyword_counts_as_the_mergers_closing(stage: Play) -> None:
    number = stage.issue()
    stage.forge.close_by_pull_request(number, stage.person("fiona", "read"), stage.person("dana"))
    stage.settle()
    assert (stage.state(), stage.bills()) == ("invoiced", 1)
    closed_by = stage.release()["evidence"]["issues"][0]["closed_by"]
    assert closed_by["login"] == "dana"


def test_a_bot_closes_nothing_unless_the_contract_says_so(tmp_path: Path) -> None:
    for folder, rules, state in (
        ("no", {}, "held"),
        ("yes", {"closers": {"roles": ["write"], "bots": True}}, "invoiced"),
    ):
        (tmp_path / folder).mkdir()
        with play(tmp_path / folder, "github", rules) as stage:
            number = stage.issue()
            stage.forge.sandbox.add_user("merger[bot]", "token-of-merger", kind="Bot")  # type: ignore[attr-defined]
            stage.forge.sandbox.set_role("acme/storefront", "merger[bot]", "write")  # type: ignore[attr-defined]
            bot = stage.forge.sandbox.state.users["merger[bot]"]  # type: ignore[attr-defined]
            stage.forge._tokens[str(bot.id)] = "token-of-merger"  # type: ignore[attr-defined]
            stage.forge.close(number, Person(str(bot.id), "merger[bot]", True))
            stage.settle()
            assert stage.state() == state


def test_many_closed_at_once_bill_once(stage: Play) -> None:
    numbers = [stage.issue() for _ in range(FEW + 2)]  # more than are read one by one
    for number in numbers:
        stage.forge.close(number, stage.person("dana"))
    stage.settle()
    assert (stage.state(), stage.bills()) == ("invoiced", 1)
    assert len(stage.release()["evidence"]["issues"]) == len(numbers)


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_a_transferred_issue_bills_nothing(kind: str, tmp_path: Path) -> None:
    with play(tmp_path, kind) as stage:
        number, rest = stage.issue(), stage.issue()
        stage.settle()
        stage.forge.transfer_issue(number)
        stage.forge.close(rest, stage.person("dana"))
        stage.settle()
        assert stage.bills() == 0
        assert stage.state() in ("held", "waiting")
        assert f"#{number}" in stage.reason()


def test_an_issue_that_is_transferred_after_the_invoice_stops_the_payouts(github: Play) -> None:
    number = github.closed()
    github.settle()
    github.forge.transfer_issue(number)
    github.settle()
    github.pay()
    assert (github.state(), github.journal("transfer")) == ("held", [])
    assert "was deleted, moved or made a discussion" in github.reason()


def test_a_discussion_bills_nothing(github: Play) -> None:
    number, rest = github.issue(), github.issue()
    github.settle()
    github.forge.convert_to_discussion(number)
    github.forge.close(rest, github.person("dana"))
    github.settle()
    assert github.bills() == 0
    assert github.state() in ("held", "waiting")


@pytest.mark.parametrize("kind", ["gitlab", "gitea"])
def test_an_issue_that_is_deleted_in_silence_completes_nothing(kind: str, tmp_path: Path) -> None:
    with play(tmp_path, kind) as stage:
        first, second = stage.issue(), stage.issue()
        stage.settle()
        stage.forge.delete(first)
        stage.forge.close(second, stage.person("dana"))
        stage.settle()
        assert (stage.state(), stage.bills()) == ("held", 0)
        assert f"#{first} belonged to it before and was not done; it is gone" in stage.reason()


def test_a_deleted_issue_that_was_not_done_needs_an_approval_though_an_admin_deleted_it(github: Play) -> None:
    """A deletion leaves no history to be read, and a payload proves nothing."""
    first, second = github.issue(), github.issue()
    github.settle()
    github.forge.delete(first)
    github.forge.close(second, github.person("dana"))
    github.settle()
    assert (github.state(), github.bills()) == ("held", 0)
    github.order("approve")
    assert (github.state(), github.bills()) == ("invoiced", 1)
    assert [one["number"] for one in github.release()["evidence"]["issues"]] == [second]


def test_pull_requests_with_the_label_are_no_issues(stage: Play) -> None:
    stage.forge.open_issue("A pull request", [LABEL], stage.person("dana"), kind="pull_request")
    stage.settle()
    assert stage.bills() == 0


@pytest.mark.parametrize("what", ["incident", "task"])
def test_incidents_and_tasks_bill_nothing(what: str, tmp_path: Path) -> None:
    with play(tmp_path, "gitlab") as stage:
        number = stage.forge.open_issue("No issue", [LABEL], stage.person("dana"), kind=what)  # type: ignore[arg-type]
        stage.forge.close(number, stage.person("dana"))
        stage.settle()
        assert stage.bills() == 0


def test_a_label_removed_before_the_close_is_judged_as_the_forge_shows_it(stage: Play) -> None:
    number = stage.issue()
    stage.settle()
    stage.forge.unlabel(number, LABEL, stage.person("dana"))
    stage.forge.close(number, stage.person("dana"))
    stage.settle()
    assert (stage.state(), stage.bills()) == ("waiting", 0)


def test_reopened_and_closed_again_before_anybody_looked_bills_once(stage: Play) -> None:
    number = stage.issue()
    for _ in range(3):
        stage.forge.close(number, stage.person("dana"))
        stage.forge.reopen(number, stage.person("dana"))
    stage.tick()
    stage.forge.close(number, stage.person("dana"))
    stage.settle()
    assert (stage.state(), stage.bills()) == ("invoiced", 1)


def test_everything_a_hundred_times_and_backwards_bills_once(github: Play) -> None:
    github.closed()
    github.settle()
    github.pay()
    sent = github.forge.sent()
    for one in [*reversed(sent), *sent] * 5:
        github.deliver(one)
    github.settle()
    assert (github.state(), github.bills(), len(github.journal("transfer"))) == ("disbursed", 1, 2)


def test_a_renamed_repository_is_still_the_contracts(stage: Play) -> None:
    number = stage.issue()
    stage.settle()
    stage.forge.rename_repository("acme/shop")
    stage.forge.close(number, stage.person("dana"))
    stage.settle()
    assert (stage.state(), stage.bills()) == ("invoiced", 1)


def test_a_repository_made_anew_under_the_old_name_bills_nothing(stage: Play) -> None:
    stage.issue()
    stage.settle()
    stage.forge.recreate_repository()
    number = stage.issue()
    stage.forge.close(number, stage.person("dana"))
    stage.settle()
    assert stage.bills() == 0
    assert "is another repository now" in stage.told[-1]


def test_a_look_alike_label_is_ignored_and_the_delivery_says_so(stage: Play) -> None:
    stage.settle()
    stage.told.clear()
    for label in ("milestone:uі", "Milestone:UI", "milestone:\u200bui"):
        number = stage.issue(label)
        stage.forge.close(number, stage.person("dana"))
    stage.settle()
    assert stage.bills() == 0
    assert all("looks like milestone:ui" in told for told in stage.told), stage.told


def test_a_forge_that_is_down_delays_a_decision_and_says_so(stage: Play) -> None:
    number = stage.issue()
    stage.settle()
    stage.forge.close(number, stage.person("dana"))
    sent = stage.forge.sent()[-1]
    stage.lose()
    stage.forge.fail_next("unauthorized")
    with pytest.raises(CloseoutError):
        stage.decider.look_at(CONTRACT, 1)
    assert stage.bills() == 0
    stage.deliver(sent)
    stage.settle()
    assert (stage.state(), stage.bills()) == ("invoiced", 1)
