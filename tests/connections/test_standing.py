"""What is known to be wrong with a connection stands wherever people look."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from app.connect import Connections
from app.connections.tables import app_readings
from app.connections.troubles import note
from app.db import Database, now
from app.milestones.book import Book
from app.releases.told.explained import explain
from app.sandbox.world import EXAMPLE
from app.settings import Settings
from app.vault.store import Vault
from app.web.metrics import Metrics
from app.web.pages import pages

STATUS_TOKEN = "a-status-token"
PLACE = "github:acme/storefront"


def connections(db: Database, tmp_path: Path) -> Connections:
    settings = Settings.load(
        {
            "CLOSEOUT_KEY_FILE": str(tmp_path / "closeout.key"),
            "CLOSEOUT_STATUS_TOKEN": STATUS_TOKEN,
            "CLOSEOUT_GITHUB_TOKEN": "a-token",
            "CLOSEOUT_GITHUB_WEBHOOK_SECRET": "a-secret",
        }
    )
    return Connections(settings, Vault(db, settings), Book(EXAMPLE))


def status_page(db: Database, one: Connections) -> str:
    app = pages(db, dict, lambda: one.settings, metrics=Metrics(db), standing=one.standing)
    client = app.test_client()
    client.get(f"/?token={STATUS_TOKEN}")
    return client.get("/").text


def test_a_missing_secret_is_on_the_status_page(db: Database, tmp_path: Path) -> None:
    text = status_page(db, connections(db, tmp_path))
    assert "Gateway platform" in text
    assert "CLOSEOUT_PLATFORM_SECRET" in text


def test_what_could_not_be_read_is_on_the_page_in_explain_and_in_the_metrics(
    db: Database, tmp_path: Path
) -> None:
    note(db, {PLACE: "GitHub does not accept our token"})
    one = connections(db, tmp_path)
    assert "GitHub does not accept our token" in status_page(db, one)
    told = explain(db, one.book.current, "con_7732_alpha", 1)
    assert f"{PLACE}: GitHub does not accept our token. closeout doctor" in told.notes
    assert b"closeout_connection_problems 1.0" in Metrics(db).text()
    note(db, {})
    assert "does not accept" not in status_page(db, one)
    assert explain(db, one.book.current, "con_7732_alpha", 1).notes == ()


def test_an_app_that_lost_its_installation_is_told_once_for_each_repository(
    db: Database, tmp_path: Path
) -> None:
    row = {"slug": "closeout", "url": "https://github.com/apps/closeout", "read_at": now(), "problem": ""}
    with db.transaction() as writing:
        writing.execute(sa.insert(app_readings).values(connection="github", **row))
    note(db, {PLACE: "it waits"})
    with db.reading() as reading:
        (found,) = [one for one in connections(db, tmp_path).standing(reading) if one.about == PLACE]
    assert found.said == "the GitHub App is not installed there"
    assert found.mend.endswith("https://github.com/apps/closeout/installations/new")
