"""Where Apps are installed: read afresh when a webhook hints at it, and what that leaves out."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, cast

import pytest
import time_machine

from app.connections import installed
from app.connections.installed import PAUSE_S, Installed, gaps, unread
from app.db import Database
from app.errors import ForgeError
from app.events import Repository
from app.forges.github.apps import AppFacts, Installation
from app.forges.github.parse import GitHubParser
from app.inbox.relay import Delivery
from app.milestones.contract import RepositoryKey
from app.releases.forge_events import ForgeEvents
from tests.forges.github_app_driver import AppDriver, app_driver
from tests.forges.github_driver import FULL_NAME

KEY = RepositoryKey("github", FULL_NAME)
OTHER = RepositoryKey("github", "Acme/Other")
NO_APP = RepositoryKey("lab", "acme/storefront")


driver = pytest.fixture(app_driver, name="driver")


def told(db: Database) -> list[tuple[str, str]]:
    with db.reading() as reading:
        return [(str(gap.key), gap.what) for gap in gaps(reading, [KEY, OTHER, NO_APP])]


def test_what_an_installation_reaches_is_known_and_what_it_leaves_out_is_told(
    db: Database, driver: AppDriver
) -> None:
    apps = {"github": driver.itself}
    places = Installed(db, apps)
    assert told(db) == [], "nothing was read yet, so nothing is known"
    driver.sandbox.add_repository("acme/other")
    assert places.refresh("github") == "the App is installed nowhere"
    nowhere = "the GitHub App is not installed there"
    assert told(db) == [("github:Acme/Other", nowhere), (f"github:{FULL_NAME}", nowhere)]
    with db.reading() as reading:
        (gap, _) = gaps(reading, [KEY, OTHER])
    assert f"/apps/{driver.app.slug}/installations/new" in gap.mend
    number = driver.installation
    assert places.refresh("github") == "the App is installed on acme (2)"
    assert told(db) == []
    driver.sandbox.apps.select(number, [FULL_NAME])
    places.refresh("github")
    assert told(db) == [("github:Acme/Other", nowhere)]
    driver.sandbox.apps.suspend(number)
    assert places.refresh("github") == "the App is installed on acme (suspended)"
    assert {what for _, what in told(db)} == {"the installation of the GitHub App is suspended"}
    driver.sandbox.apps.unsuspend(number)
    driver.sandbox.apps.select(number, None)
    driver.sandbox.apps.grant(number, {"issues": "read"})
    places.refresh("github")
    assert {what for _, what in told(db)} == {
        "the installation does not allow the GitHub App to write issues"
    }


def test_an_app_that_can_not_be_read_keeps_what_was_known_and_says_so(
    sqlite_db: Database, driver: AppDriver
) -> None:
    places = Installed(sqlite_db, {"github": driver.itself})
    assert driver.installation
    places.refresh("github")
    driver.sandbox.apps.delete(driver.app.slug)
    with pytest.raises(ForgeError):
        places.refresh("github")
    with sqlite_db.reading() as reading:
        assert list(installed.problems(reading)) == ["github"]
    assert told(sqlite_db) == []


def test_a_connection_without_an_app_is_no_trouble(sqlite_db: Database) -> None:
    assert "no GitHub App" in Installed(sqlite_db, {}).refresh("lab")
    with sqlite_db.reading() as reading:
        assert installed.problems(reading) == {}


class Public:
    """An App that is installed on its owner's account and on a stranger's; `refusing` can not be read."""

    def __init__(self) -> None:
        self.refusing: dict[str, ForgeError] = {}
        self.readings = 0
        self.reached = {"acme": [Repository("10", FULL_NAME)], "aardvark": [Repository("66", "aardvark/x")]}

    def read(self) -> AppFacts:
        return AppFacts("1", "closeout", "Closeout", "https://forge.example/apps/closeout", "acme", {}, ())

    def installations(self) -> list[Installation]:
        self.readings += 1
        rights = {"issues": "write"}
        return [Installation(one, one, f"https://forge.example/{one}", rights) for one in self.reached]

    def repositories(self, installation: Installation) -> list[Repository]:
        if installation.account in self.refusing:
            raise self.refusing[installation.account]
        return self.reached[installation.account]


def refusal(status: int = 403, retry_after_s: int | None = None) -> ForgeError:
    error = ForgeError("an IP allow list keeps us out", mend="Allow us", retry_after_s=retry_after_s)
    error.status = status
    return error


def lacking(db: Database, *keys: RepositoryKey) -> list[str]:
    with db.reading() as reading:
        return [f"{gap.key}: {gap.what}" for gap in gaps(reading, keys)]


STRANGE = RepositoryKey("github", "aardvark/x")


@pytest.mark.parametrize("retry_after_s", [None, 3000], ids=["refused", "limited"])
def test_an_installation_that_can_not_be_read_hides_no_other_one(
    db: Database, retry_after_s: int | None
) -> None:
    app = Public()
    places = Installed(db, {"github": app})
    app.refusing["aardvark"] = refusal(retry_after_s=retry_after_s)
    told = places.refresh("github")
    assert told == "the App is installed on acme (1), aardvark (can not be read)"
    assert lacking(db, KEY) == [], "no contract names the stranger's"
    with db.reading() as reading:
        assert installed.problems(reading) == {}
        (one,) = unread(reading, "github")
    assert one == ("aardvark", "an IP allow list keeps us out", "https://forge.example/aardvark")
    (found,) = lacking(db, KEY, STRANGE)
    assert found.startswith("github:aardvark/x: what the GitHub App reaches there can not be read: an IP")
    app.refusing.clear()
    places.refresh("github")
    assert lacking(db, KEY, STRANGE) == []
    with db.reading() as reading:
        assert unread(reading, "github") == []


def test_what_an_installation_reached_stays_known_while_it_can_not_be_read(db: Database) -> None:
    app = Public()
    places = Installed(db, {"github": app})
    places.refresh("github")
    app.refusing["aardvark"] = refusal()
    app.reached["acme"].append(Repository("66", "acme/taken-over"))
    places.refresh("github")
    assert lacking(db, RepositoryKey("github", "acme/taken-over")) == []
    app.reached["acme"].pop()
    app.reached["acme"].append(Repository("12", "acme/other"))
    places.refresh("github")
    assert lacking(db, KEY, RepositoryKey("github", "acme/other")) == []


@pytest.mark.parametrize("everywhere", [refusal(502), ForgeError("gone")])
def test_what_would_meet_every_installation_is_a_problem_of_the_app(
    sqlite_db: Database, everywhere: ForgeError
) -> None:
    app = Public()
    places = Installed(sqlite_db, {"github": app})
    places.refresh("github")
    app.refusing["aardvark"] = everywhere
    with pytest.raises(ForgeError):
        places.refresh("github")
    with sqlite_db.reading() as reading:
        assert list(installed.problems(reading)) == ["github"]


def test_a_flood_of_webhooks_has_the_list_read_once_in_a_while(db: Database) -> None:
    app = Public()
    places = Installed(db, {"github": app})
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False) as clock:
        assert places.hear("github"), "nothing is known: it is read at once"
        clock.shift(PAUSE_S)
        app.reached["newcomer"] = []
        assert "newcomer (0)" in str(places.hear("github"))
        assert [places.hear("github") for _ in range(50)] == [None] * 50
        assert app.readings == 2
        app.reached["another"] = []
        clock.shift(PAUSE_S)
        assert "another (0)" in str(places.hear("github")), "who was told to ask again learns of it"
        assert app.readings == 3


def test_a_hint_that_comes_while_the_app_can_not_be_read_waits(sqlite_db: Database) -> None:
    app = Public()
    places = Installed(sqlite_db, {"github": app})
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False) as clock:
        app.refusing["acme"] = refusal(502)
        for _ in range(3):
            with pytest.raises(ForgeError) as caught:
                places.hear("github")
            assert not caught.value.permanent
        assert app.readings == 1
        app.refusing.clear()
        clock.shift(PAUSE_S)
        assert places.hear("github")


@pytest.mark.parametrize("fails", [False, True])
def test_a_reading_that_took_long_overwrites_no_later_one(db: Database, fails: bool) -> None:
    app = Public()
    places = Installed(db, {"github": app})
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False) as clock:

        class Slow(Public):
            def repositories(self, installation: Installation) -> list[Repository]:
                if app.readings == 0:
                    clock.shift(1)
                    del app.reached["acme"]
                    places.refresh("github")
                if fails:
                    raise refusal(502)
                return super().repositories(installation)

        with suppress(ForgeError):
            Installed(db, {"github": Slow()}).refresh("github")
    assert lacking(db, KEY) == [f"{KEY}: the GitHub App is not installed there"]
    with db.reading() as reading:
        assert installed.problems(reading) == {}


def test_what_an_unknown_connection_hints_at_is_no_trouble(sqlite_db: Database) -> None:
    assert "no GitHub App" in str(Installed(sqlite_db, {}).hear("lab"))


def test_a_webhook_about_an_app_is_looked_at_again_where_the_list_was_just_read(sqlite_db: Database) -> None:
    app = Public()
    places = Installed(sqlite_db, {"github": app})
    parsers, nobody = {"github": GitHubParser()}, cast(Any, None)
    events = ForgeEvents(sqlite_db, nobody, parsers, nobody, nobody, places.hear)
    headers, body = {"x-github-event": "installation"}, b'{"action": "created"}'
    told = [events.handle(Delivery(one, "forge", "github", str(one), headers, body)) for one in range(3)]
    assert {one.status for one in told} == {"handled"}
    assert [one.again_s for one in told] == [None, PAUSE_S, PAUSE_S]
    assert app.readings == 1
