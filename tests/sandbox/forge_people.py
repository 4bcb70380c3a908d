"""The pretend GitHub with one repository and a person of each role, as raw PyGithub sees it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, request
from github import Auth, Github
from github.Repository import Repository

from app.events import Role
from app.sandbox.forge import SandboxForge
from app.sandbox.http import LocalServer
from tests.forges.described import described
from tests.forges.driver import Sent

STOREFRONT = "acme/storefront"
PEOPLE: dict[str, Role] = {
    "olga": "admin",
    "dana": "write",
    "tara": "triage",
    "carl": "read",
    "mallory": "none",
}


@contextmanager
def peopled_sandbox() -> Iterator[SandboxForge]:
    """A running sandbox; everybody's token is token-of-<login>."""
    with SandboxForge() as sandbox, described(sandbox):
        sandbox.add_repository(STOREFRONT)
        for login, role in PEOPLE.items():
            sandbox.add_user(login, f"token-of-{login}")
            sandbox.set_role(STOREFRONT, login, role)
        yield sandbox


def client(sandbox: SandboxForge, login: str) -> Github:
    """PyGithub with that person's token."""
    return Github(
        auth=Auth.Token(f"token-of-{login}"),
        base_url=sandbox.url,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )


def as_(sandbox: SandboxForge, login: str) -> Repository:
    """The repository as that person finds it."""
    return client(sandbox, login).get_repo(STOREFRONT)


class Receiver:
    """Takes webhooks, and answers each with the next of `answers`, else 202."""

    def __init__(self) -> None:
        self.taken: list[Sent] = []
        self.answers: list[int] = []
        app = Flask("receiver")
        app.add_url_rule("/hooks/github", view_func=self._take, methods=["POST"])
        self.server = LocalServer(app)
        self.url = f"{self.server.url}/hooks/github"

    def _take(self) -> tuple[str, int]:
        self.taken.append(Sent(dict(request.headers.items()), request.get_data()))
        return "seen", self.answers.pop(0) if self.answers else 202
