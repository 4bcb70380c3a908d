"""The port to a forge for connecting: whose a token is, what it may, and the webhooks of a repository.

Beside `Forge`, which works with issues. All methods raise ForgeError, whose `status` tells a refusal, and
ForgeNotFound. No forge shows a webhook's secret again, so what a webhook was given has to be remembered.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Protocol

from app.errors import ForgeError
from app.events import Repository


@dataclass(frozen=True, slots=True)
class Account:
    """Whose token it is. `server` names kind and version; `expires_on` is a date, "" where none is told.

    `lacks` says in whole sentences what the token may not, as far as the forge tells it.
    """

    login: str
    server: str
    expires_on: str = ""
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Home:
    """A repository to connect; `page` is where a person manages its webhooks.

    `lacks` says what stands in the way of reading its issues and people, `lacks_hooks` of making webhooks.
    """

    repository: Repository
    page: str
    lacks: tuple[str, ...] = ()
    lacks_hooks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook as the forge shows it. `faults` is what `mend_hook` sets right, `trouble` what it can not.

    `is_signed`: it signs with a key of its own kind, which a plain token does not replace.
    """

    id: str
    url: str
    faults: tuple[str, ...] = ()
    trouble: str = ""
    is_signed: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a test delivery, in the forge's words; `arrived` is None where it does not tell."""

    arrived: bool | None
    said: str = ""


class NoSigning(ForgeError):
    """The server took no notice of a signing key; the webhook is there and sends nothing yet."""

    permanent = True


class Setup(Protocol):
    """One token at one server."""

    def read_account(self) -> Account:
        """Whose the token is. Raises ForgeError where this is another kind of server, or no valid token."""

    def read_home(self, full_name: str) -> Home:
        """The repository of that name, and what this token lacks there."""

    def list_hooks(self, repository: Repository) -> list[Hook]:
        """Every webhook of the repository that could be ours, oldest first."""

    def new_secret(self) -> str:
        """A fresh webhook secret of the best kind that this forge knows."""

    def make_hook(self, repository: Repository, url: str, secret: str) -> Hook:
        """Create a webhook for what Closeout reads. Raises NoSigning for a secret of too new a kind."""

    def mend_hook(self, repository: Repository, hook: Hook, url: str, secret: str) -> Hook:
        """Give an existing webhook this URL, this secret, and the right subscriptions."""

    def delete_hook(self, repository: Repository, hook_id: str) -> None:
        """Delete a webhook. ForgeNotFound when it is gone already."""

    def test_hook(self, repository: Repository, hook_id: str) -> Tried:
        """Have the forge send a test delivery."""

    def last_delivery(self, repository: Repository, hook_id: str, /) -> Tried:
        """The webhook's last delivery, as far as the forge keeps a log that may be read."""

    def instructions(self, url: str) -> tuple[str, ...]:
        """What a person chooses on the forge's page for a new webhook, one line each, but the secret."""


def plain_secret() -> str:
    """A fresh secret that every forge takes."""
    return secrets.token_urlsafe(32)
