"""What every forge promises about our one comment, and about calls that go wrong."""

from __future__ import annotations

import time

import pytest

from app.errors import ForgeError, ForgeNotFound
from app.forges.base import Forge
from tests.forges.driver import Fault, ForgeDriver
from tests.forges.suite import LABEL, MARKER, ForgeSuite

TEXT = f"Billed 7,500.00 usd\n{MARKER}"


class WritingPromises(ForgeSuite):
    """Each test is one promise. The pretend forge's own journal and comments are the judge."""

    # Our one comment

    def test_one_comment_is_created_and_then_edited_in_place(self, driver: ForgeDriver, forge: Forge) -> None:
        number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
        created = forge.write_comment(driver.repository, number, MARKER, f"Waits for #12\n{MARKER}")
        edited = forge.write_comment(driver.repository, number, MARKER, f"Billed 7,500.00 usd\n{MARKER}")
        assert created.id == edited.id
        assert created.url.startswith("http")
        assert driver.comments(number) == [(driver.bot.login, f"Billed 7,500.00 usd\n{MARKER}")]

    def test_a_comment_that_already_reads_so_is_not_sent_again(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
        first = forge.write_comment(driver.repository, number, MARKER, f"Billed\n{MARKER}")
        before = len(driver.requests())
        assert forge.write_comment(driver.repository, number, MARKER, f"Billed\n{MARKER}") == first
        made = [method for method, path in driver.requests()[before:] if not path.endswith("/access_tokens")]
        assert set(made) == {"GET"}

    def test_two_markers_are_two_comments(self, driver: ForgeDriver, forge: Forge) -> None:
        number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
        other = MARKER.replace("3", "4")
        forge.write_comment(driver.repository, number, MARKER, f"Three {MARKER}")
        forge.write_comment(driver.repository, number, other, f"Four {other}")
        forge.write_comment(driver.repository, number, MARKER, f"Three again {MARKER}")
        assert [text for _, text in driver.comments(number)] == [f"Three again {MARKER}", f"Four {other}"]

    def test_our_marker_in_somebody_elses_comment_fools_nobody(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        mallory = driver.add_person("mallory", "write")
        number = driver.open_issue("Login", [LABEL], mallory)
        driver.comment(number, mallory, f"Billed to nobody {MARKER}")
        forge.write_comment(driver.repository, number, MARKER, f"Billed {MARKER}")
        forge.write_comment(driver.repository, number, MARKER, f"Paid {MARKER}")
        assert driver.comments(number) == [
            ("mallory", f"Billed to nobody {MARKER}"),
            (driver.bot.login, f"Paid {MARKER}"),
        ]

    def test_our_comment_is_found_behind_many_others(self, driver: ForgeDriver, forge: Forge) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [LABEL], dana)
        for i in range(105):
            driver.comment(number, dana, f"Remark {i}")
        forge.write_comment(driver.repository, number, MARKER, f"Billed {MARKER}")
        forge.write_comment(driver.repository, number, MARKER, f"Paid {MARKER}")
        ours = [text for login, text in driver.comments(number) if login == driver.bot.login]
        assert ours == [f"Paid {MARKER}"]

    def test_a_comment_on_a_deleted_issue_is_refused_for_good(
        self, driver: ForgeDriver, forge: Forge
    ) -> None:
        number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
        driver.delete(number)
        with pytest.raises(ForgeNotFound):
            forge.write_comment(driver.repository, number, MARKER, f"Billed {MARKER}")

    # What goes wrong

    @pytest.mark.parametrize("fault", ["500", "reset"])
    def test_a_read_survives_one_failure(self, driver: ForgeDriver, forge: Forge, fault: Fault) -> None:
        number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
        driver.fail_next(fault)
        assert forge.read_issue(driver.repository, number).number == number

    @pytest.mark.parametrize("fault", ["500", "reset", "rate_limited"])
    def test_a_forge_that_stays_broken_can_be_asked_again_later(
        self, driver: ForgeDriver, forge: Forge, fault: Fault
    ) -> None:
        number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
        driver.fail_next(fault, times=20)
        with pytest.raises(ForgeError) as caught:
            forge.list_issues(driver.repository, LABEL)
        assert not caught.value.permanent
        assert not isinstance(caught.value, ForgeNotFound)
        with pytest.raises(ForgeError) as caught:
            forge.read_issue(driver.repository, number)
        assert not caught.value.permanent

    def test_a_rate_limit_says_when_to_come_back(self, driver: ForgeDriver, forge: Forge) -> None:
        number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
        driver.fail_next("rate_limited", times=20)
        started = time.monotonic()
        with pytest.raises(ForgeError) as caught:
            forge.read_issue(driver.repository, number)
        assert caught.value.retry_after_s is not None
        assert 0 < caught.value.retry_after_s <= 3600
        assert time.monotonic() - started < 10

    @pytest.mark.parametrize("fault", ["500", "reset", "rate_limited"])
    def test_a_comment_that_may_have_been_written_is_not_sent_twice(
        self, driver: ForgeDriver, forge: Forge, fault: Fault
    ) -> None:
        number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
        before = len(driver.requests())
        driver.fail_next(fault, method="POST")
        with pytest.raises(ForgeError) as caught:
            forge.write_comment(driver.repository, number, MARKER, TEXT)
        assert not caught.value.permanent
        assert [method for method, _ in driver.requests()[before:] if method != "GET"] == ["POST"]
        forge.write_comment(driver.repository, number, MARKER, TEXT)
        assert driver.comments(number) == [(driver.bot.login, TEXT)]

    def test_a_wrong_token_waits_for_the_operator_and_says_so(self, driver: ForgeDriver) -> None:
        number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
        forge = self.connect(driver, token="not-the-token")
        for attempt in (
            lambda: forge.read_issue(driver.repository, number),
            lambda: forge.list_issues(driver.repository, LABEL),
            lambda: forge.write_comment(driver.repository, number, MARKER, TEXT),
        ):
            with pytest.raises(ForgeError) as caught:
                attempt()
            assert not isinstance(caught.value, ForgeNotFound)
            assert not caught.value.permanent
            assert "token" in caught.value.mend
            assert "not-the-token" not in str(caught.value)
            assert driver.token not in str(caught.value)

    def test_a_forge_that_does_not_answer_is_given_up_in_time(self, driver: ForgeDriver) -> None:
        number = driver.open_issue("Login", [LABEL], driver.add_person("dana", "write"))
        forge = self.connect(driver, timeout_s=1)
        driver.fail_next("slow", times=20)
        started = time.monotonic()
        with pytest.raises(ForgeError) as caught:
            forge.read_issue(driver.repository, number)
        assert time.monotonic() - started < 2.5
        assert not caught.value.permanent

    def test_a_forge_that_is_not_there_can_be_asked_again_later(self, driver: ForgeDriver) -> None:
        driver.api_url = "http://127.0.0.1:9"  # the discard port: nobody listens
        with pytest.raises(ForgeError) as caught:
            self.connect(driver, timeout_s=1).read_issue(driver.repository, 1)
        assert not caught.value.permanent
        assert not isinstance(caught.value, ForgeNotFound)
