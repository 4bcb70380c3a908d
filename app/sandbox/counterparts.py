"""The pretend counterpart of each kind of gateway, with the worked example's contract for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.sandbox.callbacks import Callbacks
from app.sandbox.journal import Journal

EXAMPLES = next(
    path
    for path in (
        Path(__file__).parents[2] / "config",  # a checkout
        Path(__file__).parent / "config",  # an installed package
    )
    if path.exists()
)


class Served(Protocol):
    """What is started and stopped, and whose journal is the truth."""

    journal: Journal

    @property
    def url(self) -> str: ...

    def start(self) -> object: ...

    def stop(self) -> None: ...


@dataclass(frozen=True)
class Counterpart:
    """A pretend counterpart that can be served.

    `speaks` is what is spoken there, in words; `gateway` its name in the contract file `example`; `secrets`
    are the gateway's values by their suffixes. Its callbacks go to `callbacks.url`; a bank calls nobody.
    """

    speaks: str
    gateway: str
    example: Path
    served: Served
    callbacks: Callbacks | None
    secrets: Mapping[str, str]

    def environment(self) -> dict[str, str]:
        """What a server needs to talk to it."""
        return {f"CLOSEOUT_{self.gateway.upper()}_{name}": value for name, value in self.secrets.items()}

    def call_back(self, closeout_url: str) -> None:
        """Send callbacks to the server at that address."""
        if self.callbacks is not None:
            self.callbacks.url = f"{closeout_url}/gateways/{self.gateway}"

    @property
    def address(self) -> str:
        """Where it is spoken to."""
        return self.secrets.get("URL", self.served.url)


Make = Callable[[int, float | None, Path | None], Counterpart]
"""Makes one, given its port, after how many seconds clients pay (None: when told), and its journal's file."""


def platform(port: int, pay_after_s: float | None, journal_path: Path | None) -> Counterpart:
    """A payment platform that speaks the gateway protocol."""
    from app.sandbox.platform import SANDBOX_SECRET, SandboxPlatform

    served = SandboxPlatform(port, pay_after_s=pay_after_s, journal_path=journal_path)
    secrets = {"URL": served.events_url, "SECRET": SANDBOX_SECRET}
    example = EXAMPLES / "closeout.yml"
    return Counterpart("the gateway protocol", "platform", example, served, served.callbacks, secrets)


def stripe(port: int, pay_after_s: float | None, journal_path: Path | None) -> Counterpart:
    """Stripe, whose payees are those of the example."""
    from app.milestones.document import load
    from app.sandbox.stripe import SANDBOX_KEY, SANDBOX_WEBHOOK_SECRET, SandboxStripe

    example = EXAMPLES / "examples" / "stripe.yml"
    served = SandboxStripe(port, pay_after_s=pay_after_s, journal_path=journal_path)
    for contract in load(example).contracts.values():
        for payee in contract.payees:
            served.add_account(payee.account)
    secrets = {"URL": served.url, "SECRET": SANDBOX_KEY, "SIGNING_SECRET": SANDBOX_WEBHOOK_SECRET}
    return Counterpart("Stripe's API", "stripe", example, served, served.events.callbacks, secrets)


def paypal(port: int, pay_after_s: float | None, journal_path: Path | None) -> Counterpart:
    """PayPal."""
    from app.sandbox.paypal import SANDBOX_CLIENT_SECRET, SANDBOX_WEBHOOK_ID, SandboxPayPal

    example = EXAMPLES / "examples" / "paypal.yml"
    served = SandboxPayPal(port, pay_after_s=pay_after_s, journal_path=journal_path)
    secrets = {"URL": served.url, "SECRET": SANDBOX_CLIENT_SECRET, "WEBHOOK_ID": SANDBOX_WEBHOOK_ID}
    return Counterpart("PayPal's API", "paypal", example, served, served.callbacks, secrets)


def bank(port: int, pay_after_s: float | None, journal_path: Path | None) -> Counterpart:
    """A bank: what goes in and out of it is carried by hand, and nobody pays by himself."""
    from app.sandbox.bank import SandboxBank

    del pay_after_s
    example = EXAMPLES / "examples" / "bank.yml"
    served = SandboxBank(port, journal_path=journal_path)
    return Counterpart("files carried by hand", "bank", example, served, None, {})


COUNTERPARTS: dict[str, Make] = {"http": platform, "stripe": stripe, "paypal": paypal, "bank": bank}
