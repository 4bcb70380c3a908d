"""The world in which a page's commands run: a folder, the counterparts, and what people do in between.

Pages name public addresses and a usual machine's folders; `names` says what stands for each of them here.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app import migrations
from app.db import Database
from app.releases.queries import list_releases
from app.sandbox.platform import SANDBOX_SECRET
from app.sandbox.server import ServerProcess, free_port
from app.sandbox.world import EXAMPLE, World
from app.settings import Settings, for_child
from app.vault.store import Vault
from tests.banking.agency import BANK_YML, agency
from tests.docs.pages import Block
from tests.e2e.stack import stack
from tests.fakes.door import serving
from tests.fakes.gitea import PretendGitea
from tests.fakes.gitlab import PretendGitLab
from tests.sandbox.app_makers import Browser, convert, manifest, query
from tests.web.setup.apps import confirm, fill_in
from tests.web.setup.conftest import Visitor
from tests.web.setup.test_contract import typed_in

PATIENCE_S = 60


@dataclass
class Scene:
    """`hands` are what people do by hand below a heading; `said` is what the last block printed."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    hands: dict[str, Callable[[], None]] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    said: str = ""
    _server: ServerProcess | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def below(self, heading: str) -> None:
        """Do what people do there."""
        if heading in self.hands:
            self.hands.pop(heading)()

    def run(self, block: Block) -> int:
        """Run the block as a person's shell would, and answer its exit status."""
        if "serves" in block.info:
            assert block.text == "closeout serve\n", f"{block}: only the server goes on"
            inside = ("env", "-C", str(self.folder), sys.executable, "-m", "app", "serve")
            environment = {"CLOSEOUT_SWEEP_S": "0", **self.environment}
            log = self.folder / "server.log"
            self._server = ServerProcess(environment, log, port=self.port, command=inside).start()
            return 0
        text = block.text
        for name, instead in self.names.items():
            text = text.replace(name, instead)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=self.folder,
            env=for_child({**self.environment, "PATH": f"{self._bin()}:{os.environ['PATH']}"}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        self.said = f"$ {text}{done.stdout}"
        return done.returncode

    def stop(self) -> None:
        if self._server is not None:
            self._server.kill()

    def _bin(self) -> Path:
        folder = self.folder / "bin"
        if not folder.exists():
            folder.mkdir()
            (folder / "closeout").write_text(f'#!/bin/sh\nexec {sys.executable} -m app "$@"\n')
            (folder / "closeout").chmod(0o755)
        return folder


@contextmanager
def start(folder: Path) -> Iterator[Scene]:
    """An empty folder, GitHub with a repository, a platform, and somebody with a browser."""
    with World.create(pay_after_s=0.05) as world:
        scene = Scene(folder)
        world.platform.callbacks.url = f"{scene.url}/gateways/platform"

        def go_through_the_setup() -> None:
            (code,) = re.findall(r"\b[A-Z2-9]{4}(?:-[A-Z2-9]{4}){2}\b", scene.said)
            person = Visitor(scene.url)
            assert person.give(code).status_code == 303
            person.tell_address()
            person.get(confirm(world, fill_in(person, world.forge.url)).removeprefix(scene.url))
            world.forge.apps.install("closeout-acme", "acme", by="lena")
            person.get("/setup/github/installed")
            events = world.platform.events_url
            person.send("/setup/gateway", name="platform", url=events, how="paste", secret=SANDBOX_SECRET)
            draft = typed_in(person.get("/setup/contract"))
            own = re.sub("Your (Agency|Client)", r"Our \1", draft).replace("@your-", "@our-")
            own = own.replace("acc_your_team", "acc_dev_team_44")
            assert person.send("/setup/contract", text=own, action="save").status_code == 303
            assert person.send("/setup/labels").status_code == 303

        def close_an_issue() -> None:
            issue = world.repository("dana").create_issue("Kickoff", labels=["milestone:kickoff"])
            issue.edit(state="closed", state_reason="completed")
            _until(f"sqlite:///{folder / 'closeout.db'}", "paid")

        scene.hands["2. Six steps in the browser"] = go_through_the_setup
        scene.hands["3. The first milestone"] = close_an_issue
        yield scene


def _until(database_url: str, state: str) -> None:
    """Return when the only release is in `state`."""
    db = Database(database_url)
    deadline = time.monotonic() + PATIENCE_S
    while [one["state"] for one in list_releases(db)] != [state]:
        assert time.monotonic() < deadline, list_releases(db)
        time.sleep(0.05)
    db.close()


@contextmanager
def github(folder: Path) -> Iterator[Scene]:
    """An App that somebody made before, with its key in a file."""
    with World.create() as world:
        browser = Browser(world.forge, "lena")
        code = query(browser.confirm(browser.propose(manifest())))["code"]
        app = convert(world.forge, code).json()
        (folder / "app.pem").write_text(app["pem"], encoding="utf-8")
        with_api = f"closeout github import --api-url {world.forge.url}"
        here = f"http://127.0.0.1:{free_port()}"  # the pretend GitHub sends nothing away from this machine
        names = {"123456": str(app["id"]), "closeout github import": with_api}
        yield Scene(folder, names=names | {"https://closeout.studio.example": here})


@contextmanager
def gitlab(folder: Path) -> Iterator[Scene]:
    """A GitLab with a project, and the token of an account there."""
    for forge in serving(PretendGitLab("unused")):
        (folder / "token").write_text(forge.token, encoding="utf-8")
        yield Scene(folder, names={"https://gitlab.com": forge.api_url, "group/name": forge.full_name})


@contextmanager
def gitea(folder: Path) -> Iterator[Scene]:
    """A Gitea with a repository, and the token of an administrator there."""
    for forge in serving(PretendGitea("unused", is_forgejo=False)):
        (folder / "token").write_text(forge.token, encoding="utf-8")
        names = {"https://gitea.studio.example": forge.api_url, "owner/name": forge.full_name}
        yield Scene(folder, names=names)


@contextmanager
def gateway(folder: Path) -> Iterator[Scene]:
    """Everything is connected but the gateway, whose secret the platform's people sent in a file."""
    with World.create() as world:
        environment = world.environment(EXAMPLE, f"sqlite:///{folder / 'closeout.db'}")
        (folder / "secret").write_text(environment.pop("CLOSEOUT_PLATFORM_SECRET"), encoding="utf-8")
        yield Scene(folder, environment)


@contextmanager
def operating(folder: Path) -> Iterator[Scene]:
    """A server at work, that has billed and paid out a milestone. A secret is in its vault."""
    with stack(folder, f"sqlite:///{folder / 'closeout.db'}", is_new=True) as one:
        migrations.upgrade(one.db)
        secret = one.environment.pop("CLOSEOUT_PLATFORM_SECRET")
        Vault(one.db, Settings.load(one.environment)).put({"PLATFORM_SECRET": secret})
        one.serve()
        one.close(one.open_issue("milestone:kickoff"))
        one.until_state(1, "disbursed")
        (folder / "backups").mkdir()
        names = {"/backups/": f"{folder}/backups/", "/tmp/drill": f"{folder}/drill"}  # noqa: S108 - the page's name
        names["/data/"] = f"{folder}/"
        yield Scene(folder, one.environment, names)


@contextmanager
def bank(folder: Path) -> Iterator[Scene]:
    """Shares wait for an order file, and the bank has a new statement; no mail server is set yet."""
    db = Database(f"sqlite:///{folder / 'closeout.db'}")
    migrations.upgrade(db)
    with agency(db) as studio:
        studio.release()
        studio.pay(750_000)
        studio.driver.import_now()
        studio.work()
        studio.pay(10_000)
        (folder / "statement.xml").write_bytes(studio.driver.statement())
        yield Scene(folder, {"CLOSEOUT_DATABASE_URL": db.url, "CLOSEOUT_CONFIG": str(BANK_YML)})


SCENES = {
    "docs/start.md": start,
    "docs/forges/github.md": github,
    "docs/forges/gitlab.md": gitlab,
    "docs/forges/gitea.md": gitea,
    "docs/gateways/http.md": gateway,
    "docs/gateways/bank.md": bank,
    "docs/operating.md": operating,
}
"""Which page's blocks run where."""
