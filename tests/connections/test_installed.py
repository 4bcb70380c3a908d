"""Where Apps are installed: read afresh when a webhook hints at it, and what that leaves out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.connections import installed
from app.connections.installed import Installed, gaps
from app.db import Database
from app.errors import ForgeError
from app.milestones.contract import RepositoryKey
from app.sandbox.forge import SandboxForge
from tests.forges.github_driver import FULL_NAME, Listener
from tests.forges.test_github_as_app import AppDriver

KEY = RepositoryKey("github", FULL_NAME)
OTHER = RepositoryKey("github", "Acme/Other")
NO_APP = RepositoryKey("lab", "acme/storefront")


@pytest.fixture
def driver() -> Iterator[AppDriver]:
    listener = Listener()
    with listener.server, SandboxForge() as sandbox:
        yield AppDriver(sandbox, listener)


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
