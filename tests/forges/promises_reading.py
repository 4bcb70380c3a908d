"""What every forge promises about reading: issues, lists by label, people."""

from __future__ import annotations

import pytest

from app.errors import ForgeNotFound
from app.events import Person, Repository
from app.forges.base import Forge
from tests.forges.driver import ForgeDriver
from tests.forges.suite import LABEL, ForgeSuite

CYRILLIC_A = "\N{CYRILLIC SMALL LETTER A}"
LOOK_ALIKES = [LABEL.replace("a", CYRILLIC_A), f"{LABEL}2", f"x{LABEL}", "milestone", "milestone: uat"]


class ReadingPromises(ForgeSuite):
    """Each test is one promise."""

    # Reading issues

    def test_an_open_issue_shows_its_title_and_labels(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Checkout — naïve 🛒", [LABEL, "bug"], dana)
        issue = forge.read_issue(driver.repository, number)
        assert (issue.number, issue.title, issue.is_open) == (number, "Checkout — naïve 🛒", True)
        assert sorted(label.name for label in issue.labels) == ["bug", LABEL]
        assert issue.kind == "issue"
        assert issue.repository == driver.repository
        assert issue.id.isdecimal()
        assert issue.url.startswith("http")
        assert (issue.close_reason, issue.closed_at, issue.closed_by) == (None, None, None)

    def test_a_closed_issue_says_who_closed_it_when_and_why(self, driver: ForgeDriver, forge: Forge) -> None:
        dana, lena = driver.add_person("dana", "write"), driver.add_person("lena", "admin")
        for reason in self.close_reasons:
            number = driver.open_issue("Login", [LABEL], dana)
            driver.close(number, lena, reason)
            issue = forge.read_issue(driver.repository, number)
            assert not issue.is_open
            assert issue.close_reason == reason
            assert issue.closed_by is not None
            assert (issue.closed_by.id, issue.closed_by.login) == (lena.id, "lena")
            assert issue.closed_at is not None
            assert issue.closed_at.endswith("Z")

    def test_a_reopened_issue_is_open_without_a_closer(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [LABEL], dana)
        driver.close(number, dana)
        driver.reopen(number, dana)
        issue = forge.read_issue(driver.repository, number)
        assert issue.is_open
        assert (issue.close_reason, issue.closed_at, issue.closed_by) == (None, None, None)

    def test_an_issue_is_found_by_the_repositorys_name_alone(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [LABEL], dana)
        issue = forge.read_issue(Repository("", driver.repository.full_name), number)
        assert issue == forge.read_issue(driver.repository, number)

    def test_a_deleted_issue_is_not_found(self, driver: ForgeDriver, forge: Forge) -> None:
        number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
        driver.delete(number)
        with pytest.raises(ForgeNotFound) as caught:
            forge.read_issue(driver.repository, number)
        assert caught.value.permanent
        assert caught.value.mend

    def test_a_repository_that_is_not_there_is_not_found(self, driver: ForgeDriver, forge: Forge) -> None:
        with pytest.raises(self.unseen):
            forge.read_issue(Repository("", "acme/nowhere"), 1)

    # Listing by label

    def test_the_labels_issues_are_listed_open_and_closed(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        opened = driver.open_issue("Open", [LABEL], dana)
        closed = driver.open_issue("Closed", [LABEL, "bug"], dana)
        driver.close(closed, dana)
        former = driver.open_issue("Was in it", [LABEL], dana)
        driver.unlabel(former, LABEL, dana)
        driver.open_issue("Another", ["milestone:launch"], dana)
        driver.open_issue("None", [], dana)
        listed = {issue.number: issue for issue in forge.list_issues(driver.repository, LABEL)}
        assert sorted(listed) == [opened, closed]
        assert (listed[opened].is_open, listed[closed].is_open) == (True, False)
        assert listed[closed].close_reason == "completed"
        assert listed[closed].repository == driver.repository
        assert listed[closed].id == forge.read_issue(driver.repository, closed).id

    def test_all_pages_are_listed_without_asking_for_each_issue(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        dana = driver.add_person("dana", "write")
        numbers = [driver.open_issue(f"Case {i}", [LABEL], dana) for i in range(130)]
        before = len(driver.requests())
        listed = forge.list_issues(driver.repository, LABEL)
        assert sorted(issue.number for issue in listed) == numbers
        assert len(driver.requests()) - before < 12

    def test_a_label_that_differs_in_case_is_another_label(self, driver: ForgeDriver, forge: Forge) -> None:
        driver.open_issue("Shouted", [LABEL.upper()], driver.add_person("dana", "write"))
        assert forge.list_issues(driver.repository, LABEL) == []

    @pytest.mark.parametrize("look_alike", LOOK_ALIKES)
    def test_a_label_that_looks_alike_is_another_label(
        self, driver: ForgeDriver, forge: Forge, look_alike: str
    ) -> None:
        dana = driver.add_person("dana", "write")
        driver.open_issue("Fake", [look_alike], dana)
        real = driver.open_issue("Real", [LABEL], dana)
        assert [issue.number for issue in forge.list_issues(driver.repository, LABEL)] == [real]

    def test_a_label_with_a_comma_or_a_sign_is_one_label(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        for label in ("phase 1, part & 2+3", "50% done?"):
            number = driver.open_issue("Odd", [label], dana)
            assert [issue.number for issue in forge.list_issues(driver.repository, label)] == [number]

    def test_a_label_that_nobody_made_lists_nothing(self, driver: ForgeDriver, forge: Forge) -> None:
        driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
        assert forge.list_issues(driver.repository, "milestone:never") == []

    def test_pull_requests_are_never_listed(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        driver.open_issue("Change", [LABEL], dana, kind="pull_request")
        issue = driver.open_issue("Login", [LABEL], dana)
        assert [found.number for found in forge.list_issues(driver.repository, LABEL)] == [issue]

    # People

    def test_everybody_has_their_role(self, driver: ForgeDriver, forge: Forge) -> None:
        for role in self.roles:
            person = driver.add_person(f"person-{role}", role)
            assert forge.read_role(driver.repository, person) == role

    def test_a_stranger_has_no_role(self, driver: ForgeDriver, forge: Forge) -> None:
        assert forge.read_role(driver.repository, driver.add_person("mallory", "none")) == "none"

    def test_an_account_that_took_over_a_login_has_no_role(self, driver: ForgeDriver, forge: Forge) -> None:
        driver.add_person("dana", "admin")
        former = driver.add_person("robin", "none")
        usurped = Person(id=former.id, login="dana")
        assert forge.read_role(driver.repository, usurped) == "none"

    def test_who_labelled_is_told_in_order(self, driver: ForgeDriver, forge: Forge) -> None:
        dana, lena = driver.add_person("dana", "write"), driver.add_person("lena", "admin")
        number = driver.open_issue("Login", [], dana)
        driver.label(number, "bug", dana)
        driver.label(number, LABEL, dana)
        driver.unlabel(number, LABEL, dana)
        driver.label(number, LABEL, lena)
        labelings = [one for one in forge.read_history(driver.repository, number) if one.kind == "labeled"]
        told = [(one.name, one.by.id if one.by else None) for one in labelings]
        assert told == [("bug", dana.id), (LABEL, dana.id), (LABEL, lena.id)]
        times = [one.at for one in labelings]
        assert times == sorted(times)
        assert all(at.endswith("Z") for at in times)
