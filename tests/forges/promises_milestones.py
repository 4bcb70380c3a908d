"""What every forge promises about its own milestones."""

from __future__ import annotations

import pytest

from app.errors import ForgeNotFound
from app.forges.base import Forge, ForgeParser
from tests.forges.driver import ForgeDriver
from tests.forges.promises_webhooks import parsed
from tests.forges.suite import LABEL, ForgeSuite

ODD_TITLES = ["None", "any", "#started", "1", "v1, part & 2+3", "50% done?", "Ausbau — naïve", "a/b"]


class MilestonePromises(ForgeSuite):
    """Each test is one promise."""

    def test_a_milestone_shows_its_issues_open_and_closed_and_no_pull_requests(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        dana = driver.add_person("dana", "write")
        opened, closed, former, other, bare = (
            driver.open_issue(f"Case {i}", [LABEL], dana) for i in range(5)
        )
        change = driver.open_issue("Change", [], dana, kind="pull_request")
        for number in (opened, closed, former, change):
            driver.add_to_milestone(number, "v1.0", dana)
        driver.add_to_milestone(other, "v2.0", dana)
        driver.remove_from_milestone(former, dana)
        driver.close(closed, dana)
        milestone = forge.read_milestone(driver.repository, "v1.0")
        assert (milestone.title, milestone.is_open) == ("v1.0", True)
        assert milestone.id.isdecimal()
        listed = {issue.number: issue for issue in milestone.issues}
        assert sorted(listed) == [opened, closed]
        assert bare not in listed
        assert (listed[opened].is_open, listed[closed].is_open) == (True, False)
        assert listed[closed].close_reason == "completed"
        assert {issue.milestone for issue in milestone.issues} == {"v1.0"}
        assert {issue.kind for issue in milestone.issues} == {"issue"}
        assert listed[closed].repository == driver.repository

    def test_a_closed_milestone_says_so_and_keeps_its_issues(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "maintain")
        number = driver.open_issue("Login", [], dana)
        driver.add_to_milestone(number, "v1.0", dana)
        driver.close_milestone("v1.0", dana)
        milestone = forge.read_milestone(driver.repository, "v1.0")
        assert not milestone.is_open
        assert [(issue.number, issue.is_open) for issue in milestone.issues] == [(number, True)]

    def test_a_milestone_without_issues_is_empty(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [], dana)
        driver.add_to_milestone(number, "v1.0", dana)
        driver.remove_from_milestone(number, dana)
        assert forge.read_milestone(driver.repository, "v1.0").issues == ()

    @pytest.mark.parametrize("title", ["v2.0", "V1.0", "v1", "v1.0 ", "", "None", "any"])
    def test_a_milestone_of_another_title_is_not_found(
        self, driver: ForgeDriver, forge: Forge, title: str
    ) -> None:
        dana = driver.add_person("dana", "write")
        driver.add_to_milestone(driver.open_issue("Login", [], dana), "v1.0", dana)
        with pytest.raises(ForgeNotFound) as caught:
            forge.read_milestone(driver.repository, title)
        assert caught.value.mend

    def test_a_milestone_of_any_title_shows_its_own_issues(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        driver.open_issue("Without", [], dana)
        made = {title: driver.open_issue("Login", [], dana) for title in ODD_TITLES}
        for title, number in made.items():
            driver.add_to_milestone(number, title, dana)
        for title, number in made.items():
            milestone = forge.read_milestone(driver.repository, title)
            assert [issue.number for issue in milestone.issues] == [number], title

    def test_all_pages_of_a_milestone_are_read_without_asking_for_each_issue(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        dana = driver.add_person("dana", "write")
        numbers = [driver.open_issue(f"Case {i}", [], dana) for i in range(110)]
        for number in numbers:
            driver.add_to_milestone(number, "v1.0", dana)
        before = len(driver.requests())
        milestone = forge.read_milestone(driver.repository, "v1.0")
        assert sorted(issue.number for issue in milestone.issues) == numbers
        assert len(driver.requests()) - before < 8

    def test_an_issue_names_its_milestone(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [LABEL], dana)
        assert forge.read_issue(driver.repository, number).milestone == ""
        driver.add_to_milestone(number, "v1.0", dana)
        assert forge.read_issue(driver.repository, number).milestone == "v1.0"
        assert [issue.milestone for issue in forge.list_issues(driver.repository, LABEL)] == ["v1.0"]

    # Webhooks

    def test_ways_into_and_out_of_a_milestone_are_told(
        self, driver: ForgeDriver, parser: ForgeParser
    ) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [LABEL], dana)
        driver.add_to_milestone(number, "v1.0", dana)
        added = parsed(driver, parser)[-1]
        driver.remove_from_milestone(number, dana)
        removed = parsed(driver, parser)[-1]
        assert (added.kind, removed.kind) == ("issue.milestoned", "issue.milestoned")
        assert (added.issue_number, removed.issue_number) == (number, number)
        assert added.milestone == ("v1.0" if self.names_the_milestone else "")
        assert removed.milestone in {"v1.0", ""}

    def test_the_closing_of_a_milestone_is_told_about_no_issue(
        self, driver: ForgeDriver, parser: ForgeParser
    ) -> None:
        dana = driver.add_person("dana", "maintain")
        driver.add_to_milestone(driver.open_issue("Login", [], dana), "v1.0", dana)
        before = len(driver.sent())
        driver.close_milestone("v1.0", dana)
        if not self.tells_closed_milestones:
            assert len(driver.sent()) == before
            return
        event = parsed(driver, parser)[-1]
        assert (event.kind, event.milestone) == ("milestone.closed", "v1.0")
        assert (event.issue_number, event.issue_id, event.labels) == (0, "", ())
        assert event.repository == driver.repository
