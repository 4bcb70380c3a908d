"""The names of the environment variables that a contract file's connections and gateways read.

Two readers of one variable would share a secret, so `agree.py` refuses names that meet here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Kind = Literal["connection", "gateway"]

PREFIX = "CLOSEOUT_"
FIXED = (
    "CONFIG",
    "DATABASE_URL",
    "WORKER_ID",
    "LOG_LEVEL",
    "STATUS_TOKEN",
    "PUBLIC_URL",
    "TRUSTED_PROXIES",
    "KEY",
    "SMTP_URL",
    "MAIL_FROM",
    "SWEEP_S",
)
SUFFIXES: dict[Kind, dict[str, Literal["secret", "shown"]]] = {
    "connection": {
        "WEBHOOK_SECRET": "secret",
        "OLD_WEBHOOK_SECRET": "secret",
        "TOKEN": "secret",
        "API_URL": "shown",
        "APP_ID": "shown",
        "PRIVATE_KEY": "secret",
        "APP_SLUG": "shown",
        "CLIENT_ID": "shown",
        "CLIENT_SECRET": "secret",
        "FORGE": "shown",
    },
    "gateway": {
        "SECRET": "secret",
        "SIGNING_SECRET": "secret",
        "WEBHOOK_ID": "shown",
        "URL": "shown",
        "TOLD_URL": "shown",
        "TOLD_KIND": "shown",
        "TOLD_ACCOUNT": "shown",
        "PRIVATE_NETWORKS": "shown",
    },
}
"""What each has, and whether that is ever to be seen again once it is stored."""
_SHOWN = tuple(f"_{suffix}" for of in SUFFIXES.values() for suffix, how in of.items() if how == "shown")


def is_secret(name: str, value: str) -> bool:
    """Whether the value of this variable is to be hidden, as is a URL with a login in it, and all unknown."""
    return "@" in value or not name.endswith(_SHOWN)


def variables(kind: Kind, name: str) -> list[str]:
    """All variables of one connection or gateway: ("gateway", "my-bank") → [CLOSEOUT_MY_BANK_SECRET, …]."""
    stem = f"{PREFIX}{name.upper().replace('-', '_')}"
    return _with_files(f"{stem}_{suffix}" for suffix in SUFFIXES[kind])


def fixed_variables() -> list[str]:
    """The variables of the process itself."""
    return _with_files(f"{PREFIX}{name}" for name in FIXED)


def _with_files(names: Iterable[str]) -> list[str]:
    return [variable for name in names for variable in (name, f"{name}_FILE")]
