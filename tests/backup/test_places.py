"""Wherever people look they read that everything is frozen, and what to do about it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from app import Closeout, create_app
from app.db import Database
from app.releases.frozen import freeze_all, thaw
from app.releases.who import Who
from app.settings import Settings
from tests.cli.prepared import CONTRACT, Desk
from tests.web.conftest import LogLines, log_lines
from tests.web.site import STATUS_TOKEN, a_site

__all__ = ["log_lines"]
WHY = "the books were restored from a backup of yesterday"
MEND = "run closeout reconcile"


@pytest.fixture
def desk(sqlite_db: Database, tmp_path: Path) -> Desk:
    """Milestone 2 is released, and everything is frozen."""
    desk = Desk(sqlite_db, tmp_path)
    desk.released()
    with sqlite_db.transaction() as connection:
        freeze_all(connection, WHY)
    return desk


def test_the_commands_say_it(desk: Desk) -> None:
    for arguments in (("releases",), ("explain", CONTRACT, "2")):
        said = " ".join(desk.said(*arguments).split())
        assert WHY in said
        assert MEND in said
    listed = desk.call("releases", "--json")
    assert json.loads(listed.stdout)[0]["state"] == "ready"
    assert MEND in listed.stderr


def test_the_page_and_the_metrics_say_it_until_it_is_lifted(desk: Desk) -> None:
    def figure() -> str:
        text = requests.get(site.url + "/metrics", timeout=20).text
        return next(line for line in text.splitlines() if line.startswith("closeout_frozen "))

    with a_site(desk.db) as site, requests.Session() as owner:
        page = owner.get(site.url, params={"token": STATUS_TOKEN}, timeout=20)
        assert WHY in page.text
        assert MEND in page.text
        assert figure() == "closeout_frozen 1.0"
        with desk.db.transaction() as connection:
            thaw(connection, Who("olga", "command line"))
        assert WHY not in owner.get(site.url, timeout=20).text
        assert figure() == "closeout_frozen 0.0"


def test_the_log_says_it_at_each_start(desk: Desk, log_lines: LogLines) -> None:
    environment = {
        "CLOSEOUT_DATABASE_URL": desk.db.url,
        "CLOSEOUT_CONFIG": str(desk.config),
        "CLOSEOUT_GITHUB_TOKEN": "token",
        "CLOSEOUT_GITHUB_WEBHOOK_SECRET": "secret",
        "CLOSEOUT_PLATFORM_SECRET": "whsec_Y2xvc2VvdXQtc2FuZGJveC1wbGF0Zm9ybS1zZWNyZXQ=",
        "CLOSEOUT_SWEEP_S": "0",
    }
    server: Closeout = create_app(Settings.load(environment))
    server.start()
    server.stop()
    assert any(line["event"] == "frozen" and WHY in line["why"] for line in log_lines())
