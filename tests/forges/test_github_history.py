"""GitHub's histories: whose closing it was when a keyword closed the issue, and who only looks like it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.events import Person
from app.forges.github.client import GitHubForge, by_token
from tests.forges.github_driver import FULL_NAME, GitHubDriver, github_driver
from tests.forges.suite import LABEL


@pytest.fixture
def driver() -> Iterator[GitHubDriver]:
    with github_driver() as driver:
        yield driver


@pytest.fixture
def forge(driver: GitHubDriver) -> GitHubForge:
    return by_token(driver.token, driver.api_url)


@pytest.fixture
def dana(driver: GitHubDriver) -> Person:
    return driver.add_person("dana", "write")


@pytest.fixture
def lena(driver: GitHubDriver) -> Person:
    return driver.add_person("lena", "maintain")


@pytest.fixture
def mallory(driver: GitHubDriver) -> Person:
    return driver.add_person("mallory", "read")


def closings(driver: GitHubDriver, forge: GitHubForge, number: int) -> list[tuple[str, str, bool]]:
    """(who, through what, whether the forge vouches) of each closing."""
    history = forge.read_history(driver.repository, number)
    return [
        (one.by.login if one.by else "", one.via, one.is_vouched) for one in history if one.kind == "closed"
    ]


def opened(driver: GitHubDriver, title: str, head: str, by: Person, body: str = "") -> int:
    """A pull request from a branch of the repository itself."""
    return int(driver.ask("POST", "/pulls", by, title=title, head=head, base="main", body=body)["number"])


def branch(driver: GitHubDriver, name: str, by: Person) -> None:
    sha = driver.ask("GET", "/git/ref/heads/main", by)["object"]["sha"]
    driver.ask("POST", "/git/refs", by, ref=f"refs/heads/{name}", sha=sha)


def test_everything_that_counts_is_told_in_order(
    driver: GitHubDriver, forge: GitHubForge, dana: Person, lena: Person
) -> None:
    number = driver.open_issue("Login", [], dana)
    driver.label(number, LABEL, dana)
    driver.comment(number, dana, "Soon")
    driver.add_to_milestone(number, "v1.0", lena)
    driver.ask("PATCH", "/milestones/1", lena, title="v1.1")
    driver.close(number, lena)
    driver.reopen(number, dana)
    driver.remove_from_milestone(number, dana)
    driver.rename_label(LABEL, "milestone:test")
    driver.unlabel(number, "milestone:test", lena)
    history = forge.read_history(driver.repository, number)
    told = [(one.kind, one.by.login if one.by else "", one.name) for one in history]
    assert told == [
        ("labeled", "dana", LABEL),
        ("milestoned", "lena", "v1.0"),
        ("closed", "lena", ""),
        ("reopened", "dana", ""),
        ("demilestoned", "dana", "v1.1"),
        ("unlabeled", "lena", "milestone:test"),
    ]
    assert history == sorted(history, key=lambda one: one.at)
    assert all(one.at.endswith("Z") and one.is_vouched and not one.via for one in history)


def test_a_merged_pull_requests_text_closes_in_the_mergers_name(
    driver: GitHubDriver, forge: GitHubForge, mallory: Person, lena: Person
) -> None:
    number = driver.open_issue("Login", [LABEL], mallory)
    pull = driver.close_by_pull_request(number, mallory, lena)
    assert closings(driver, forge, number) == [("lena", f"pull request #{pull}", True)]


def test_a_bare_commit_closes_in_a_name_that_nobody_checked(
    driver: GitHubDriver, forge: GitHubForge, dana: Person, lena: Person
) -> None:
    number = driver.open_issue("Login", [LABEL], dana)
    sha = driver.close_by_commit(number, author=lena, pusher=dana)
    assert closings(driver, forge, number) == [("lena", f"commit {sha[:7]}", False)]


@pytest.mark.parametrize("method", ["merge", "rebase"])
def test_a_commit_that_a_pull_request_brought_in_closes_in_the_mergers_name(
    driver: GitHubDriver, forge: GitHubForge, dana: Person, lena: Person, method: str
) -> None:
    number = driver.open_issue("Login", [LABEL], dana)
    branch(driver, "mend", dana)
    driver.push(f"Fixes #{number}", dana, dana, branch="mend")
    pull = opened(driver, "Mend it", "mend", dana)
    assert closings(driver, forge, number) == []
    driver.ask("PUT", f"/pulls/{pull}/merge", lena, merge_method=method)
    assert closings(driver, forge, number) == [("lena", f"pull request #{pull}", True)]


def test_a_squashed_commits_message_closes_in_the_mergers_name(
    driver: GitHubDriver, forge: GitHubForge, dana: Person, lena: Person
) -> None:
    number = driver.open_issue("Login", [LABEL], dana)
    pull = driver.sandbox.open_pull_request(FULL_NAME, "Mend it", dana.login)
    message = f"Resolves: {FULL_NAME}#{number}"
    driver.ask("PUT", f"/pulls/{pull}/merge", lena, merge_method="squash", commit_message=message)
    assert closings(driver, forge, number) == [("lena", f"pull request #{pull}", True)]


# Who only looks like it


def test_a_merge_vouches_for_one_closing_and_not_for_a_later_one_by_the_same_commit(
    driver: GitHubDriver, forge: GitHubForge, dana: Person, lena: Person
) -> None:
    number = driver.open_issue("Login", [LABEL], dana)
    pull = driver.sandbox.open_pull_request(FULL_NAME, "Mend it", dana.login, message=f"Fixes #{number}")
    driver.ask("PUT", f"/pulls/{pull}/merge", lena)
    driver.reopen(number, lena)
    issue = driver.sandbox.state.repositories[FULL_NAME].issues[number]
    sha = next(one.commit_id for one in issue.history if one.event == "closed")
    assert sha is not None
    again_by(driver, number, dana, sha)
    assert closings(driver, forge, number) == [
        ("lena", f"pull request #{pull}", True),
        ("dana", f"commit {sha[:7]}", False),
    ]


def again_by(driver: GitHubDriver, number: int, person: Person, sha: str) -> None:
    """The commit closes the issue once more, pushed to some other place, in that person's name."""
    state = driver.sandbox.state
    with state.lock:
        issue = state.repositories[FULL_NAME].issues[number]
        state.note(issue, "closed", state.users[person.login], commit_id=sha)


