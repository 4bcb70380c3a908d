"""What stands in the way of a connection, before anything is stored: the token, the rights, the address."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from app.connections.addresses import doubts
from app.forges.setup import Account, Home, Setup

_TOKEN = re.compile(r"[!-~]{8,1000}", re.ASCII)
SOON_DAYS = 30
"""A token that ends within this time is warned of."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What the forge says. `problems` refuse, `no_hooks` refuse only what makes webhooks by the API."""

    account: Account
    homes: tuple[Home, ...]
    problems: tuple[str, ...]
    no_hooks: tuple[str, ...]
    warnings: tuple[str, ...]


def examine(setup: Setup, full_names: Iterable[str], public_url: str) -> Examined:
    """Ask the forge about the token and every repository. Raises ForgeError where it can not be asked."""
    account = setup.read_account()
    homes = tuple(setup.read_home(name) for name in full_names)
    refused, warned = of_token(account, datetime.now(UTC).date())
    problems = [*refused, *(_line(home, each) for home in homes for each in home.lacks)]
    no_hooks = [_line(home, each) for home in homes for each in home.lacks_hooks]
    warnings = [*warned, *doubts(public_url)]
    return Examined(account, homes, tuple(problems), tuple(no_hooks), tuple(warnings))


def is_token(text: str) -> bool:
    """Whether this can be an access token: one line of printable characters without spaces."""
    return bool(_TOKEN.fullmatch(text))


def of_token(account: Account, today: date) -> tuple[list[str], list[str]]:
    """(what refuses a token, what to warn of)."""
    problems, warnings = list(account.lacks), []
    if account.expires_on:
        left = (date.fromisoformat(account.expires_on) - today).days
        if left < 0:
            problems.append(f"the token ended on {account.expires_on}")
        elif left <= SOON_DAYS:
            days = (
                "today" if left == 0 else f"in {left} day{'s' if left > 1 else ''}, on {account.expires_on}"
            )
            warnings.append(f"the token ends {days}; from then on no issue can be read")
    return problems, warnings


def _line(home: Home, lack: str) -> str:
    return f"{home.repository.full_name}: {lack}"
