"""The GitHub adapter against the pretend GitHub: every forge's promises, and things that move."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.errors import ForgeError, ForgeNotFound
from app.events import Repository
from app.forges.base import Forge
from app.forges.github.client import GitHubForge, by_token
from app.forges.github.parse import GitHubParser
from tests.forges.conformance import ForgeConformance
from tests.forges.driver import ForgeDriver
from tests.forges.github_driver import FULL_NAME, GitHubDriver, github_driver
from tests.forges.suite import LABEL, MARKER


@pytest.fixture
def driver() -> Iterator[GitHubDriver]:
    with github_driver() as driver:
        yield driver


@pytest.fixture
def forge(driver: GitHubDriver) -> GitHubForge:
    return by_token(driver.token, driver.api_url)


class TestGitHub(ForgeConformance):
    """GitHub's capabilities are the suite's defaults."""

    def connect(self, driver: ForgeDriver, *, token: str | None = None, timeout_s: int = 20) -> Forge:
        return by_token(token or driver.token, driver.api_url, timeout_s)

    @pytest.fixture
    def driver(self) -> Iterator[GitHubDriver]:
        with github_driver() as driver:
            yield driver

    @pytest.fixture
    def parser(self) -> GitHubParser:
        return GitHubParser()


# Things that move


def test_a_transferred_issue_is_not_found_and_says_where_it_went(
    driver: GitHubDriver, forge: GitHubForge
) -> None:
    number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
    elsewhere = driver.sandbox.add_repository("acme/elsewhere")
    driver.sandbox.set_role("acme/elsewhere", driver.bot.login, "write")
    driver.sandbox.transfer_issue(FULL_NAME, number, "acme/elsewhere")
    for repository in (driver.repository, Repository("", FULL_NAME)):
        with pytest.raises(ForgeNotFound, match=f"/repositories/{elsewhere.id}/issues/1"):
            forge.read_issue(repository, number)
    assert forge.list_issues(driver.repository, LABEL) == []


def test_no_comment_follows_a_transferred_issue(driver: GitHubDriver, forge: GitHubForge) -> None:
    number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
    elsewhere = driver.sandbox.add_repository("acme/elsewhere")
    driver.sandbox.set_role("acme/elsewhere", driver.bot.login, "write")
    driver.sandbox.transfer_issue(FULL_NAME, number, "acme/elsewhere")
    with pytest.raises(ForgeNotFound):
        forge.write_comment(driver.repository, number, MARKER, f"Billed {MARKER}")
    assert elsewhere.issues[1].comments == []


def test_a_renamed_repository_is_read_by_its_id_and_by_its_old_name_and_is_the_same(
    driver: GitHubDriver, forge: GitHubForge
) -> None:
    dana = driver.add_person("dana", "write")
    number = driver.open_issue("Login", [LABEL], dana)
    driver.rename_repository("acme/shop")
    renamed = Repository(driver.repository.id, "acme/shop")
    for asked_by in (driver.repository, Repository("", FULL_NAME), Repository("", "acme/shop")):
        assert forge.read_repository(asked_by) == renamed
        assert forge.read_issue(asked_by, number).repository == renamed
        assert [issue.repository for issue in forge.list_issues(asked_by, LABEL)] == [renamed]
        assert [entry.kind for entry in forge.read_history(asked_by, number)] == ["labeled"]
        assert forge.read_role(asked_by, dana) == "write"


def test_nothing_is_written_by_a_former_name(driver: GitHubDriver, forge: GitHubForge) -> None:
    number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
    driver.rename_repository("acme/shop")
    with pytest.raises(ForgeNotFound, match="present name"):
        forge.write_comment(Repository("", FULL_NAME), number, MARKER, f"Billed {MARKER}")
    assert driver.comments(number) == []
    assert forge.write_comment(driver.repository, number, MARKER, f"Billed {MARKER}").id


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_repository_made_anew_under_an_old_name_is_not_taken_for_it(
    driver: GitHubDriver, forge: GitHubForge, is_kept: bool
) -> None:
    dana = driver.add_person("dana", "write")
    number = driver.open_issue("Real", [LABEL], dana)
    if is_kept:
        driver.rename_repository("acme/shop")
        driver.full_name = FULL_NAME
        driver.sandbox.add_repository(FULL_NAME)
        for login, role in (("olga", "admin"), ("dana", "write"), (driver.bot.login, "write")):
            driver.sandbox.set_role(FULL_NAME, login, role)  # type: ignore[arg-type]
    else:
        driver.recreate_repository()
    assert driver.open_issue("Usurper", [LABEL], dana) == number
    assert forge.read_repository(Repository("", FULL_NAME)).id != driver.repository.id
    if is_kept:
        assert forge.read_issue(driver.repository, number).title == "Real"
        assert [issue.title for issue in forge.list_issues(driver.repository, LABEL)] == ["Real"]
    else:
        for ask in (forge.read_repository, lambda gone: forge.read_issue(gone, number)):
            with pytest.raises(ForgeNotFound):
                ask(driver.repository)


def test_an_issue_that_became_a_discussion_is_no_issue_though_it_looks_closed(
    driver: GitHubDriver, forge: GitHubForge
) -> None:
    dana = driver.add_person("dana", "write")
    number = driver.open_issue("Login", [LABEL], dana)
    driver.add_to_milestone(number, "v1.0", dana)
    driver.convert_to_discussion(number)
    shown = driver.ask("GET", f"/issues/{number}", dana)
    assert (shown["state"], shown["state_reason"]) == ("closed", "completed")
    for ask in (forge.read_issue, forge.read_history):
        with pytest.raises(ForgeNotFound, match="discussion"):
            ask(driver.repository, number)
    assert [issue.kind for issue in forge.list_issues(driver.repository, LABEL)] == ["discussion"]
    inside = forge.read_milestone(driver.repository, "v1.0").issues
    assert [issue.kind for issue in inside] == ["discussion"]


def test_a_closed_issue_that_is_only_locked_stays_an_issue(driver: GitHubDriver, forge: GitHubForge) -> None:
    dana = driver.add_person("dana", "write")
    number = driver.open_issue("Login", [LABEL], dana)
    driver.close(number, dana)
    driver.sandbox.state.repositories[FULL_NAME].issues[number].is_locked = True
    assert forge.read_issue(driver.repository, number).kind == "issue"
    assert [issue.kind for issue in forge.list_issues(driver.repository, LABEL)] == ["issue"]


# Elsewhere, with less, and sparingly


def test_a_comment_that_was_written_behind_a_502_is_found_and_not_written_again(
    driver: GitHubDriver, forge: GitHubForge
) -> None:
    number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
    driver.sandbox.fail_next("502_after", times=3, method="POST")
    with pytest.raises(ForgeError) as caught:
        forge.write_comment(driver.repository, number, MARKER, f"Billed {MARKER}")
    assert not caught.value.permanent
    forge.write_comment(driver.repository, number, MARKER, f"Paid {MARKER}")
    assert driver.comments(number) == [(driver.bot.login, f"Paid {MARKER}")]


def test_an_enterprise_server_is_spoken_to_under_its_path(driver: GitHubDriver) -> None:
    forge = by_token(driver.token, f"{driver.api_url}/api/v3/")
    dana = driver.add_person("dana", "maintain")
    numbers = [driver.open_issue(f"Case {i}", [LABEL], dana) for i in range(101)]
    assert [issue.number for issue in forge.list_issues(driver.repository, LABEL)] == numbers
    assert forge.read_role(driver.repository, dana) == "maintain"
    first = forge.write_comment(driver.repository, 1, MARKER, f"Billed {MARKER}")
    assert forge.write_comment(driver.repository, 1, MARKER, f"Paid {MARKER}") == first


def test_a_bot_that_may_not_read_roles_says_what_it_needs(driver: GitHubDriver, forge: GitHubForge) -> None:
    dana = driver.add_person("dana", "write")
    driver.sandbox.set_role(FULL_NAME, driver.bot.login, "read")
    with pytest.raises(ForgeError, match="permission metadata: read") as caught:
        forge.read_role(driver.repository, dana)
    assert not caught.value.permanent
    assert not isinstance(caught.value, ForgeNotFound)


def test_nothing_is_asked_that_is_not_needed(driver: GitHubDriver, forge: GitHubForge) -> None:
    dana = driver.add_person("dana", "write")
    for i in range(101):
        driver.close(driver.open_issue(f"Case {i}", [LABEL], dana), dana)

    def asked(call: Any) -> list[str]:
        before = len(driver.requests())
        call()
        return [method for method, _ in driver.requests()[before:]]

    write = forge.write_comment
    assert asked(lambda: forge.read_issue(driver.repository, 1)) == ["GET"]
    assert asked(lambda: forge.list_issues(driver.repository, LABEL)) == ["GET"] * 2
    assert asked(lambda: forge.read_role(driver.repository, dana)) == ["GET"]
    assert asked(lambda: forge.read_history(driver.repository, 1)) == ["GET"]
    assert asked(lambda: write(driver.repository, 1, MARKER, f"A {MARKER}")) == ["GET", "POST"]
    assert asked(lambda: write(driver.repository, 1, MARKER, f"B {MARKER}")) == ["GET", "GET", "PATCH"]
    assert asked(lambda: write(driver.repository, 1, MARKER, f"B {MARKER}")) == ["GET", "GET"]
