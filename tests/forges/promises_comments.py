"""What every forge promises about the comments that people write."""

from __future__ import annotations

import pytest

from app.errors import ForgeNotFound
from app.forges.base import Forge, ForgeParser
from tests.forges.driver import ForgeDriver
from tests.forges.promises_webhooks import parsed
from tests.forges.suite import LABEL, MARKER, ForgeSuite, let_time_pass


class CommentPromises(ForgeSuite):
    """Each test is one promise."""

    def test_comments_are_told_in_order_with_their_authors(self, driver: ForgeDriver, forge: Forge) -> None:
        carl, dana = driver.add_person("carl", "read"), driver.add_person("dana", "write")
        number = driver.open_issue("Login", [LABEL], carl)
        driver.comment(number, dana, "Done — 👍")
        driver.comment(number, carl, "I accept it")
        comments = forge.list_comments(driver.repository, number)
        assert [(one.text, one.by.id if one.by else None, one.is_edited) for one in comments] == [
            ("Done — 👍", dana.id, False),
            ("I accept it", carl.id, False),
        ]
        assert all(one.id.isdecimal() for one in comments)
        times = [one.at for one in comments]
        assert times == sorted(times)
        assert all(at.endswith("Z") for at in times)

    def test_an_issue_without_comments_has_none(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [LABEL], dana)
        driver.close(number, dana)
        assert forge.list_comments(driver.repository, number) == []

    def test_an_edited_comment_is_marked(self, driver: ForgeDriver, forge: Forge) -> None:
        """Else a word of consent could be put into somebody's old remark."""
        carl, dana = driver.add_person("carl", "write"), driver.add_person("dana", "write")
        number = driver.open_issue("Login", [LABEL], carl)
        driver.comment(number, carl, "I look at it tomorrow")
        driver.comment(number, dana, "Thanks")
        let_time_pass(driver, forge, number, dana)
        driver.edit_comment(number, carl, "I accept it")
        found = {one.text: one.is_edited for one in forge.list_comments(driver.repository, number)}
        assert found["I accept it"] is True
        assert found["Thanks"] is False

    def test_many_comments_are_read_to_their_end(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [LABEL], dana)
        for i in range(110):
            driver.comment(number, dana, f"Remark {i}")
        texts = [one.text for one in forge.list_comments(driver.repository, number)]
        assert texts == [f"Remark {i}" for i in range(110)]

    def test_our_own_comment_is_told_as_ours(self, driver: ForgeDriver, forge: Forge) -> None:
        number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
        written = forge.write_comment(driver.repository, number, MARKER, f"Billed {MARKER}")
        (found,) = forge.list_comments(driver.repository, number)
        assert found.by is not None
        assert (found.id, found.by.id, found.text) == (written.id, driver.bot.id, f"Billed {MARKER}")

    def test_comments_of_a_deleted_issue_are_not_found(self, driver: ForgeDriver, forge: Forge) -> None:
        number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
        driver.delete(number)
        with pytest.raises(ForgeNotFound):
            forge.list_comments(driver.repository, number)

    def test_a_new_comment_has_one_id_everywhere(
        self, driver: ForgeDriver, forge: Forge, parser: ForgeParser
    ) -> None:
        carl = driver.add_person("carl", "read")
        number = driver.open_issue("Login", [LABEL], carl)
        driver.comment(number, carl, "I accept it")
        (listed,) = forge.list_comments(driver.repository, number)
        event = parsed(driver, parser)[-1]
        assert (event.kind, event.comment_id) == ("comment.created", listed.id)

    def test_an_edited_comment_is_not_told_as_a_new_one(
        self, driver: ForgeDriver, parser: ForgeParser
    ) -> None:
        carl = driver.add_person("carl", "write")
        number = driver.open_issue("Login", [LABEL], carl)
        driver.comment(number, carl, "Hm")
        driver.edit_comment(number, carl, "I accept it")
        comments = [event.comment for event in parsed(driver, parser) if event.kind == "comment.created"]
        assert comments == ["Hm"]
