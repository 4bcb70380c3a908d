"""What every forge promises about the list of what changed, which a sweep reads every few minutes."""

from __future__ import annotations

from app.events import Issue
from app.forges.base import Forge
from tests.forges.driver import ForgeDriver
from tests.forges.suite import LABEL, ForgeSuite, let_time_pass

CONSTANT = 3
"""Requests beside those for the pages, at most: finding the repository, and one page that is empty."""


def numbers(issues: list[Issue]) -> list[int]:
    return [issue.number for issue in issues]


class ChangesPromises(ForgeSuite):
    """Each test is one promise."""

    def test_what_changed_is_told_and_nothing_else(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        still, closed, reopened, relabelled, commented, milestoned = (
            driver.open_issue(f"Case {i}", [LABEL], dana) for i in range(6)
        )
        driver.close(reopened, dana)
        clock = driver.open_issue("Clock", [], dana)  # the last: whatever is older than its time is old
        since = let_time_pass(driver, forge, clock, dana)
        driver.close(closed, dana)
        driver.reopen(reopened, dana)
        driver.label(relabelled, "bug", dana)
        driver.comment(commented, dana, "Fine")
        driver.add_to_milestone(milestoned, "v1.0", dana)
        opened = driver.open_issue("New", [], dana)
        changed = forge.list_changed(driver.repository, since)
        expected = {clock, closed, reopened, relabelled, commented, milestoned, opened}
        assert sorted(numbers(changed)) == sorted(expected)
        assert still not in numbers(changed)
        by_number = {issue.number: issue for issue in changed}
        assert (by_number[closed].is_open, by_number[closed].close_reason) == (False, "completed")
        assert (by_number[reopened].is_open, by_number[reopened].close_reason) == (True, None)
        assert sorted(label.name for label in by_number[relabelled].labels) == ["bug", LABEL]
        assert by_number[milestoned].milestone == "v1.0"
        assert {issue.repository for issue in changed} == {driver.repository}

    def test_the_latest_change_is_told_first(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        first, second, third = (driver.open_issue(f"Case {i}", [], dana) for i in range(3))
        since = now = forge.read_issue(driver.repository, first).updated_at
        for number in (third, first, second):
            now = let_time_pass(driver, forge, number, dana, after=now)
        changed = forge.list_changed(driver.repository, since)
        assert numbers(changed) == [second, first, third]
        times = [issue.updated_at for issue in changed]
        assert times == sorted(times, reverse=True)

    def test_a_change_at_the_very_moment_is_told(self, driver: ForgeDriver, forge: Forge) -> None:
        number = driver.open_issue("Login", [], driver.add_person("dana", "write"))
        since = forge.read_issue(driver.repository, number).updated_at
        assert numbers(forge.list_changed(driver.repository, since)) == [number]

    def test_nothing_is_told_where_nothing_changed(self, driver: ForgeDriver, forge: Forge) -> None:
        driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
        assert forge.list_changed(driver.repository, "2099-01-01T00:00:00Z") == []

    def test_pull_requests_are_never_told(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [LABEL], dana)
        driver.close_by_pull_request(number, author=dana, merger=dana)
        assert numbers(forge.list_changed(driver.repository, "2020-01-01T00:00:00Z")) == [number]

    def test_what_changed_costs_a_request_for_each_page_and_no_more(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        people = [driver.add_person(f"person-{i}", "write") for i in range(12)]
        for i in range(130):
            person = people[i % len(people)]
            driver.close(driver.open_issue(f"Case {i}", [LABEL], person), person)
        before = len(driver.requests())
        changed = forge.list_changed(driver.repository, "2020-01-01T00:00:00Z")
        assert len(changed) == len({issue.number for issue in changed}) == 130
        pages = -(-130 // self.page_size)
        assert len(driver.requests()) - before <= pages + CONSTANT

    def test_what_changed_costs_the_same_however_much_did_not(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        dana = driver.add_person("dana", "write")
        for i in range(130):
            driver.open_issue(f"Case {i}", [LABEL], dana)
        clock = driver.open_issue("Clock", [], dana)
        since = let_time_pass(driver, forge, clock, dana)
        before = len(driver.requests())
        assert numbers(forge.list_changed(driver.repository, since)) == [clock]
        assert len(driver.requests()) - before <= 1 + CONSTANT
