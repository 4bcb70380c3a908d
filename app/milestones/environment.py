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
SUFFIXES: dict[Kind, tuple[str, ...]] = {
    "connection": (
        "WEBHOOK_SECRET",
        "OLD_WEBHOOK_SECRET",
        "TOKEN",
        "API_URL",
        "APP_ID",
        "PRIVATE_KEY",
        "APP_SLUG",
        "CLIENT_ID",
        "CLIENT_SECRET",
        "FORGE",
    ),
    "gateway": ("SECRET", "URL", "TOLD_URL"),
}


def variables(kind: Kind, name: str) -> list[str]:
    """All variables of one connection or gateway: ("gateway", "my-bank") → [CLOSEOUT_MY_BANK_SECRET, …]."""
    stem = f"{PREFIX}{name.upper().replace('-', '_')}"
    return _with_files(f"{stem}_{suffix}" for suffix in SUFFIXES[kind])


def fixed_variables() -> list[str]:
    """The variables of the process itself."""
    return _with_files(f"{PREFIX}{name}" for name in FIXED)


def _with_files(names: Iterable[str]) -> list[str]:
    return [variable for name in names for variable in (name, f"{name}_FILE")]
