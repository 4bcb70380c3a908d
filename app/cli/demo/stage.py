"""The demo's stage: sandbox forge, sandbox platform and the real server, each over HTTP on a free port."""

from __future__ import annotations

import secrets
import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from github.Repository import Repository

from app.cli.demo.show import Silent
from app.db import Database
from app.errors import CloseoutError
from app.milestones.contract import Contract
from app.milestones.document import load
from app.sandbox.server import ServerProcess, free_port
from app.sandbox.world import WEBHOOK_SECRET, World

PATIENCE_S = 30
T = TypeVar("T")


@dataclass
class Stage:
    """Everything that is up. `repository` answers to the developer's token, through PyGithub."""

    world: World
    server: ServerProcess
    db: Database
    contract: Contract
    owner: Repository
    repository: Repository
    status_token: str

    @staticmethod
    @contextmanager
    def set(folder: Path, port: int, narrator: Silent, gateway: str = "http") -> Iterator[Stage]:
        """Start the three servers, and stop them at the end of the block."""
        database_url = f"sqlite:///{folder / 'closeout.db'}"
        port = port or free_port()
        journal = folder / "platform-journal.jsonl"
        with World.create(pay_after_s=0.3, journal_path=journal, kind=gateway) as world:
            payer = world.payer
            contract = next(iter(load(payer.example).contracts.values()))
            narrator.opening(contract)
            payer.call_back(f"http://127.0.0.1:{port}")
            token = secrets.token_urlsafe(18)
            environment = {**world.environment(payer.example, database_url), "CLOSEOUT_STATUS_TOKEN": token}
            _write_environment(folder / "env", environment)
            with ServerProcess(environment, folder / "server.log", port=port) as server:
                narrator.servers(world.forge.url, f"{payer.address}  ({payer.speaks})", server.url)
                db = Database(database_url)
                owner, repository = world.repository("lena"), world.repository("dana")
                owner.create_hook(
                    "web",
                    {"url": f"{server.url}/hooks/github", "content_type": "json", "secret": WEBHOOK_SECRET},
                    events=["issues", "issue_comment"],
                )
                try:
                    yield Stage(world, server, db, contract, owner, repository, token)
                finally:
                    db.close()

    def until(self, what: str, found: Callable[[], T | None]) -> T:
        """Look until `found` finds something. Raises CloseoutError saying what did not come."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            result = found()
            if result is not None:
                return result
            time.sleep(0.02)
        raise CloseoutError(
            f"{what} did not come within {PATIENCE_S} s", mend="The server's log is var/demo/server.log"
        )


def _write_environment(path: Path, environment: dict[str, str]) -> None:
    """For the commands to try afterwards: `. var/demo/env`."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    path.chmod(0o600)
