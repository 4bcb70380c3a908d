"""The pretend GitHub with an App of ours, for whoever needs one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache, cached_property

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from app.events import Person
from app.forges.github.apps import GitHubApp
from app.forges.github.client import GitHubForge, by_app
from app.sandbox.forge import SandboxForge
from app.sandbox.forge.apps import registering
from tests.forges.github_driver import GitHubDriver, Listener
from tests.sandbox.app_makers import Made, made

PERMISSIONS = {"issues": "write", "metadata": "read", "pull_requests": "read"}


class AppDriver(GitHubDriver):
    """The same repository, with an App that is installed on its account; the App's account is the bot."""

    @cached_property
    def app(self) -> Made:
        return made(self.sandbox, default_permissions=PERMISSIONS)

    @cached_property
    def installation(self) -> int:
        return int(self.sandbox.apps.install(self.app.slug, "acme").id)

    @property
    def itself(self) -> GitHubApp:
        return GitHubApp(str(self.app.answer["id"]), self.app.answer["pem"], self.api_url)

    def connect(self, timeout_s: int = 20) -> GitHubForge:
        assert self.installation
        account = self.sandbox.state.users[f"{self.app.slug}[bot]"]
        self.bot = Person(str(account.id), account.login, is_bot=True)
        return by_app(str(self.app.answer["id"]), self.app.answer["pem"], self.api_url, timeout_s)


@cache
def _key(number: int) -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def app_driver() -> Iterator[AppDriver]:
    """Each App has a key of its own; those of another test serve again, since a fresh one takes its time."""
    listener, numbers = Listener(), itertools.count()
    with listener.server, SandboxForge() as sandbox, pytest.MonkeyPatch.context() as patch:
        patch.setattr(registering, "generate_private_key", lambda *_: _key(next(numbers)))
        sandbox.state.apps.is_local_allowed = True
        yield AppDriver(sandbox, listener)
