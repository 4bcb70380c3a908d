"""What the doctor says of a GitHub App: its webhook, its rights, where it is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.db import Database
from app.doctor import examine
from app.sandbox.world import EXAMPLE
from app.settings import Settings
from tests.forges.github_app_driver import AppDriver, app_driver
from tests.forges.github_driver import FULL_NAME

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
