"""What every forge promises about names and ids: names are given away, ids are not."""

from __future__ import annotations

import pytest

from app.errors import ForgeNotFound
from app.events import Repository
from app.forges.base import Forge
from tests.forges.driver import ForgeDriver
from tests.forges.suite import LABEL, MARKER, ForgeSuite


class NamesPromises(ForgeSuite):
    """Each test is one promise."""

    # Repositories

    def test_a_repository_is_known_by_its_id_and_by_its_name(self, driver: ForgeDriver, forge: Forge) -> None:
        there = driver.repository
        assert there.id.isdecimal()
        assert forge.read_repository(there) == there
        assert forge.read_repository(Repository("", there.full_name)) == there

    def test_a_repository_that_nobody_made_is_not_known(self, forge: Forge) -> None:
        for unknown in (Repository("", "acme/nowhere"), Repository("99999999", "acme/storefront")):
            with pytest.raises(self.unseen) as caught:
                forge.read_repository(unknown)
            assert caught.value.mend

    def test_a_renamed_repository_keeps_its_id(self, driver: ForgeDriver, forge: Forge) -> None:
        """By its old name it is found under its new one, or not at all."""
        former = driver.repository
        driver.rename_repository("acme/shop")
        renamed = Repository(former.id, "acme/shop")
        assert forge.read_repository(former) == renamed
        assert forge.read_repository(Repository("", "acme/shop")) == renamed
        try:
            found = forge.read_repository(Repository("", former.full_name))
        except self.unseen:
            return
        assert found == renamed

    def test_everything_in_a_renamed_repository_is_read_by_its_id(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [LABEL], dana)
        driver.add_to_milestone(number, "v1.0", dana)
        driver.comment(number, dana, "Done")
        driver.close(number, dana)
        driver.rename_repository("acme/shop")
        former = driver.repository
        assert forge.read_issue(former, number).repository == Repository(former.id, "acme/shop")
        assert [issue.number for issue in forge.list_issues(former, LABEL)] == [number]
        assert [issue.number for issue in forge.read_milestone(former, "v1.0").issues] == [number]
        assert [issue.number for issue in forge.list_changed(former, "2020-01-01T00:00:00Z")] == [number]
        assert forge.read_history(former, number)[-1].kind == "closed"
        assert [comment.text for comment in forge.list_comments(former, number)] == ["Done"]
        assert LABEL in {label.name for label in forge.list_labels(former)}
        assert forge.read_role(former, dana) == "write"
        assert forge.write_comment(former, number, MARKER, f"Billed {MARKER}").id

    def test_a_repository_made_anew_under_the_old_name_is_another(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
        former = driver.repository
        driver.recreate_repository()
        usurper = forge.read_repository(Repository("", former.full_name))
        assert usurper.id != former.id
        assert forge.list_issues(usurper, LABEL) == []
        for ask in (
            lambda: forge.read_repository(former),
            lambda: forge.read_issue(former, number),
            lambda: forge.list_issues(former, LABEL),
            lambda: forge.list_changed(former, "2020-01-01T00:00:00Z"),
            lambda: forge.read_history(former, number),
            lambda: forge.write_comment(former, number, MARKER, MARKER),
        ):
            with pytest.raises(self.unseen):
                ask()

    def test_a_usurped_name_shows_the_usurpers_issues_by_name_and_none_by_id(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Real", [LABEL], dana)
        former = driver.repository
        driver.recreate_repository()
        assert driver.open_issue("Usurper", [LABEL], dana) == number
        assert forge.read_issue(Repository("", former.full_name), number).repository.id != former.id
        with pytest.raises(self.unseen):
            forge.read_issue(former, number)

    # Issues that left

    def test_a_transferred_issue_is_not_taken_for_done(self, driver: ForgeDriver, forge: Forge) -> None:
        number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
        if not self.transfers_issues:
            with pytest.raises(NotImplementedError):
                driver.transfer_issue(number)
            return
        driver.transfer_issue(number)
        if self.keeps_transferred_issues:
            issue = forge.read_issue(driver.repository, number)
            assert (issue.is_open, issue.close_reason) == (False, "moved")
            return
        with pytest.raises(ForgeNotFound):
            forge.read_issue(driver.repository, number)
        assert forge.list_issues(driver.repository, LABEL) == []

    def test_an_issue_that_became_a_discussion_is_not_taken_for_done(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
        if not self.converts_to_discussions:
            with pytest.raises(NotImplementedError):
                driver.convert_to_discussion(number)
            return
        driver.convert_to_discussion(number)
        with pytest.raises(ForgeNotFound):
            forge.read_issue(driver.repository, number)
        assert "issue" not in {issue.kind for issue in forge.list_issues(driver.repository, LABEL)}

    # People

    def test_a_person_is_found_by_login(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "none")
        found = forge.find_person("dana")
        assert found is not None
        assert (found.id, found.login, found.is_bot) == (dana.id, "dana", False)

    def test_a_login_is_the_same_in_capitals(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "none")
        found = forge.find_person("DANA")
        assert found is not None
        assert (found.id, found.login) == (dana.id, "dana")

    @pytest.mark.parametrize("login", ["nobody", "dan", "dana-2", "da/na?"])
    def test_a_login_that_nobody_has_finds_nobody(
        self, driver: ForgeDriver, forge: Forge, login: str
    ) -> None:
        driver.add_person("dana", "write")
        assert forge.find_person(login) is None

    def test_a_former_login_finds_nobody(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        renamed = driver.rename_person(dana, "dana-west")
        assert (renamed.id, renamed.login) == (dana.id, "dana-west")
        assert forge.find_person("dana") is None
        found = forge.find_person("dana-west")
        assert found is not None
        assert found.id == dana.id

    def test_whoever_took_over_a_login_is_another_person(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "admin")
        driver.rename_person(dana, "dana-west")
        mallory = driver.add_person("dana", "read")
        found = forge.find_person("dana")
        assert found is not None
        assert found.id == mallory.id != dana.id
        assert forge.read_role(driver.repository, found) == "read"

    def test_a_renamed_closer_is_the_same_person(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [LABEL], dana)
        driver.close(number, dana)
        driver.rename_person(dana, "dana-west")
        closer = forge.read_issue(driver.repository, number).closed_by
        assert closer is not None
        assert (closer.id, closer.login) == (dana.id, "dana-west")
        assert forge.read_role(driver.repository, closer) == "write"

    # Labels

    def test_labels_are_listed_with_the_ids_that_issues_show(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [LABEL, "bug"], dana)
        listed = forge.list_labels(driver.repository)
        assert set(forge.read_issue(driver.repository, number).labels) <= set(listed)
        assert len({label.id for label in listed}) == len(listed)
        assert all(label.id.isdecimal() for label in listed)

    def test_all_pages_of_labels_are_listed(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        names = [f"part {i:03}" for i in range(110)]
        for i in range(0, 110, 10):
            driver.open_issue(f"Case {i}", names[i : i + 10], dana)
        listed = {label.name for label in forge.list_labels(driver.repository)}
        assert set(names) <= listed

    def test_a_renamed_label_keeps_its_id_and_shows_its_new_name(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        number = driver.open_issue("Login", ["small fix"], driver.add_person("dana", "write"))
        (before,) = forge.read_issue(driver.repository, number).labels
        driver.rename_label("small fix", LABEL)
        (after,) = forge.read_issue(driver.repository, number).labels
        assert (after.id, after.name) == (before.id, LABEL)
        assert after in forge.list_labels(driver.repository)
        assert "small fix" not in {label.name for label in forge.list_labels(driver.repository)}
        assert [issue.number for issue in forge.list_issues(driver.repository, LABEL)] == [number]

    def test_a_label_made_anew_under_the_old_name_has_another_id(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [LABEL], dana)
        (before,) = forge.read_issue(driver.repository, number).labels
        driver.delete_label(LABEL)
        assert forge.read_issue(driver.repository, number).labels == ()
        driver.label(number, LABEL, dana)
        (after,) = forge.read_issue(driver.repository, number).labels
        assert after.name == LABEL
        assert after.id != before.id
