"""The conformance suite's way to the pretend GitHub: over HTTP, each person with their own token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import requests
from flask import Flask, request

from app.events import CloseReason, IssueKind, Person, Repository, Role
from app.sandbox.forge import SandboxForge
from app.sandbox.http import LocalServer
from tests.forges.driver import Fault, Sent

FULL_NAME = "acme/storefront"
SECRET = "It's a secret — really"


class GitHubDriver:
    """One private repository, its bot with the role Write, and a webhook that a listener writes down."""

    def __init__(self, sandbox: SandboxForge, listener: Listener) -> None:
        self.sandbox, self._listener = sandbox, listener
        self.secret, self.token, self.api_url = SECRET, "token-of-closeout-bot", sandbox.url
        self._session = requests.Session()
        self._session.trust_env = False
        self._owner = self.add_person("olga", "none")
        repository = sandbox.add_repository(FULL_NAME)
        self.repository = Repository(id=str(repository.id), full_name=FULL_NAME)
        sandbox.set_role(FULL_NAME, "olga", "admin")
        self.bot = self.add_person("closeout-bot", "write")
        config = {"url": listener.url, "content_type": "json", "secret": SECRET}
        self.ask("POST", "/hooks", self._owner, name="web", config=config, events=["*"])

    def add_person(self, login: str, role: Role) -> Person:
        user = self.sandbox.add_user(login, f"token-of-{login}")
        if role != "none":
            self.sandbox.set_role(FULL_NAME, login, role)
        return Person(id=str(user.id), login=login)

    def open_issue(self, title: str, labels: Sequence[str], by: Person, kind: IssueKind = "issue") -> int:
        if kind == "pull_request":
            number, carried = self.sandbox.open_pull_request(FULL_NAME, title, by.login), set()
        else:
            made = self.ask("POST", "/issues", by, title=title, labels=list(labels))
            number, carried = int(made["number"]), {one["name"] for one in made["labels"]}
        # GitHub drops labels in silence when the author may not set them.
        missing = [label for label in labels if label not in carried]
        if missing:
            self.ask("POST", f"/issues/{number}/labels", self._owner, labels=missing)
        return number

    def label(self, number: int, label: str, by: Person) -> None:
        self.ask("POST", f"/issues/{number}/labels", by, labels=[label])

    def unlabel(self, number: int, label: str, by: Person) -> None:
        self.ask("DELETE", f"/issues/{number}/labels/{quote(label, safe='')}", by)

    def close(self, number: int, by: Person, reason: CloseReason = "completed") -> None:
        self.ask("PATCH", f"/issues/{number}", by, state="closed", state_reason=reason)

    def reopen(self, number: int, by: Person) -> None:
        self.ask("PATCH", f"/issues/{number}", by, state="open")

    def delete(self, number: int) -> None:
        self.sandbox.delete_issue(FULL_NAME, number)

    def comment(self, number: int, by: Person, text: str) -> None:
        self.ask("POST", f"/issues/{number}/comments", by, body=text)

    def comments(self, number: int) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for page in range(1, 100):
            path = f"/issues/{number}/comments?per_page=100&page={page}"
            entries = self.ask("GET", path, self._owner)
            found += [(one["user"]["login"], one["body"]) for one in entries]
            if len(entries) < 100:
                break
        return found

    def sent(self) -> list[Sent]:
        self.sandbox.wait_until_sent()
        return list(self._listener.received)

    def fail_next(self, fault: Fault, times: int = 1, method: str = "") -> None:
        self.sandbox.fail_next(fault, times, method)

    def requests(self) -> list[tuple[str, str]]:
        return self.sandbox.requests()

    def ask(self, method: str, path: str, by: Person, **content: Any) -> Any:
        """One request about the repository, with that person's token. Raises requests.HTTPError."""
        response = self._session.request(
            method,
            f"{self.sandbox.url}/repos/{FULL_NAME}{path}",
            json=content or None,
            headers={"Authorization": f"Bearer token-of-{by.login}"},
            timeout=10,
        )
        response.raise_for_status()
        return response.json()


class Listener:
    """Where the webhooks go: it writes them down as they came."""

    def __init__(self) -> None:
        self.received: list[Sent] = []
        app = Flask("listener")
        app.add_url_rule("/", view_func=self._take, methods=["POST"])
        self.server = LocalServer(app)
        self.url = self.server.url

    def _take(self) -> tuple[str, int]:
        self.received.append(Sent(dict(request.headers.items()), request.get_data()))
        return "", 202


@contextmanager
def github_driver() -> Iterator[GitHubDriver]:
    """A driver over servers that end with the block."""
    listener = Listener()
    with listener.server, SandboxForge() as sandbox:
        yield GitHubDriver(sandbox, listener)
