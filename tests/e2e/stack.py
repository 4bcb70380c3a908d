"""The whole product as it runs: pretend forge and platform over HTTP, and the real server as a process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
import yaml
from github.Issue import Issue

from app.db import Database
from app.inbox.queries import list_deliveries
from app.ledger.journal import verify
from app.notices.tables import comments, outbound
from app.releases.queries import list_releases
from app.sandbox.server import ServerProcess, free_port
from app.sandbox.world import WEBHOOK_SECRET, World
from tests import templates, warm

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60
FINISHED = ("handled", "ignored", "parked")
T = TypeVar("T")


class Stack:
    """One world and, while it lives, one server in it. The oracle is the platform's own journal."""

    def __init__(self, folder: Path, world: World, database_url: str, config: Path) -> None:
        self.folder, self.world, self.config, self._port = folder, world, config, free_port()
        # A test that wants sweeps says so: else what a webhook told and what a sweep found would be mixed.
        self.environment = world.environment(config, database_url) | {"CLOSEOUT_SWEEP_S": "0"}
        self.server: ServerProcess | None = None
        world.payer.call_back(self.url)
        self.owner, self.developer = world.repository("lena"), world.repository("dana")
        self.hook = self.owner.create_hook(
            "web",
            {"url": f"{self.url}/hooks/github", "content_type": "json", "secret": WEBHOOK_SECRET},
            events=["issues", "issue_comment"],
        )

    @property
    def contract_id(self) -> str:
        """The id of the example's contract."""
        return str(yaml.safe_load(self.config.read_text(encoding="utf-8"))["contracts"][0]["id"])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def serve(
        self, command: Sequence[str] = (sys.executable, "-m", "app", "serve"), **more: str
    ) -> ServerProcess:
        """Start the server (again), on the same port and database."""
        environment = {**self.environment, **more}
        self.server = ServerProcess(
            environment, self.folder / "server.log", port=self._port, command=command
        ).start()
        return self.server

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `closeout …` beside the server."""
        environment = {**os.environ, **self.environment}
        return warm.run("app", *arguments, env=environment, timeout_s=PATIENCE_S)

    @cached_property
    def db(self) -> Database:
        """The server's database, for reading beside it."""
        return Database(self.environment["CLOSEOUT_DATABASE_URL"])

    def open_issue(self, label: str, title: str = "Some work") -> Issue:
        """An issue with a label; the label is made when the repository has none of that name."""
        return self.developer.create_issue(title, labels=[label])

    def close(self, issue: Issue, reason: str = "completed", by: str = "dana") -> None:
        self.world.repository(by).get_issue(issue.number).edit(state="closed", state_reason=reason)

    def reopen(self, issue: Issue, by: str = "dana") -> None:
        self.world.repository(by).get_issue(issue.number).edit(state="open")

    def journal(self, kind: str = "") -> list[dict[str, Any]]:
        """What the platform saw and did."""
        return self.world.payer.served.journal.entries(kind)

    def until(self, what: str, found: Callable[[], T | None]) -> T:
        """Look until `found` finds something; fails with `what` and the end of the server's log."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            result = found()
            if result is not None:
                return result
            time.sleep(0.05)
        log = (self.folder / "server.log").read_text(errors="replace")
        raise AssertionError(
            f"{what} did not come within {PATIENCE_S} s; the server's log ends:\n{log[-4000:]}"
        )

    def until_state(self, index: int, state: str) -> dict[str, Any]:
        """The release of milestone `index`, once it is in `state`."""

        def found() -> dict[str, Any] | None:
            mine = [one for one in list_releases(self.db) if one["milestone_index"] == index]
            return mine[0] if mine and mine[0]["state"] == state else None

        return self.until(f"milestone {index} in state {state}", found)

    def until_quiet(self) -> list[dict[str, Any]]:
        """Every delivery, once each is finished."""
        self.world.forge.webhooks.wait_until_sent()

        def found() -> list[dict[str, Any]] | None:
            listed = list_deliveries(self.db, limit=1000)
            return listed if all(one["status"] in FINISHED for one in listed) else None

        return self.until("quiet", found)

    def until_told(self) -> None:
        """Return once every comment and event that was due is out."""

        def found() -> bool | None:
            with self.db.reading() as connection:
                waiting = [
                    connection.scalar(sa.select(sa.func.count()).where(table.c.due_at.is_not(None)))
                    for table in (comments, outbound)
                ]
            return None if any(waiting) else True

        self.until("the last notice", found)

    def own_comments(self, issue: Issue) -> list[str]:
        """The texts of Closeout's comments on an issue."""
        listed = self.owner.get_issue(issue.number).get_comments()
        return [one.body for one in listed if one.user.login == "closeout-bot"]

    def assert_paid_once(self, *indexes: int) -> None:
        """The platform opened one invoice and made one transfer per milestone, to the unit, and no others."""
        opened = Counter(entry["milestone_index"] for entry in self.journal("invoice_opened"))
        assert opened == dict.fromkeys(indexes, 1)
        money_in = sum(entry["amount_cents"] for entry in self.journal("money_in"))
        money_out = sum(entry["amount_cents"] for entry in self.journal("transfer"))
        assert money_in == money_out
        assert verify(self.db).problems == ()


@contextmanager
def stack(
    folder: Path,
    database_url: str,
    *,
    pay_after_s: float | None = 0.05,
    edit: Callable[[dict[str, Any]], None] = lambda _file: None,
    is_new: bool = False,
    kind: str = "http",
) -> Iterator[Stack]:
    """A stack in `folder`, without a server yet. `edit` changes the worked example before it is written.

    A SQLite database there is that of a server which started once, unless the machine `is_new`. `kind` is
    that of the gateway.
    """
    if not is_new and database_url == f"sqlite:///{folder / 'closeout.db'}":
        templates.begun(folder)
    with World.create(pay_after_s=pay_after_s, journal_path=folder / "journal.jsonl", kind=kind) as world:
        file = yaml.safe_load(world.payer.example.read_text(encoding="utf-8"))
        edit(file)
        config = folder / "closeout.yml"
        config.write_text(yaml.safe_dump(file, sort_keys=False), encoding="utf-8")
        one = Stack(folder, world, database_url, config)
        try:
            yield one
        finally:
            if (
                one.server is not None
                and one.server.process is not None
                and one.server.process.poll() is None
            ):
                one.server.kill()
            one.db.close()
