"""What the doctor says of a GitHub App: its webhook, its rights, where it is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.db import Database
from app.doctor import examine
from app.errors import ForgeError
from app.events import Repository
from app.forges.github.apps import GitHubApp, Installation
from app.sandbox.world import EXAMPLE
from app.settings import Settings
from tests.forges.github_app_driver import PERMISSIONS, AppDriver, app_driver
from tests.forges.github_driver import FULL_NAME
from tests.sandbox.app_makers import made

driver = pytest.fixture(app_driver, name="driver")


def said(driver: AppDriver, db: Database, tmp_path: Path, **changed: str) -> list[str]:
    """What is said of the App and its repository that is not as it should be."""
    settings = Settings.load(
        {
            "CLOSEOUT_CONFIG": str(EXAMPLE),
            "CLOSEOUT_DATABASE_URL": db.url,
            "CLOSEOUT_KEY_FILE": str(tmp_path / "closeout.key"),
            "CLOSEOUT_GITHUB_API_URL": driver.api_url,
            "CLOSEOUT_GITHUB_APP_ID": str(driver.app.answer["id"]),
            "CLOSEOUT_GITHUB_PRIVATE_KEY": driver.app.answer["pem"],
            "CLOSEOUT_GITHUB_WEBHOOK_SECRET": driver.app.answer["webhook_secret"],
        }
        | changed
    )
    mine = ("connection github", f"github:{FULL_NAME}")
    found = [one for one in examine(settings) if one.about in mine and one.verdict != "ok"]
    return [f"{one.verdict}: {one.said}. {one.mend}" for one in found if "label" not in one.said]


def test_an_app_that_is_nowhere_is_told_with_where_to_install_it(
    driver: AppDriver, sqlite_db: Database, tmp_path: Path
) -> None:
    found = said(driver, sqlite_db, tmp_path)
    assert any(
        one.startswith("broken: the GitHub App is not installed there") and "/installations/new" in one
        for one in found
    )


def test_an_app_that_is_well_lacks_only_its_first_webhook(
    driver: AppDriver, sqlite_db: Database, tmp_path: Path
) -> None:
    assert driver.installation
    (only,) = said(driver, sqlite_db, tmp_path)
    assert "no webhook has arrived yet" in only


def test_a_suspended_and_a_narrowed_installation_are_told(
    driver: AppDriver, sqlite_db: Database, tmp_path: Path
) -> None:
    driver.sandbox.apps.suspend(driver.installation)
    assert any("is suspended" in one for one in said(driver, sqlite_db, tmp_path))
    driver.sandbox.apps.unsuspend(driver.installation)
    driver.sandbox.apps.grant(driver.installation, {"issues": "read"})
    assert any("to write issues" in one for one in said(driver, sqlite_db, tmp_path))


@pytest.mark.parametrize(
    ("events", "missing"),
    [
        (["issues", "milestone"], "issue_comment"),
        (["label"], "issues, issue_comment, milestone"),
    ],
)
def test_an_app_that_is_not_told_of_an_event_lacks_just_that(
    driver: AppDriver, sqlite_db: Database, tmp_path: Path, events: list[str], missing: str
) -> None:
    driver.__dict__["app"] = made(driver.sandbox, default_permissions=PERMISSIONS, default_events=events)
    assert driver.installation
    found = [one for one in said(driver, sqlite_db, tmp_path) if "is not told" in one]
    page = f"{driver.sandbox.url}/apps/{driver.app.slug}"
    mend = f"Tick them under Permissions & events of {page}"
    assert found == [f"broken: the App is not told of {missing}. {mend}"]


def test_an_app_without_a_right_is_told_which_and_where_to_give_it(
    driver: AppDriver, sqlite_db: Database, tmp_path: Path
) -> None:
    reading = {"issues": "read", "metadata": "read"}
    driver.__dict__["app"] = made(driver.sandbox, default_permissions=reading)
    assert driver.installation
    found = said(driver, sqlite_db, tmp_path)
    page = f"{driver.sandbox.url}/apps/{driver.app.slug}"
    mend = f"Give it issues: write under Permissions & events of {page}"
    assert f"broken: the App may not do its work. {mend}" in found
    assert any(one.startswith("broken: the installation does not allow") for one in found)


def test_an_installation_that_can_not_be_read_is_warned_of(
    driver: AppDriver, sqlite_db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger's: what concerns our repository is well."""
    driver.add_person("aardvark", "none")
    driver.__dict__["app"] = made(driver.sandbox, default_permissions=PERMISSIONS, public=True)
    driver.sandbox.apps.install(driver.app.slug, "aardvark")
    assert driver.installation
    whole = GitHubApp.repositories

    def but_not_the_strangers(app: GitHubApp, one: Installation) -> list[Repository]:
        if one.account == "aardvark":
            refused = ForgeError("an IP allow list keeps us out")
            refused.status = 403
            raise refused
        return whole(app, one)

    monkeypatch.setattr(GitHubApp, "repositories", but_not_the_strangers)
    found = [one for one in said(driver, sqlite_db, tmp_path) if "no webhook has arrived" not in one]
    assert len(found) == 1
    told = (
        "warning: what the App reaches at aardvark can not be read: an IP allow list keeps us out. See http"
    )
    assert found[0].startswith(told)


def test_an_app_whose_webhook_goes_elsewhere_is_told(
    driver: AppDriver, sqlite_db: Database, tmp_path: Path
) -> None:
    assert driver.installation
    found = said(driver, sqlite_db, tmp_path, CLOSEOUT_PUBLIC_URL="http://127.0.0.1:9")
    assert any("the App's webhook calls" in one and "closeout github rotate" in one for one in found)


def test_a_deleted_app_and_a_wrong_key_are_told(
    driver: AppDriver, sqlite_db: Database, tmp_path: Path
) -> None:
    assert driver.installation
    driver.sandbox.apps.delete(driver.app.slug)
    assert any(one.startswith("broken: ") for one in said(driver, sqlite_db, tmp_path))
    found = said(driver, sqlite_db, tmp_path, CLOSEOUT_GITHUB_PRIVATE_KEY="-----BEGIN NONSENSE-----")
    assert any("CLOSEOUT_GITHUB_PRIVATE_KEY: this is not the private key" in one for one in found)
    assert not any("NONSENSE" in one for one in found)
