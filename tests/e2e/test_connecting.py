"""A forge is connected, changed and disconnected beside a server that keeps running."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.db import Database
from app.inbox.queries import list_deliveries
from app.sandbox.server import ServerProcess, free_port
from app.settings import for_child
from tests.connections.desk import PRESENT, Desk, pretend
from tests.fakes.door import serving

PATIENCE_S = 30


class Running:
    """A real server and the real command line; the forge's webhooks go to the server."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.log = folder / "server.log"
        self.server = ServerProcess({}, self.log, port=free_port())
        self.forges = serving(pretend(kind))
        url = f"sqlite:///{folder / 'closeout.db'}"
        self.desk = Desk(kind, next(self.forges), url, folder, self.server.url)
        environment = {**self.desk.environment, "CLOSEOUT_PLATFORM_SECRET": "whsec_" + "c2VjcmV0" * 4}
        self.environment = {**environment, "CLOSEOUT_SWEEP_S": "0"}
        self.server = ServerProcess(self.environment, self.log, port=self.server.port)
        self.outputs: list[str] = []

    def cli(self, *arguments: str) -> str:
        """Run `closeout KIND …` as a process of its own."""
        done = self.process(*arguments).communicate(timeout=PATIENCE_S)
        self.outputs += done
        return "".join(done)

    def process(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "app", self.desk.kind, *arguments],
            env={**os.environ, **for_child(self.environment)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )

    def deliveries(self) -> list[dict[str, Any]]:
        db = Database(self.desk.environment["CLOSEOUT_DATABASE_URL"])
        try:
            return list_deliveries(db)
        finally:
            db.close()

    def until(self, found: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not found():
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.05)

    def everything_printed(self) -> str:
        return "".join(self.outputs) + self.log.read_text()


def _running(kind: str, folder: Path) -> Iterator[Running]:
    one = Running(kind, folder)
    one.desk.write_file(api_url=one.desk.forge.api_url)
    try:
        with one.server:
            yield one
    finally:
        one.desk.db.close()
        next(one.forges, None)


@pytest.fixture(params=["gitlab", "gitea"])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    yield from _running(request.param, tmp_path)


@pytest.fixture
def at_gitlab(tmp_path: Path) -> Iterator[Running]:
    yield from _running("gitlab", tmp_path)


def test_a_connection_works_is_rotated_and_ends_without_a_restart(running: Running) -> None:
    desk, forge = running.desk, running.desk.forge
    dana = forge.add_person("dana", "write")
    forge.open_issue("Before anything", [], dana)
    secrets = {desk.forge.token}

    told = running.cli(*desk.connecting())
    assert f"{PRESENT}: a test delivery arrived and was taken" in told, told + running.log.read_text()[-2000:]
    secrets.add(desk.secret())
    forge.open_issue("After connect", ["milestone:one"], dana)
    assert desk.webhook.answers[-1] == 202

    assert "has the new secret" in running.cli("rotate")
    secrets.add(desk.secret())
    assert desk.forge_secret(desk.webhook) == desk.secret()
    forge.open_issue("After rotate", ["milestone:one"], dana)
    assert desk.webhook.answers[-1] == 202
    assert "no longer" in running.cli("rotate", "--finish")

    webhook = desk.webhook
    assert "is deleted" in running.cli("disconnect", "--yes")
    assert desk.webhooks() == []
    # A copy of the webhook that somebody kept, with the right secret, is refused once the secret is gone.
    forge.webhooks.registered[webhook.id] = webhook
    count = [0]

    def is_refused() -> bool:
        count[0] += 1
        forge.open_issue(f"After disconnect {count[0]}", [], dana)
        return webhook.answers[-1] in {401, 404}

    running.until(is_refused)
    assert len(secrets) == 3
    printed = running.everything_printed()
    assert not [secret for secret in secrets if secret in printed]
    kept = [path for path in running.log.parent.iterdir() if path.name != "token"]
    assert not [path for path in kept if any(secret.encode() in path.read_bytes() for secret in secrets)]
    assert not [row for row in running.deliveries() if any(secret in json.dumps(row) for secret in secrets)]


def test_a_connect_that_is_killed_while_the_forge_makes_the_webhook_is_finished_by_the_next(
    at_gitlab: Running,
) -> None:
    running, desk = at_gitlab, at_gitlab.desk
    killed: list[subprocess.Popen[str]] = []

    def kill(method: str, _path: str) -> None:
        if method == "POST" and killed and killed[0].poll() is None:
            killed[0].kill()
            killed[0].wait()

    desk.forge.on_request = kill
    killed.append(running.process(*desk.connecting()))
    assert killed[0].wait(PATIENCE_S) == -9
    running.until(lambda: len(desk.webhooks()) == 1)
    secret, made = desk.secret(), desk.webhook.id
    assert desk.book() == []
    killed.clear()
    assert f"webhook {made} was mended" in running.cli(*desk.connecting())
    assert (desk.secret(), desk.webhook.id) == (secret, made)
    assert desk.forge_secret(desk.webhook) == secret
    dana = desk.forge.add_person("dana", "write")
    desk.forge.open_issue("Work", ["milestone:one"], dana)
    assert desk.webhook.answers[-1] == 202
