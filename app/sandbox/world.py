"""The worked example's world: a pretend forge with the repository and its people, and whoever pays.

Every name, token and secret here is public by purpose: it is play money on this machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from github import Auth, Github
from github.Repository import Repository

from app.events import Role
from app.sandbox.counterparts import COUNTERPARTS, EXAMPLES, Counterpart
from app.sandbox.forge import SandboxForge
from app.sandbox.platform import SandboxPlatform
from app.sandbox.running import Running

REPOSITORY = "acme/storefront"
EXAMPLE = EXAMPLES / "closeout.yml"
"""The worked example's contract file."""
WEBHOOK_SECRET = "sandbox-webhook-secret"
PEOPLE: dict[str, tuple[str, Role]] = {
    "lena": ("sandbox-token-lena", "admin"),  # runs the agency
    "dana": ("sandbox-token-dana", "write"),  # a developer
    "closeout-bot": ("sandbox-token-bot", "write"),  # Closeout's own account
    "carl": ("sandbox-token-carl", "read"),  # the client
}
BOT = "closeout-bot"


PAGES = {
    "CLOSEOUT_PUBLIC_URL": "http://127.0.0.1:8080",
    "CLOSEOUT_STATUS_TOKEN": "sandbox-status-token",
    "CLOSEOUT_KEY": "sandbox-key-that-everybody-may-know",
}
"""What a server at its usual port needs on top for its status page and the clients' links."""


@dataclass
class World(Running):
    """The two counterparts, started together. Ports 0 pick free ones."""

    forge: SandboxForge
    payer: Counterpart

    @staticmethod
    def create(
        *,
        forge_port: int = 0,
        platform_port: int = 0,
        pay_after_s: float | None = None,
        journal_path: Path | None = None,
        kind: str = "http",
    ) -> World:
        """Make the world; it answers after `start`. `pay_after_s` None: invoices are paid when told.

        `kind` is that of the gateway, one of COUNTERPARTS.
        """
        forge = SandboxForge(forge_port, takes_local_hooks=True)
        for login, (token, _) in PEOPLE.items():
            forge.add_user(login, token)
        forge.add_repository(REPOSITORY)
        for login, (_, role) in PEOPLE.items():
            forge.set_role(REPOSITORY, login, role)
        return World(forge, COUNTERPARTS[kind](platform_port, pay_after_s, journal_path))

    @property
    def platform(self) -> SandboxPlatform:
        """The payment platform of a world with the generic gateway."""
        if not isinstance(self.payer.served, SandboxPlatform):
            raise TypeError(f"this world's gateway speaks {self.payer.speaks}")
        return self.payer.served

    def start(self) -> Self:
        self.forge.start()
        self.payer.served.start()
        return self

    def stop(self) -> None:
        self.payer.served.stop()
        self.forge.stop()

    def repository(self, login: str) -> Repository:
        """The example's repository through PyGithub, with the token of one of its people."""
        client = Github(
            auth=Auth.Token(PEOPLE[login][0]),
            base_url=self.forge.url,
            seconds_between_requests=0,
            seconds_between_writes=0,
        )
        return client.get_repo(REPOSITORY)

    def environment(self, config: Path, database_url: str) -> dict[str, str]:
        """What `closeout serve` needs to live in this world with the worked example's file for it."""
        return {
            "CLOSEOUT_CONFIG": str(config),
            "CLOSEOUT_DATABASE_URL": database_url,
            "CLOSEOUT_GITHUB_API_URL": self.forge.url,
            "CLOSEOUT_GITHUB_TOKEN": PEOPLE[BOT][0],
            "CLOSEOUT_GITHUB_WEBHOOK_SECRET": WEBHOOK_SECRET,
            **self.payer.environment(),
        }
