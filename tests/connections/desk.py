"""An operator's desk with a pretend forge on the other side, and somebody who listens to its webhooks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from app.cli import closeout
from app.connections import kept
from app.connections.hookbook import HookBook, OurHook
from app.connections.kept import Kept
from app.db import Database
from app.errors import CloseoutError
from app.sandbox.http import LocalServer
from app.settings import Settings
from app.vault.store import Vault
from tests.fakes.gitea import PretendGitea
from tests.fakes.gitlab import PretendGitLab
from tests.fakes.webhooks import Webhook
from tests.forges.driver import Sent

PRESENT = "acme/storefront"
OPTIONS = {"gitlab": "--project", "gitea": "--repository", "forgejo": "--repository"}
CANARY = "glpat-canary-of-the-bot-0123456789"

Pretend = PretendGitLab | PretendGitea


def pretend(kind: str) -> Pretend:
    """A pretend forge whose token would be seen anywhere."""
    forge: Pretend = (
        PretendGitLab("unused") if kind == "gitlab" else PretendGitea("unused", kind == "forgejo")
    )
    forge.token = CANARY
    return forge


def waits_of(monkeypatch: pytest.MonkeyPatch, signs_with: Callable[[], str]) -> list[tuple[float, str]]:
    """From now on: (seconds, what the forge signs with then) of each wait for running servers, not waited."""
    waits: list[tuple[float, str]] = []
    monkeypatch.setattr(kept, "TAKEN_UP_S", 4.0)
    clock = SimpleNamespace(sleep=lambda seconds: waits.append((seconds, signs_with())))
    monkeypatch.setattr(kept, "time", clock)
    return waits


class Listener:
    """Where the webhooks lead: keeps what came, and answers with `status`."""

    def __init__(self) -> None:
        self.heard: list[Sent] = []
        self.status = "202 Accepted"
        self.server = LocalServer(self._answer)

    def _answer(self, environ: Any, start_response: Any) -> list[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        names = {key: value for key, value in environ.items() if key.startswith("HTTP_")}
        headers = {name[5:].lower().replace("_", "-"): value for name, value in names.items()}
        headers["content-type"] = environ.get("CONTENT_TYPE", "")
        self.heard.append(Sent(headers, environ["wsgi.input"].read(length)))
        start_response(self.status, [("Content-Length", "0")])
        return []


class Desk:
    """`call` types a command; the forge is the one that is connected."""

    def __init__(self, kind: str, forge: Pretend, url: str, folder: Path, public_url: str) -> None:
        self.kind, self.forge, self.folder, self.public_url = kind, forge, folder, public_url
        self.environment = {
            "CLOSEOUT_DATABASE_URL": url,
            "CLOSEOUT_CONFIG": str(folder / "closeout.yml"),
            "CLOSEOUT_KEY_FILE": str(folder / "closeout.key"),
        }
        self.db = Database(url)
        self.outputs: list[str] = []
        self.give_token(forge.token)

    def give_token(self, token: str) -> None:
        """The file that --token-file names."""
        (self.folder / "token").write_text(f"{token}\n", encoding="utf-8")

    def call(self, *arguments: str, given: str | None = None) -> Result:
        """Type `closeout KIND …`; `given` is standard input."""
        result = CliRunner(env=self.environment).invoke(closeout, [self.kind, *arguments], input=given)
        self.outputs.append(result.output + str(result.exception or ""))
        return result

    def said(self, *arguments: str) -> str:
        """What a command that works prints."""
        result = self.call(*arguments)
        assert result.exit_code == 0, result.output + repr(result.exception)
        return result.output

    def refused(self, *arguments: str, given: str | None = None) -> str:
        """The words of a refusal."""
        result = self.call(*arguments, given=given)
        assert isinstance(result.exception, CloseoutError), result.output + repr(result.exception)
        return str(result.exception)

    def connecting(self, *more: str, full_names: tuple[str, ...] = (PRESENT,)) -> tuple[str, ...]:
        """The arguments of a usual `connect`."""
        named = [word for name in full_names for word in (OPTIONS[self.kind], name)]
        usual = ("--token-file", str(self.folder / "token"), "--public-url", self.public_url)
        return ("connect", self.forge.api_url, *named, *usual, *more)

    def connect(self, *more: str, full_names: tuple[str, ...] = (PRESENT,)) -> str:
        return self.said(*self.connecting(*more, full_names=full_names))

    def write_file(
        self, *, api_url: str = "", name: str = "", repositories: tuple[str, ...] = (PRESENT,)
    ) -> None:
        """A contract file that uses the connection."""
        name = name or self.kind
        entry = {"name": name, "forge": self.kind} | ({"api_url": api_url} if api_url else {})
        contract = {
            "id": "con_1",
            "title": "Storefront",
            "client": {"name": "Acme Corp", "email": "ap@acme.example"},
            "currency": "usd",
            "total": "1000.00",
            "gateway": "platform",
            "repositories": [f"{name}:{each}" for each in repositories],
            "payout": {"auto_clear": True, "to": [{"account": "acc_one", "share": "100%"}]},
            "milestones": [{"label": "milestone:one", "title": "All of it", "share": "100%"}],
        }
        file = {
            "version": 1,
            "seller": {"name": "Northwind Studio", "email": "billing@northwind.example"},
            "connections": [entry],
            "gateways": [{"name": "platform", "kind": "http", "url": "https://pay.example/events"}],
            "contracts": [contract],
        }
        (self.folder / "closeout.yml").write_text(yaml.safe_dump(file), encoding="utf-8")

    @property
    def settings(self) -> Settings:
        return Settings.load(self.environment)

    def kept(self, name: str = "") -> Kept:
        return Kept(self.settings, Vault(self.db, self.settings), name or self.kind)

    def vault(self) -> dict[str, str]:
        """What the vault holds."""
        return Vault(self.db, self.settings).values()

    def secret(self) -> str:
        return self.vault()[f"{self.kind.upper()}_WEBHOOK_SECRET"]

    def book(self, name: str = "") -> list[OurHook]:
        return HookBook(self.db).of(name or self.kind)

    def webhooks(self) -> list[Webhook]:
        """What is registered at the forge."""
        return list(self.forge.webhooks.registered.values())

    @property
    def webhook(self) -> Webhook:
        """The only one."""
        (found,) = self.webhooks()
        return found

    def forge_secret(self, webhook: Webhook) -> str:
        """The secret that the forge uses, of whatever kind."""
        return webhook.facts.get("signing_token") or webhook.secret

    def asked(self, method: str) -> list[str]:
        """The paths that were asked for with this method."""
        return [path for verb, path in self.forge.requests() if verb == method]


def of_gitlab(desk: Desk) -> PretendGitLab:
    assert isinstance(desk.forge, PretendGitLab)
    return desk.forge


def of_gitea(desk: Desk) -> PretendGitea:
    assert isinstance(desk.forge, PretendGitea)
    return desk.forge


def nothing_happened(desk: Desk) -> bool:
    return (desk.vault(), desk.book(), desk.webhooks()) == ({}, [], [])
