"""What GitHub's adapter reads besides issues: changes, milestones, labels, comments, accounts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from app.errors import ForgeError, ForgeNotFound
from app.events import Label, Person, Repository
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


# What changed


@pytest.mark.parametrize(("issues", "requests"), [(0, 1), (1, 1), (100, 1), (101, 2), (300, 3)])
def test_changes_cost_a_request_per_hundred(
    driver: GitHubDriver, forge: GitHubForge, dana: Person, issues: int, requests: int
) -> None:
    state = driver.sandbox.state
    with state.lock:
        repository = state.repositories[FULL_NAME]
        for i in range(issues):
            state.add_issue(repository, state.users["dana"], f"Case {i}")
    before = len(driver.requests())
    assert len(forge.list_changed(driver.repository, "2000-01-01T00:00:00Z")) == issues
    assert len(driver.requests()) - before == requests


def test_what_changed_since_a_moment_is_listed_the_latest_first(
    driver: GitHubDriver, forge: GitHubForge, dana: Person
) -> None:
    first, second, third, fourth = (driver.open_issue(f"Case {i}", [], dana) for i in range(4))
    driver.sandbox.pass_time(10)
    driver.open_issue("Change", [], dana, kind="pull_request")
    driver.comment(second, dana, "Soon")
    driver.sandbox.pass_time(10)
    driver.close(third, dana)
    driver.sandbox.pass_time(10)
    driver.add_to_milestone(first, "v1.0", dana)
    since = forge.read_issue(driver.repository, second).updated_at
    changed = forge.list_changed(driver.repository, since)
    assert [issue.number for issue in changed] == [first, third, second]
    assert [issue.milestone for issue in changed] == ["v1.0", "", ""]
    assert [issue.number for issue in forge.list_changed(driver.repository, changed[0].updated_at)] == [first]
    assert fourth not in {issue.number for issue in changed}


def test_an_issue_that_changes_while_the_pages_are_read_is_listed_once(httpserver: HTTPServer) -> None:
    def entry(number: int) -> dict[str, object]:
        return {
            "id": 100 + number,
            "number": number,
            "title": "Login",
            "state": "open",
            "html_url": f"https://github.com/acme/storefront/issues/{number}",
            "repository_url": "https://api.github.com/repos/acme/storefront",
            "labels": [],
            "closed_at": None,
            "updated_at": "2026-11-20T10:00:00Z",
        }

    link = {"Link": f'<{httpserver.url_for("/repositories/7/issues")}?page=2>; rel="next"'}
    first, second = [entry(1), entry(2)], [entry(2), entry(3)]
    httpserver.expect_ordered_request("/repositories/7/issues").respond_with_json(first, headers=link)
    httpserver.expect_ordered_request("/repositories/7/issues").respond_with_json(second)
    changed = by_token("a-token", httpserver.url_for("")).list_changed(
        Repository("7", FULL_NAME), "2026-11-20T00:00:00Z"
    )
    assert [issue.number for issue in changed] == [1, 2, 3]


# Milestones and labels


def test_a_milestone_is_found_by_its_exact_title_with_its_issues_and_no_pull_requests(
    driver: GitHubDriver, forge: GitHubForge, dana: Person
) -> None:
    inside, closed, other = (driver.open_issue(f"Case {i}", [LABEL], dana) for i in range(3))
    change = driver.open_issue("Change", [], dana, kind="pull_request")
    for number in (inside, closed, change):
        driver.add_to_milestone(number, "v1.0", dana)
    driver.add_to_milestone(other, "V1.0", dana)
    driver.close(closed, dana)
    found = forge.read_milestone(driver.repository, "v1.0")
    assert (found.title, found.is_open, found.id.isdecimal()) == ("v1.0", True, True)
    assert [(issue.number, issue.is_open) for issue in found.issues] == [(inside, True), (closed, False)]
    driver.close_milestone("v1.0", dana)
    assert not forge.read_milestone(driver.repository, "v1.0").is_open
    for title in ("v1.0 ", "v1", "", "v1.\N{FULLWIDTH DIGIT ZERO}"):
        with pytest.raises(ForgeNotFound) as caught:
            forge.read_milestone(driver.repository, title)
        assert caught.value.mend


def test_a_renamed_label_keeps_its_id_and_one_made_anew_has_another(
    driver: GitHubDriver, forge: GitHubForge, dana: Person
) -> None:
    number = driver.open_issue("Login", [LABEL], dana)
    (before,) = forge.read_issue(driver.repository, number).labels
    driver.rename_label(LABEL, "milestone:test")
    assert forge.list_labels(driver.repository) == [Label(before.id, "milestone:test")]
    assert forge.read_issue(driver.repository, number).labels == (Label(before.id, "milestone:test"),)
    driver.delete_label("milestone:test")
    assert forge.read_issue(driver.repository, number).labels == ()
    driver.label(number, LABEL, dana)
    (again,) = forge.list_labels(driver.repository)
    assert again.name == LABEL
    assert again.id != before.id


# Comments and accounts


def test_comments_say_who_wrote_them_and_whether_they_still_read_so(
    driver: GitHubDriver, forge: GitHubForge, dana: Person
) -> None:
    carl = driver.add_person("carl", "read")
    number = driver.open_issue("Login", [LABEL], carl)
    driver.comment(number, carl, "/closeout dispute")
    driver.comment(number, dana, "Why?")
    robot = driver.sandbox.add_user("ci[bot]", "token-of-ci[bot]", "Bot")
    driver.sandbox.set_role(FULL_NAME, "ci[bot]", "write")
    driver.comment(number, Person(str(robot.id), "ci[bot]"), "Passed")
    driver.edit_comment(number, carl, "/closeout accept")
    comments = forge.list_comments(driver.repository, number)
    assert [(one.by, one.text, one.is_edited) for one in comments] == [
        (carl, "/closeout accept", True),
        (dana, "Why?", False),
        (Person(str(robot.id), "ci[bot]", is_bot=True), "Passed", False),
    ]
    assert len({one.id for one in comments}) == 3


def test_an_account_is_found_by_its_present_login_whatever_the_case(
    driver: GitHubDriver, forge: GitHubForge, dana: Person
) -> None:
    assert forge.find_person("DANA") == dana
    renamed = driver.rename_person(dana, "dana-2")
    assert forge.find_person("dana") is None
    assert forge.find_person("dana-2") == renamed
    usurper = driver.add_person("dana", "none")
    assert forge.find_person("dana") == usurper
    assert forge.read_role(driver.repository, dana) == "none"
    assert forge.read_role(driver.repository, renamed) == "write"


@pytest.mark.parametrize("login", ["", " ", "..", "dana/repos", "dana?x=1", "d\u00e4na", "dana\n", "@dana"])
def test_what_is_no_login_is_nobody_and_is_not_asked_for(
    driver: GitHubDriver, forge: GitHubForge, dana: Person, login: str
) -> None:
    before = len(driver.requests())
    assert forge.find_person(login) is None
    assert len(driver.requests()) == before


@pytest.mark.parametrize(
    ("kind", "person"),
    [
        ("User", Person("9", "acme")),
        ("Bot", Person("9", "acme", is_bot=True)),
        ("Organization", None),
    ],
)
def test_an_organisation_is_nobody(httpserver: HTTPServer, kind: str, person: Person | None) -> None:
    answer = {"id": 9, "login": "acme", "type": kind}
    httpserver.expect_request("/users/acme").respond_with_json(answer)
    assert by_token("a-token", httpserver.url_for("")).find_person("acme") == person


def test_an_account_that_can_not_be_asked_for_now_is_not_nobody(
    driver: GitHubDriver, forge: GitHubForge, dana: Person
) -> None:
    driver.fail_next("500", times=20)
    with pytest.raises(ForgeError):
        forge.find_person("dana")
