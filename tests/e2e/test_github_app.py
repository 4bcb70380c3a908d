"""A GitHub App is taken over, works, gets another secret and is let go, beside a running server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db import Database
from app.releases.queries import list_releases
from app.sandbox.platform import SANDBOX_SECRET
from app.sandbox.server import ServerProcess, free_port
from app.sandbox.world import EXAMPLE, REPOSITORY, World
from app.settings import for_child
from tests import warm
from tests.sandbox.app_makers import OWNER, Made, made

PATIENCE_S = 30
PERMISSIONS = {"issues": "write", "metadata": "read", "pull_requests": "read"}


class Running:
    """A real server without a connection, an App at the pretend GitHub, and the command line."""

    def __init__(self, folder: Path, world: World) -> None:
        self.folder, self.world, self.log = folder, world, folder / "server.log"
        port = free_port()
        self.environment = {
            "CLOSEOUT_CONFIG": str(folder / "closeout.yml"),
            "CLOSEOUT_DATABASE_URL": f"sqlite:///{folder / 'closeout.db'}",
            "CLOSEOUT_PLATFORM_URL": world.platform.events_url,
            "CLOSEOUT_PLATFORM_SECRET": SANDBOX_SECRET,
            "CLOSEOUT_SWEEP_S": "0",
        }
        (folder / "closeout.yml").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
        self.server = ServerProcess(self.environment, self.log, port=port)
        world.platform.callbacks.url = f"{self.server.url}/gateways/platform"
        world.forge.add_user(OWNER, "token-of-the-owner")
        world.forge.set_role(REPOSITORY, OWNER, "admin")
        hook = {"url": f"{self.server.url}/hooks/github", "active": True}
        self.app: Made = made(
            world.forge, hook_attributes=hook, default_permissions=PERMISSIONS, default_events=["issues"]
        )
        self.key = folder / "app.pem"
        self.key.write_text(self.app.answer["pem"], encoding="utf-8")
        self.printed = ""

    def cli(self, *arguments: str, expected: int = 0) -> str:
        done = warm.run("app", "github", *arguments, env=for_child(self.environment), timeout_s=PATIENCE_S)
        self.printed += done.stdout + done.stderr
        assert done.returncode == expected, done.stdout + done.stderr
        return done.stdout + done.stderr

    def import_app(self, *more: str) -> str:
        number = str(self.app.answer["id"])
        place = ("--api-url", self.world.forge.url, "--public-url", self.server.url)
        return self.cli("import", "--app-id", number, "--private-key", str(self.key), *place, *more)

    def deliver(self) -> int:
        """Open an issue, and answer what the server said to its webhook."""
        self.world.repository("dana").create_issue("Some work")
        self.world.forge.wait_until_sent()
        mine = [one for one in self.world.forge.webhooks.log if one.event == "issues"]
        return mine[-1].status_code

    def until_billed(self) -> None:
        db = Database(self.environment["CLOSEOUT_DATABASE_URL"])
        deadline = time.monotonic() + PATIENCE_S
        try:
            while not any(one["state"] == "disbursed" for one in list_releases(db)):
                assert time.monotonic() < deadline, self.log.read_text()[-3000:]
                time.sleep(0.05)
        finally:
            db.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with World.create(pay_after_s=0.05) as world:
        one = Running(tmp_path, world)
        with one.server:
            yield one


def test_an_app_is_taken_over_bills_is_rotated_and_let_go_without_a_restart(running: Running) -> None:
    told = running.import_app()
    assert f"Its webhook calls {running.server.url}/hooks/github" in told
    assert "To do: the App is not told of issue_comment" in told
    assert "the App is installed nowhere" in told
    running.world.forge.apps.install(running.app.slug, "acme")
    assert running.deliver() == 202

    issue = running.world.repository("dana").create_issue("Kickoff", labels=["milestone:kickoff"])
    issue.edit(state="closed", state_reason="completed")
    running.until_billed()

    assert "signs with a new secret" in running.cli("rotate")
    assert running.deliver() == 202
    assert "no longer" in running.cli("rotate", "--finish")
    assert running.deliver() == 202

    assert "uses the connection github" in running.cli("disconnect", expected=1)
    told = running.cli("disconnect", "--yes")
    assert "CLOSEOUT_GITHUB_PRIVATE_KEY is removed" in told
    assert f"Uninstall or delete the App at GitHub: {running.world.forge.url}/apps/" in told
    deadline = time.monotonic() + PATIENCE_S
    while running.deliver() not in (401, 404):
        assert time.monotonic() < deadline
    everything = running.printed + running.log.read_text()
    secrets = [running.app.answer["webhook_secret"], *running.app.answer["pem"].splitlines()[1:-1]]
    assert not [secret for secret in secrets if secret in everything]
    assert "PRIVATE KEY-" not in everything


def test_the_same_app_again_changes_no_secret_and_another_one_is_refused(running: Running) -> None:
    running.import_app()
    hook = running.world.forge.state.apps.named(running.app.slug)
    assert hook is not None
    first = hook.hook.secret
    running.import_app()
    assert hook.hook.secret == first
    other = made(running.world.forge, name="Another App", hook_attributes={"url": "http://127.0.0.1:9/"})
    key = running.folder / "other.pem"
    key.write_text(other.answer["pem"], encoding="utf-8")
    arguments = ("import", "--app-id", str(other.answer["id"]), "--private-key", str(key))
    place = ("--api-url", running.world.forge.url)
    assert "is the GitHub App" in running.cli(*arguments, *place, expected=1)
    assert "is the connection github" in running.cli(*arguments, *place, "--replace")
    running.world.forge.apps.install(other.slug, "acme")
    assert running.deliver() == 202


def test_a_wrong_key_or_id_stores_nothing(running: Running) -> None:
    number = str(running.app.answer["id"])
    other = made(running.world.forge, name="Another App", hook_attributes={"url": "http://127.0.0.1:9/"})
    wrong = running.folder / "wrong.pem"
    for text, said in (("nonsense", "not the private key"), (other.answer["pem"], "GitHub does not accept")):
        wrong.write_text(text, encoding="utf-8")
        place = ("--api-url", running.world.forge.url, "--public-url", running.server.url)
        told = running.cli("import", "--app-id", number, "--private-key", str(wrong), *place, expected=1)
        assert said in told
    assert "Nothing of the connection github was in the vault" in running.cli("disconnect", "--yes")
