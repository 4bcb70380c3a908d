"""What every forge promises about an issue's past: who did what, and who closed it by a keyword."""

from __future__ import annotations

import pytest

from app.errors import ForgeNotFound
from app.events import HistoryEntry
from app.forges.base import Forge
from tests.forges.driver import ForgeDriver
from tests.forges.suite import LABEL, ForgeSuite


def told(history: list[HistoryEntry]) -> list[tuple[str, str, str | None]]:
    """(kind, name, who's id) of each entry."""
    return [(entry.kind, entry.name, entry.by.id if entry.by else None) for entry in history]


def last_closing(forge: Forge, driver: ForgeDriver, number: int) -> HistoryEntry:
    """The last entry, which has to be a closing."""
    entry = forge.read_history(driver.repository, number)[-1]
    assert entry.kind == "closed"
    return entry


class HistoryPromises(ForgeSuite):
    """Each test is one promise."""

    def test_the_history_tells_who_did_what_in_order(self, driver: ForgeDriver, forge: Forge) -> None:
        dana, lena = driver.add_person("dana", "write"), driver.add_person("lena", "admin")
        number = driver.open_issue("Login", [], dana)
        driver.label(number, "bug", dana)
        driver.label(number, LABEL, dana)
        driver.unlabel(number, LABEL, lena)
        driver.label(number, LABEL, lena)
        driver.close(number, dana)
        driver.reopen(number, lena)
        driver.close(number, lena)
        history = forge.read_history(driver.repository, number)
        assert told(history) == [
            ("labeled", "bug", dana.id),
            ("labeled", LABEL, dana.id),
            ("unlabeled", LABEL, lena.id),
            ("labeled", LABEL, lena.id),
            ("closed", "", dana.id),
            ("reopened", "", lena.id),
            ("closed", "", lena.id),
        ]
        times = [entry.at for entry in history]
        assert times == sorted(times)
        assert all(at.endswith("Z") for at in times)

    def test_a_history_without_events_is_empty(self, driver: ForgeDriver, forge: Forge) -> None:
        number = driver.open_issue("Login", [], driver.add_person("dana", "write"))
        assert forge.read_history(driver.repository, number) == []

    def test_comments_and_titles_are_no_part_of_the_history(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [], dana)
        driver.comment(number, dana, "Closes soon")
        assert forge.read_history(driver.repository, number) == []

    def test_a_long_history_is_read_to_its_end(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [], dana)
        for _ in range(60):
            driver.label(number, "bug", dana)
            driver.unlabel(number, "bug", dana)
        driver.close(number, dana)
        history = forge.read_history(driver.repository, number)
        assert len(history) == 121
        assert history[-1].kind == "closed"

    def test_the_history_of_a_deleted_issue_is_not_found(self, driver: ForgeDriver, forge: Forge) -> None:
        number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
        driver.delete(number)
        with pytest.raises(ForgeNotFound):
            forge.read_history(driver.repository, number)

    # Labels and milestones

    def test_a_label_in_the_history_has_the_id_of_the_label_if_any(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [], dana)
        driver.label(number, LABEL, dana)
        entry = forge.read_history(driver.repository, number)[-1]
        (label,) = forge.read_issue(driver.repository, number).labels
        assert entry.name == label.name

    def test_the_history_survives_the_renaming_of_a_label(self, driver: ForgeDriver, forge: Forge) -> None:
        """Some forges show the new name, some the one that it had then."""
        dana, lena = driver.add_person("dana", "write"), driver.add_person("lena", "admin")
        number = driver.open_issue("Login", [], dana)
        driver.label(number, "small fix", dana)
        before = forge.read_history(driver.repository, number)
        driver.rename_label("small fix", LABEL)
        driver.close(number, lena)
        after = forge.read_history(driver.repository, number)
        assert [entry.kind for entry in after] == ["labeled", "closed"]
        assert after[0].name in {"small fix", LABEL}
        assert (after[0].by, after[0].at) == (before[0].by, before[0].at)

    def test_the_history_survives_the_deletion_of_a_label(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [], dana)
        driver.label(number, "gone", dana)
        driver.label(number, LABEL, dana)
        driver.close(number, dana)
        driver.delete_label("gone")
        history = forge.read_history(driver.repository, number)
        assert [entry.name for entry in history if entry.name != "gone" and entry.name] == [LABEL]
        assert history[-1].kind == "closed"

    def test_the_ways_through_milestones_are_told(self, driver: ForgeDriver, forge: Forge) -> None:
        dana, lena = driver.add_person("dana", "write"), driver.add_person("lena", "admin")
        number = driver.open_issue("Login", [], dana)
        driver.add_to_milestone(number, "v1.0", dana)
        driver.add_to_milestone(number, "v2.0", lena)
        driver.remove_from_milestone(number, dana)
        history = forge.read_history(driver.repository, number)
        assert sorted(told(history[1:3])) == [
            ("demilestoned", "v1.0", lena.id),
            ("milestoned", "v2.0", lena.id),
        ]
        assert told([history[0], history[3]]) == [
            ("milestoned", "v1.0", dana.id),
            ("demilestoned", "v2.0", dana.id),
        ]
        assert len(history) == 4

    # Who closed it

    def test_a_closing_by_hand_is_by_nothing_else(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [LABEL], dana)
        driver.close(number, dana)
        entry = last_closing(forge, driver, number)
        assert (entry.via, entry.is_vouched) == ("", True)

    def test_a_merged_pull_request_closes_in_the_mergers_name(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        dana, lena = driver.add_person("dana", "write"), driver.add_person("lena", "admin")
        number = driver.open_issue("Login", [LABEL], dana)
        made = driver.close_by_pull_request(number, author=dana, merger=lena)
        entry = last_closing(forge, driver, number)
        assert entry.by is not None
        assert (entry.by.id, entry.is_vouched) == (lena.id, True)
        assert "request" in entry.via
        assert entry.via.endswith(str(made))

    def test_a_strangers_pull_request_closes_in_the_mergers_name(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        """It comes from a fork, by somebody without any right here."""
        mallory, lena = driver.add_person("mallory", "none"), driver.add_person("lena", "maintain")
        number = driver.open_issue("Login", [LABEL], lena)
        driver.close_by_pull_request(number, author=mallory, merger=lena)
        entry = last_closing(forge, driver, number)
        assert entry.by is not None
        assert entry.by.id == lena.id
        issue = forge.read_issue(driver.repository, number)
        assert issue.closed_by is not None
        assert issue.closed_by.id == lena.id

    def test_a_commit_closes_in_the_pushers_name_or_in_nobodys(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        """Whoever commits may write any name: what is not known must not be believed."""
        lena, mallory = driver.add_person("lena", "admin"), driver.add_person("mallory", "write")
        number = driver.open_issue("Login", [LABEL], lena)
        sha = driver.close_by_commit(number, author=lena, pusher=mallory)
        entry = last_closing(forge, driver, number)
        assert entry.via.startswith("commit ")
        assert sha.startswith(entry.via.removeprefix("commit "))
        assert len(entry.via) >= len("commit ") + 7
        is_right = entry.by is not None and entry.by.id == mallory.id
        assert is_right or not entry.is_vouched

    def test_a_closing_by_hand_after_one_by_a_keyword_is_by_hand(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        dana, lena = driver.add_person("dana", "write"), driver.add_person("lena", "admin")
        number = driver.open_issue("Login", [LABEL], dana)
        driver.close_by_pull_request(number, author=dana, merger=lena)
        driver.reopen(number, lena)
        driver.comment(number, dana, "Done now")
        driver.close_by_commit(number, author=dana, pusher=dana)
        driver.reopen(number, lena)
        for _ in range(10):
            driver.comment(number, dana, "Again")
        driver.close(number, dana)
        entry = last_closing(forge, driver, number)
        assert (entry.by, entry.is_vouched) == (dana, True)
        assert not entry.via.startswith("commit")