def test_a_merge_long_ago_vouches_for_nothing_now(
    driver: GitHubDriver, forge: GitHubForge, dana: Person, lena: Person
) -> None:
    number = driver.open_issue("Login", [LABEL], dana)
    pull = driver.sandbox.open_pull_request(FULL_NAME, "Mend it", dana.login, message="Mend it")
    sha = driver.ask("PUT", f"/pulls/{pull}/merge", lena)["sha"]
    driver.sandbox.pass_time(3600)
    again_by(driver, number, dana, sha)
    assert closings(driver, forge, number) == [("dana", f"commit {sha[:7]}", False)]


def test_a_text_that_was_changed_after_the_merge_makes_nobody_else_the_closer(
    driver: GitHubDriver, forge: GitHubForge, mallory: Person, lena: Person
) -> None:
    number = driver.open_issue("Login", [LABEL], mallory)
    pull = driver.sandbox.open_pull_request(FULL_NAME, "Mend it", mallory.login, f"About #{number}")
    driver.ask("PUT", f"/pulls/{pull}/merge", lena)
    driver.close(number, mallory)  # their own issue
    driver.ask("PATCH", f"/issues/{pull}", mallory, body=f"Closes #{number}")
    assert closings(driver, forge, number) == [("mallory", "", True)]


def test_a_merge_into_another_branch_vouches_for_nothing(
    driver: GitHubDriver, forge: GitHubForge, dana: Person, lena: Person
) -> None:
    number = driver.open_issue("Login", [LABEL], dana)
    for name in ("next", "mend"):
        branch(driver, name, dana)
    driver.push(f"Fixes #{number}", dana, dana, branch="mend")
    pull = driver.ask("POST", "/pulls", dana, title="Mend it", head="mend", base="next", body="")["number"]
    driver.ask("PUT", f"/pulls/{pull}/merge", lena)
    assert closings(driver, forge, number) == []
    commits = driver.sandbox.state.repositories[FULL_NAME].branches["next"]
    again_by(driver, number, dana, commits[-2].sha)
    assert closings(driver, forge, number) == [("dana", f"commit {commits[-2].sha[:7]}", False)]


def test_a_commit_of_another_repository_is_not_looked_for_here(
    driver: GitHubDriver, forge: GitHubForge, dana: Person, lena: Person
) -> None:
    number = driver.open_issue("Login", [LABEL], dana)
    sha = "1a2b3c4" + "0" * 33  # known to no pull request here
    again_by(driver, number, lena, sha)
    assert closings(driver, forge, number) == [("lena", "commit 1a2b3c4", False)]


def test_a_hand_that_closes_beside_a_merge_is_told_as_a_hand(
    driver: GitHubDriver, forge: GitHubForge, mallory: Person, lena: Person
) -> None:
    number = driver.open_issue("Login", [LABEL], mallory)
    pull = driver.sandbox.open_pull_request(FULL_NAME, "Mend", mallory.login, f"See #{number}, not fixed")
    driver.ask("PUT", f"/pulls/{pull}/merge", lena)
    driver.close(number, lena)
    assert closings(driver, forge, number) == [("lena", "", True)]


def test_an_ordinary_history_costs_one_request_and_a_keywords_two_more(
    driver: GitHubDriver, forge: GitHubForge, dana: Person, lena: Person
) -> None:
    by_hand = driver.open_issue("By hand", [LABEL], dana)
    driver.close(by_hand, lena)
    by_text = driver.open_issue("By text", [LABEL], dana)
    driver.close_by_pull_request(by_text, dana, lena)
    by_commit = driver.open_issue("By commit", [LABEL], dana)
    pull = driver.sandbox.open_pull_request(FULL_NAME, "It", dana.login, message=f"Fixes #{by_commit}")
    driver.ask("PUT", f"/pulls/{pull}/merge", lena)

    def cost(number: int) -> int:
        before = len(driver.requests())
        forge.read_history(driver.repository, number)
        return len(driver.requests()) - before

    assert (cost(by_hand), cost(by_text), cost(by_commit)) == (1, 2, 3)
