"""The pretend GitHub with an App of ours, for whoever needs one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from app.events import Person
from app.forges.github.apps import GitHubApp
from app.forges.github.client import GitHubForge, by_app
from app.sandbox.forge import SandboxForge
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


def app_driver() -> Iterator[AppDriver]:
    listener = Listener()
    with listener.server, SandboxForge() as sandbox:
        sandbox.state.apps.is_local_allowed = True
        yield AppDriver(sandbox, listener)
