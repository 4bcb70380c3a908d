"""The web in one process and the work in others, on one PostgreSQL database."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import requests

from app.inbox.queries import list_deliveries
from app.presence import count_workers
from app.sandbox.server import ServerProcess
from app.settings import for_child
from tests.conftest import PostgresServer
from tests.e2e.stack import Stack, stack

CLOSEOUT = (sys.executable, "-m", "app")


@pytest.fixture
def one(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[Stack]:
    name = f"roles_{abs(hash(str(tmp_path)))}"
    with stack(tmp_path, postgres_server.create(name)) as running:
        yield running
    postgres_server.drop(name)


def web(one: Stack) -> ServerProcess:
    return one.serve((*CLOSEOUT, "serve", "--only", "web"))


def worker(one: Stack, name: str) -> ServerProcess:
    environment = {**one.environment, "CLOSEOUT_WORKER_ID": name}
    log, command = one.folder / f"{name}.log", (*CLOSEOUT, "work")
    return ServerProcess(environment, log, command=command, port_option="--health-port")


def metric(url: str, name: str) -> str | None:
    found = re.search(rf"^{re.escape(name)} (.*)$", requests.get(f"{url}/metrics", timeout=30).text, re.M)
    return found[1] if found else None


def test_what_the_web_stored_is_worked_on_by_the_workers_within_seconds_and_paid_once(one: Stack) -> None:
    web(one)
    with worker(one, "left"), worker(one, "right"):
        assert count_workers(one.db) == 2
        issues = [one.open_issue(label) for label in ("milestone:kickoff", "milestone:ui-prototype")]
        for issue in issues:
            one.close(issue)
        one.until_state(1, "disbursed")
        one.until_state(2, "disbursed")
        for delivery in one.until_quiet():
            received, handled = (datetime.fromisoformat(delivery[at]) for at in ("received_at", "handled_at"))
            assert (handled - received).total_seconds() < 10
        one.until_told()
        one.assert_paid_once(1, 2)
        for issue in issues:
            assert len(one.own_comments(issue)) == 1


def test_the_web_alone_takes_deliveries_says_that_nobody_works_and_loses_none(one: Stack) -> None:
    web(one)
    one.close(one.open_issue("milestone:kickoff"))
    one.world.forge.webhooks.wait_until_sent()
    answer = requests.get(f"{one.url}/readyz", timeout=30)
    assert answer.status_code == 200
    assert answer.json() == {
        "database": "ok",
        "workers": "none is running",
        "configuration": "ok",
        "vault": "ok",
    }
    assert metric(one.url, "closeout_workers") == "0.0"
    assert {x["status"] for x in list_deliveries(one.db)} == {"received"}
    one.until(
        "an age", lambda: metric(one.url, 'closeout_oldest_due_seconds{kind="deliveries"}') != "0.0" or None
    )
    assert metric(one.url, 'closeout_oldest_due_seconds{kind="mails"}') == "0.0"
    with worker(one, "late") as late:
        one.until_state(1, "disbursed")
        assert requests.get(f"{one.url}/readyz", timeout=30).json()["workers"] == "ok"
        assert metric(one.url, "closeout_workers") == "1.0"
        one.until_quiet()
        one.until_told()
        late.kill()
        one.until("the worker's absence", lambda: metric(one.url, "closeout_workers") == "0.0" or None)
    one.assert_paid_once(1)


def test_a_worker_shows_its_health_and_nothing_else(one: Stack) -> None:
    with worker(one, "healthy") as healthy:
        assert requests.get(f"{healthy.url}/healthz", timeout=30).json() == {"status": "ok"}
        states = requests.get(f"{healthy.url}/readyz", timeout=30).json()
        assert states == {"database": "ok", "engine": "ok", "configuration": "ok", "vault": "ok"}
        assert metric(healthy.url, "closeout_workers") == "1.0"
        for path in ("/", "/hooks/github", "/gateways/platform", "/static/style.css"):
            assert requests.get(healthy.url + path, timeout=30).status_code == 404
            assert requests.post(healthy.url + path, data=b"{}", timeout=30).status_code == 404


def test_a_worker_without_a_health_port_works_and_stops_with_0(one: Stack) -> None:
    with (one.folder / "quiet.log").open("wb") as log:
        process = subprocess.Popen(
            [*CLOSEOUT, "work"], env=for_child(one.environment), stdout=log, stderr=log
        )
    try:
        one.until("the worker", lambda: _some_worker(one))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()


def _some_worker(one: Stack) -> bool | None:
    """One's own look makes no tables: before the worker's start there may be nothing to read."""
    return count_workers(one.db) == 1 or None


def test_a_second_worker_under_one_id_is_refused_and_a_web_beside_it_is_not(one: Stack) -> None:
    with worker(one, "only"):
        web(one)
        done = subprocess.run(
            [*CLOSEOUT, "work"],
            env=for_child({**one.environment, "CLOSEOUT_WORKER_ID": "only"}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 1
        assert "'only'" in done.stderr
        assert "CLOSEOUT_WORKER_ID" in done.stderr


@pytest.mark.parametrize("command", [("serve", "--only", "web", "--port", "0"), ("work",)])
def test_with_sqlite_the_roles_are_not_divided(tmp_path: Path, command: tuple[str, ...]) -> None:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}", is_new=True) as one:
        done = one.cli(*command)
        assert done.returncode == 1
        assert "with SQLite one process does everything" in done.stderr
        assert "PostgreSQL" in done.stderr
        assert not (tmp_path / "closeout.db").exists()
