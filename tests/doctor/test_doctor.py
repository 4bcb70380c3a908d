"""The doctor against each broken thing that it knows, and against an installation where nothing is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import sqlalchemy as sa
from pytest_httpserver import HTTPServer as Pretender

from app.connections.troubles import note
from app.db import Database, now
from app.doctor import examine
from app.inbox.tables import deliveries
from app.releases.frozen import freeze_all
from app.sandbox.world import REPOSITORY
from app.settings import Settings
from app.vault.store import Vault
from tests.e2e.stack import Stack, stack


@dataclass
class Patient:
    """An installation with a running server; each test makes it ill in one way, by the environment or so."""

    stack: Stack

    def said(self, **changed: str) -> list[str]:
        """What is not as it should be: "verdict about: what. mend"."""
        settings = Settings.load(self.stack.environment | changed)
        found = (one for one in examine(settings) if one.verdict != "ok")
        return [f"{one.verdict} {one.about}: {one.said}. {one.mend}" for one in found]


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Patient]:
    folder = tmp_path_factory.mktemp("doctor")
    with stack(folder, f"sqlite:///{folder}/closeout.db") as one:
        one.environment["CLOSEOUT_PUBLIC_URL"] = one.url
        one.environment["CLOSEOUT_KEY_FILE"] = str(folder / "closeout.key")
        for label in ("kickoff", "ui-prototype", "uat", "launch"):
            one.owner.create_label(f"milestone:{label}", "ededed")
        one.serve()
        done = one.cli("labels", "sync")
        assert done.returncode == 0, done.stderr
        one.close(one.open_issue("milestone:kickoff"))
        one.until_state(1, "disbursed")
        one.until_quiet()
        yield Patient(one)


def test_where_nothing_is_wrong_only_the_plain_address_is_warned_of(patient: Patient) -> None:
    (only,) = patient.said()
    assert only.startswith(f"warning address: {patient.stack.url} is not encrypted")


ILL = [
    ({"CLOSEOUT_GITHUB_TOKEN": "nobody"}, f"broken github:{REPOSITORY}: GitHub does not accept our token"),
    ({"CLOSEOUT_GITHUB_WEBHOOK_SECRET": ""}, "broken connection github: CLOSEOUT_GITHUB_WEBHOOK_SECRET"),
    (
        {"CLOSEOUT_GITHUB_API_URL": "http://127.0.0.1:9"},
        f"broken github:{REPOSITORY}: GitHub can not be reached",
    ),
    (
        {"CLOSEOUT_GITHUB_OLD_WEBHOOK_SECRET": "the-secret-before"},
        "warning connection github: the webhook secret before the last rotation is still accepted",
    ),
    ({"CLOSEOUT_PLATFORM_SECRET": f"whsec_{'A' * 43}="}, "broken gateway platform: "),
    ({"CLOSEOUT_PLATFORM_URL": "http://127.0.0.1:9/events"}, "broken gateway platform: "),
    ({"CLOSEOUT_PLATFORM_SECRET": ""}, "broken gateway platform: CLOSEOUT_PLATFORM_SECRET"),
    ({"CLOSEOUT_PUBLIC_URL": ""}, "warning address: nobody said how this server is reached"),
    ({"CLOSEOUT_PUBLIC_URL": "http://127.0.0.1:9"}, "broken address: http://127.0.0.1:9 can not be reached"),
    ({"CLOSEOUT_CONFIG": "/nowhere/closeout.yml"}, "broken contract file: there is no contract file at"),
    (
        {"CLOSEOUT_DATABASE_URL": "sqlite:////nowhere/closeout.db"},
        "broken database: there is no database yet",
    ),
    (
        {"CLOSEOUT_DATABASE_URL": "postgresql://nobody:nothing@127.0.0.1:9/none"},
        "broken database: the database refused",
    ),
]


@pytest.mark.parametrize(("changed", "said"), ILL, ids=[said[:60] for _, said in ILL])
def test_each_broken_setting_is_named_with_its_mend(
    patient: Patient, changed: dict[str, str], said: str
) -> None:
    found = [one for one in patient.said(**changed) if one.startswith(said)]
    assert found, patient.said(**changed)
    assert not found[0].endswith(". "), "it says what to do"


def test_another_server_at_the_address_is_told(patient: Patient, httpserver: Pretender) -> None:
    httpserver.expect_request("/healthz").respond_with_json({"status": "fine"})
    (found,) = [one for one in patient.said(CLOSEOUT_PUBLIC_URL=httpserver.url_for("")) if "reached" in one]
    assert "something else answers there (200)" in found


def test_a_proxy_that_lets_no_webhooks_in_is_told(patient: Patient, httpserver: Pretender) -> None:
    httpserver.expect_request("/healthz").respond_with_json({"status": "ok"})
    found = patient.said(CLOSEOUT_PUBLIC_URL=httpserver.url_for("").rstrip("/"))
    assert any("the webhooks' door is not there: answered 500" in one for one in found)


class Yesterday(BaseHTTPRequestHandler):
    """A server whose clock stands."""

    def do_GET(self) -> None:
        self.send_response(404)
        self.end_headers()

    def date_time_string(self, _timestamp: float | None = None) -> str:
        return "Mon, 01 Jan 2024 00:00:00 GMT"

    def log_message(self, *_: object) -> None:
        pass


def test_a_clock_that_is_wrong_is_told(patient: Patient) -> None:
    server = HTTPServer(("127.0.0.1", 0), Yesterday)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        found = patient.said(CLOSEOUT_GITHUB_API_URL=f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert any(one.startswith("broken clock: this machine's clock is") for one in found)


def test_missing_labels_are_told_with_the_command(patient: Patient) -> None:
    label = patient.stack.owner.get_label("milestone:launch")
    label.edit("milestone:launch", "000000", description="Something else")
    (found,) = [one for one in patient.said() if "label" in one]
    assert "milestone:launch is not as it should be. closeout labels sync" in found
    assert patient.stack.cli("labels", "sync").returncode == 0


def test_the_work_that_waits_for_a_person_is_told(patient: Patient) -> None:
    db = patient.stack.db
    note(db, {f"github:{REPOSITORY}": "GitHub limits how often we may ask"})
    with db.transaction() as writing:
        writing.execute(
            sa.insert(deliveries).values(
                source="forge",
                connection="github",
                delivery_id="stuck",
                headers="{}",
                body=b"{}",
                status="parked",
                reason="unreadable",
                attempts=1,
                received_at=now(),
            )
        )
        freeze_all(writing, "an old backup was restored")
    try:
        found = "\n".join(patient.said())
    finally:
        note(db, {})
        with db.transaction() as writing:
            writing.execute(sa.text("DELETE FROM freezes"))
            writing.execute(sa.delete(deliveries).where(deliveries.c.delivery_id == "stuck"))
    assert "broken deliveries: one delivery could not be handled" in found
    assert "could not be read since" in found
    assert "closeout reconcile" in found


def test_a_contract_file_with_errors_is_told_line_by_line(patient: Patient, tmp_path: Path) -> None:
    bad = tmp_path / "closeout.yml"
    bad.write_text(patient.stack.config.read_text().replace("usd", "dollars"), encoding="utf-8")
    found = patient.said(CLOSEOUT_CONFIG=str(bad))
    assert any(one.startswith(f"broken contract file: {bad}:") for one in found)


def test_a_key_that_others_can_read_is_told(patient: Patient) -> None:
    settings = Settings.load(patient.stack.environment)
    Vault(patient.stack.db, settings).put({"SPARE_TOKEN": "x"})
    settings.key_path.chmod(0o644)
    try:
        assert any(one.startswith("broken key: others than its owner") for one in patient.said())
    finally:
        settings.key_path.chmod(0o600)


def test_a_vault_that_stays_shut_is_told(patient: Patient, tmp_path: Path) -> None:
    Vault(patient.stack.db, Settings.load(patient.stack.environment)).put({"SPARE_TOKEN": "x"})
    found = patient.said(CLOSEOUT_KEY_FILE=str(tmp_path / "another.key"))
    assert any(one.startswith("broken vault: ") and "sealed with another key" in one for one in found)


def test_databases_of_other_versions_and_without_a_server_are_told(db: Database, patient: Patient) -> None:
    quiet = {"CLOSEOUT_DATABASE_URL": db.url}
    assert any(one.startswith("warning server: no server is at work") for one in patient.said(**quiet))
    for revision, what in (
        ("0001", "is of an older version (0001"),
        ("9999", "is of a newer version (9999)"),
    ):
        with db.transaction() as writing:
            writing.execute(sa.text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
        assert any(what in one for one in patient.said(**quiet))


def test_the_command_ends_with_1_where_something_is_broken_and_shows_no_secret(patient: Patient) -> None:
    well = patient.stack.cli("doctor")
    assert (well.returncode, well.stdout.splitlines()[-1]) == (0, "Nothing is broken.")
    canary = f"whsec_{'C' * 43}="
    environment = patient.stack.environment | {"CLOSEOUT_PLATFORM_SECRET": canary}
    done = subprocess.run(
        [sys.executable, "-m", "app", "doctor", "--json"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert found["is_broken"]
    assert {"about", "verdict", "said", "mend"} == found["findings"][0].keys()
    for secret in (canary, patient.stack.environment["CLOSEOUT_GITHUB_TOKEN"]):
        assert secret not in done.stdout + done.stderr
