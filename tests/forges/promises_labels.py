"""What every forge promises about the labels of a repository: making them, and mending how they look."""

from __future__ import annotations

import pytest

from app.errors import ForgeError, ForgeNotFound
from app.events import Label
from app.forges.base import Forge
from tests.forges.driver import Fault, ForgeDriver
from tests.forges.suite import LABEL, ForgeSuite

WANTED = Label("", LABEL, "1d76db", "Milestone 3 of 4: Testing and Integration (Alpha storefront)")


class LabelPromises(ForgeSuite):
    """Each test is one promise."""

    def test_a_label_is_made_as_it_was_asked_for(self, driver: ForgeDriver, forge: Forge) -> None:
        made = forge.create_label(driver.repository, WANTED)
        assert made.id.isdecimal()
        assert _shown(made) == _shown(WANTED)
        (listed,) = forge.list_labels(driver.repository)
        assert (listed.id, _shown(listed), listed.is_shared) == (made.id, _shown(WANTED), False)

    def test_a_label_that_is_there_is_not_made_again(self, driver: ForgeDriver, forge: Forge) -> None:
        driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
        (there,) = forge.list_labels(driver.repository)
        with pytest.raises(ForgeError) as caught:
            forge.create_label(driver.repository, WANTED)
        assert caught.value.permanent
        assert LABEL in caught.value.where
        assert caught.value.mend
        (still,) = forge.list_labels(driver.repository)
        assert (still.id, _shown(still)) == (there.id, _shown(there))

    def test_a_label_is_mended_and_stays_the_same_one_on_its_issues(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        number = driver.open_issue("Login", [LABEL, "bug"], driver.add_person("dana", "write"))
        before = next(label for label in forge.list_labels(driver.repository) if label.name == LABEL)
        bug = next(label for label in forge.list_labels(driver.repository) if label.name == "bug")
        mended = forge.edit_label(
            driver.repository, Label(before.id, LABEL, WANTED.color, WANTED.description)
        )
        assert (mended.id, _shown(mended)) == (before.id, _shown(WANTED))
        on_issue = forge.read_issue(driver.repository, number).labels
        assert {label.id: label.name for label in on_issue} == {before.id: LABEL, bug.id: "bug"}
        other = next(label for label in forge.list_labels(driver.repository) if label.name == "bug")
        assert _shown(other) == _shown(bug)

    @pytest.mark.parametrize(
        "name", ["milestone: ui/ux", "50% done?", "#3 & more", "Prüfung – fertig 🎉", "a+b", "42"]
    )
    def test_any_name_can_be_made_and_mended(self, driver: ForgeDriver, forge: Forge, name: str) -> None:
        made = forge.create_label(driver.repository, Label("", name, "0e8a16", "First"))
        mended = forge.edit_label(driver.repository, Label(made.id, name, "5319e7", "Second – 🎉"))
        (listed,) = forge.list_labels(driver.repository)
        assert mended.id == made.id == listed.id
        assert _shown(listed) == (name, "5319e7", "Second – 🎉")

    def test_a_description_of_100_characters_is_kept_whole(self, driver: ForgeDriver, forge: Forge) -> None:
        made = forge.create_label(driver.repository, Label("", LABEL, "ffffff", "ü" * 100))
        assert made.description == "ü" * 100

    def test_a_label_that_is_gone_is_not_found(self, driver: ForgeDriver, forge: Forge) -> None:
        made = forge.create_label(driver.repository, WANTED)
        driver.delete_label(LABEL)
        with pytest.raises(ForgeNotFound):
            forge.edit_label(driver.repository, made)
        assert forge.list_labels(driver.repository) == []

    def test_a_bot_that_may_only_read_makes_and_mends_nothing_and_says_what_it_needs(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        made = forge.create_label(driver.repository, WANTED)
        driver.set_role(driver.bot, "read")
        for write, label in (
            (forge.create_label, Label("", "bug", "ffffff")),
            (forge.edit_label, Label(made.id, LABEL, "ffffff")),
        ):
            with pytest.raises(ForgeError, match="does not allow") as caught:
                write(driver.repository, label)
            assert not caught.value.permanent
            assert caught.value.mend
        (still,) = forge.list_labels(driver.repository)
        assert _shown(still) == _shown(WANTED)

    @pytest.mark.parametrize("fault", ["500", "reset"])
    def test_a_label_that_could_not_be_made_is_not_tried_twice(
        self, driver: ForgeDriver, forge: Forge, fault: Fault
    ) -> None:
        driver.fail_next(fault, method="POST")
        before = len(driver.requests())
        with pytest.raises(ForgeError) as caught:
            forge.create_label(driver.repository, WANTED)
        assert not caught.value.permanent
        assert [method for method, _ in driver.requests()[before:]].count("POST") == 1
        assert len(forge.list_labels(driver.repository)) <= 1

    def test_labels_are_written_under_the_repositorys_id(self, driver: ForgeDriver, forge: Forge) -> None:
        made = forge.create_label(driver.repository, WANTED)
        driver.rename_repository("acme/shop")
        assert forge.create_label(driver.repository, Label("", "bug", "ffffff")).id != made.id
        assert forge.edit_label(driver.repository, Label(made.id, LABEL, "000000")).color == "000000"

    def test_nothing_is_written_into_a_repository_made_anew(self, driver: ForgeDriver, forge: Forge) -> None:
        made = forge.create_label(driver.repository, WANTED)
        former = driver.repository
        driver.recreate_repository()
        for write, label in (
            (forge.create_label, Label("", "bug", "ffffff")),
            (forge.edit_label, made),
        ):
            with pytest.raises(self.unseen):
                write(former, label)


def _shown(label: Label) -> tuple[str, str, str]:
    return label.name, label.color, label.description
