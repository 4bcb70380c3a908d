"""The conformance suite's way to the pretend GitHub: over HTTP, each person with their own token."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import requests
from flask import Flask, request

from app.events import CloseReason, IssueKind, Person, Repository, Role
from app.sandbox.forge import SandboxForge
from app.sandbox.http import LocalServer
from tests.forges.described import described
from tests.forges.driver import Fault, Sent

FULL_NAME = "acme/storefront"
ELSEWHERE = "acme/elsewhere"
SECRET = "It's a secret — really"


class GitHubDriver:
    """One private repository, its bot with the role Write, and a webhook that a listener writes down."""

    def __init__(self, sandbox: SandboxForge, listener: Listener) -> None:
        self.sandbox, self._listener = sandbox, listener
        self.secret, self.token, self.api_url = SECRET, "token-of-closeout-bot", sandbox.url
        self.full_name = FULL_NAME
        """Its present name."""
        self._session = requests.Session()
        self._session.trust_env = False
        self._tokens: dict[str, str] = {}
        self._owner = self.add_person("olga", "none")
        self.repository = self._make_repository()
        sandbox.set_role(FULL_NAME, "olga", "admin")
        self._hook()
        self.bot = self.add_person("closeout-bot", "write")

    def add_person(self, login: str, role: Role) -> Person:
        token = f"token-of-{login}" if f"token-of-{login}" not in self._tokens.values() else f"{login}-again"
        user = self.sandbox.add_user(login, token)
        self._tokens[str(user.id)] = token
        if role != "none":
            self.sandbox.set_role(self.full_name, login, role)
        return Person(id=str(user.id), login=login)

    def set_role(self, person: Person, role: Role) -> None:
        self.sandbox.set_role(self.full_name, person.login, role)

    def rename_person(self, person: Person, login: str) -> Person:
        self.sandbox.rename_user(person.login, login)
        return Person(id=person.id, login=login)

    # Issues

    def open_issue(self, title: str, labels: Sequence[str], by: Person, kind: IssueKind = "issue") -> int:
        if kind == "pull_request":
            number, carried = self.sandbox.open_pull_request(self.full_name, title, by.login), set()
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

    def close_by_pull_request(self, number: int, author: Person, merger: Person) -> int:
        pull = self.sandbox.open_pull_request(self.full_name, "Mend it", author.login, f"Closes #{number}")
        self.ask("PUT", f"/pulls/{pull}/merge", merger)
        return pull

    def close_by_commit(self, number: int, author: Person, pusher: Person) -> str:
        return self.push(f"Mend it, fixes #{number}", author, pusher)

    def push(self, message: str, author: Person, pusher: Person, branch: str = "main") -> str:
        """Put a commit, which names whomever its pusher likes, onto a branch; its hash."""
        named = {"name": author.login, "email": f"{author.id}+{author.login}@users.noreply.github.com"}
        content = base64.b64encode(message.encode()).decode()
        made = self.ask(
            "PUT",
            "/contents/notes.txt",
            pusher,
            message=message,
            content=content,
            author=named,
            committer=named,
            branch=branch,
        )
        return str(made["commit"]["sha"])

    def reopen(self, number: int, by: Person) -> None:
        self.ask("PATCH", f"/issues/{number}", by, state="open")

    def delete(self, number: int) -> None:
        self.sandbox.delete_issue(self.full_name, number, self._owner.login)

    def transfer_issue(self, number: int) -> None:
        if ELSEWHERE not in self.sandbox.state.repositories:
            self.sandbox.add_repository(ELSEWHERE)
            self.sandbox.set_role(ELSEWHERE, self.bot.login, "write")
        self.sandbox.transfer_issue(self.full_name, number, ELSEWHERE, self._owner.login)

    def convert_to_discussion(self, number: int) -> None:
        self.sandbox.convert_to_discussion(self.full_name, number, self._owner.login)

    def comment(self, number: int, by: Person, text: str) -> None:
        self.ask("POST", f"/issues/{number}/comments", by, body=text)

    def edit_comment(self, number: int, by: Person, text: str) -> None:
        own = [one["id"] for one in self._comments(number) if one["user"]["id"] == int(by.id)]
        self.sandbox.pass_time(1)  # GitHub tells whole seconds
        self.ask("PATCH", f"/issues/comments/{own[-1]}", by, body=text)

    def comments(self, number: int) -> list[tuple[str, str]]:
        return [(one["user"]["login"], one["body"]) for one in self._comments(number)]

    def _comments(self, number: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for page in range(1, 100):
            entries = self.ask("GET", f"/issues/{number}/comments?per_page=100&page={page}", self._owner)
            found += entries
            if len(entries) < 100:
                break
        return found

    # What is around the issues

    def add_to_milestone(self, number: int, title: str, by: Person) -> None:
        found = self._milestone(title)
        if found is None:
            found = int(self.ask("POST", "/milestones", self._owner, title=title)["number"])
        self.ask("PATCH", f"/issues/{number}", by, milestone=found)

    def remove_from_milestone(self, number: int, by: Person) -> None:
        self.ask("PATCH", f"/issues/{number}", by, milestone=None)

    def close_milestone(self, title: str, by: Person) -> None:
        self.ask("PATCH", f"/milestones/{self._milestone(title)}", by, state="closed")

    def _milestone(self, title: str) -> int | None:
        listed = self.ask("GET", "/milestones?state=all&per_page=100", self._owner)
        return next((one["number"] for one in listed if one["title"] == title), None)

    def rename_label(self, old: str, new: str) -> None:
        self.ask("PATCH", f"/labels/{quote(old, safe='')}", self._owner, new_name=new)

    def delete_label(self, name: str) -> None:
        self.ask("DELETE", f"/labels/{quote(name, safe='')}", self._owner)

    def rename_repository(self, full_name: str) -> None:
        self.ask("PATCH", "", self._owner, name=full_name.partition("/")[2])
        self.full_name = full_name

    def recreate_repository(self) -> None:
        roles = self.sandbox.state.repositories[self.full_name].roles
        self.ask("DELETE", "", self._owner)
        self.full_name = FULL_NAME
        self._make_repository()
        for login, role in roles.items():
            self.sandbox.set_role(FULL_NAME, login, role)
        self._hook()

    def _make_repository(self) -> Repository:
        return Repository(id=str(self.sandbox.add_repository(FULL_NAME).id), full_name=FULL_NAME)

    def _hook(self) -> None:
        config = {"url": self._listener.url, "content_type": "json", "secret": SECRET}
        self.ask("POST", "/hooks", self._owner, name="web", config=config, events=["*"])

    # The machine room

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
            f"{self.sandbox.url}/repos/{self.full_name}{path}",
            json=content or None,
            headers={"Authorization": f"Bearer {self._tokens.get(by.id, f'token-of-{by.login}')}"},
            timeout=10,
        )
        response.raise_for_status()
        return response.json() if response.content else None


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
    """A driver over servers that end with the block; all that passed must fit GitHub's description."""
    listener = Listener()
    with listener.server, SandboxForge() as sandbox, described(sandbox):
        yield GitHubDriver(sandbox, listener)
