"""The worked example's world: a pretend forge with the repository and its people, and a pretend platform.

Every name, token and secret here is public by purpose: it is play money on this machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from github import Auth, Github
from github.Repository import Repository

from app.events import Role
from app.sandbox.forge import SandboxForge
from app.sandbox.platform import SANDBOX_SECRET, SandboxPlatform

REPOSITORY = "acme/storefront"
EXAMPLE = next(
    path
    for path in (
        Path(__file__).parents[2] / "config" / "closeout.yml",  # a checkout
        Path(__file__).with_name("closeout.yml"),  # an installed package
    )
    if path.exists()
)
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
class World:
    """The two counterparts, started together. Ports 0 pick free ones."""

    forge: SandboxForge
    platform: SandboxPlatform

    @staticmethod
    def create(
        *,
        forge_port: int = 0,
        platform_port: int = 0,
        pay_after_s: float | None = None,
        journal_path: Path | None = None,
    ) -> World:
        """Make the world; it answers after `start`. `pay_after_s` None: invoices are paid when told."""
        forge = SandboxForge(forge_port, takes_local_hooks=True)
        for login, (token, _) in PEOPLE.items():
            forge.add_user(login, token)
        forge.add_repository(REPOSITORY)
        for login, (_, role) in PEOPLE.items():
            forge.set_role(REPOSITORY, login, role)
        return World(
            forge, SandboxPlatform(platform_port, pay_after_s=pay_after_s, journal_path=journal_path)
        )

    def start(self) -> World:
        self.forge.start()
        self.platform.start()
        return self

    def stop(self) -> None:
        self.platform.stop()
        self.forge.stop()

    def __enter__(self) -> World:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

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
        """What `closeout serve` needs to live in this world with the worked example's file."""
        return {
            "CLOSEOUT_CONFIG": str(config),
            "CLOSEOUT_DATABASE_URL": database_url,
            "CLOSEOUT_GITHUB_API_URL": self.forge.url,
            "CLOSEOUT_GITHUB_TOKEN": PEOPLE[BOT][0],
            "CLOSEOUT_GITHUB_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "CLOSEOUT_PLATFORM_URL": self.platform.events_url,
            "CLOSEOUT_PLATFORM_SECRET": SANDBOX_SECRET,
        }
