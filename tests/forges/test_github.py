"""The GitHub adapter against the pretend GitHub: every forge's promises, and things that move."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.errors import ForgeError, ForgeNotFound
from app.events import Person, Repository
from app.forges.base import Forge
from app.forges.github.client import GitHubForge
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
    return GitHubForge(driver.token, driver.api_url)


class TestGitHub(ForgeConformance):
    """GitHub's capabilities are the suite's defaults."""

    def connect(self, driver: ForgeDriver, *, token: str | None = None, timeout_s: int = 20) -> Forge:
        return GitHubForge(token or driver.token, driver.api_url, timeout_s)

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


def test_a_renamed_repository_is_found_by_its_id_under_its_new_name_and_not_by_the_old_one(
    driver: GitHubDriver, forge: GitHubForge
) -> None:
    number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
    driver.ask("PATCH", "", Person("", "olga"), name="shop")
    renamed = Repository(driver.repository.id, "acme/shop")
    assert forge.read_issue(driver.repository, number).repository == renamed
    assert [issue.repository for issue in forge.list_issues(driver.repository, LABEL)] == [renamed]
    by_old_name = Repository("", FULL_NAME)
    for ask in (
        lambda: forge.read_issue(by_old_name, number),
        lambda: forge.list_issues(by_old_name, LABEL),
        lambda: forge.write_comment(by_old_name, number, MARKER, f"Billed {MARKER}"),
    ):
        with pytest.raises(ForgeNotFound, match="present name"):
            ask()
    assert forge.write_comment(driver.repository, number, MARKER, f"Billed {MARKER}").id


def test_a_repository_made_anew_under_an_old_name_is_not_taken_for_it(
    driver: GitHubDriver, forge: GitHubForge
) -> None:
    dana = driver.add_person("dana", "write")
    number = driver.open_issue("Real", [LABEL], dana)
    driver.ask("PATCH", "", Person("", "olga"), name="shop")
    driver.sandbox.add_repository(FULL_NAME)
    driver.sandbox.set_role(FULL_NAME, "olga", "admin")
    driver.sandbox.set_role(FULL_NAME, "dana", "write")
    driver.sandbox.set_role(FULL_NAME, driver.bot.login, "write")
    assert driver.open_issue("Usurper", [LABEL], dana) == number
    assert forge.read_issue(driver.repository, number).title == "Real"
    assert [issue.title for issue in forge.list_issues(driver.repository, LABEL)] == ["Real"]


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
    forge = GitHubForge(driver.token, f"{driver.api_url}/api/v3/")
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
    assert asked(lambda: forge.list_labelings(driver.repository, 1)) == ["GET"]
    assert asked(lambda: write(driver.repository, 1, MARKER, f"A {MARKER}")) == ["GET", "POST"]
    assert asked(lambda: write(driver.repository, 1, MARKER, f"B {MARKER}")) == ["GET", "GET", "PATCH"]
    assert asked(lambda: write(driver.repository, 1, MARKER, f"B {MARKER}")) == ["GET", "GET"]
