"""Where a play is set: the contract that everybody signed, and the forge at which they work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from tests.fakes.door import serving
from tests.fakes.gitea import PretendGitea
from tests.fakes.gitlab import PretendGitLab
from tests.fakes.world import World
from tests.forges.driver import ForgeDriver
from tests.forges.github_driver import github_driver

W = TypeVar("W", bound=World)
LABEL = "milestone:ui"
OTHER = "milestone:uat"
CONTRACT = "con_play"
PAYEES: list[dict[str, Any]] = [
    {"account": "acc_one", "share": "60%", "users": ["penny"]},
    {"account": "acc_two", "share": "40%"},
]
PLATFORM: dict[str, Any] = {
    "name": "platform",
    "kind": "http",
    "url": "https://pay.example/events",
    "offers": ["splits", "reversal", "hosted_invoice", "holds_funds"],
}
FORGE_KINDS = ("github", "gitlab", "gitea")


def contract_file(kind: str, driver: ForgeDriver, rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Milestones of 600.00 and 400.00 usd, two payees; `rules` are the contract's, `more` replaces keys."""
    contract = {
        "id": CONTRACT,
        "title": "The play",
        "client": {"name": "Acme Corp", "email": "ap@acme.example"},
        "currency": "usd",
        "total": "1000.00",
        "gateway": "platform",
        "repositories": [f"forge:{driver.repository.full_name}"],
        "payout": {"auto_clear": True, "to": PAYEES},
        "milestones": [
            {"label": LABEL, "title": "Prototype", "share": "60%"},
            {"label": OTHER, "title": "Testing", "share": "40%"},
        ],
        "rules": rules,
    }
    return {
        "version": 1,
        "seller": {"name": "Northwind Studio", "email": "billing@northwind.example"},
        "connections": [{"name": "forge", "forge": kind, "api_url": driver.api_url}],
        "gateways": [PLATFORM],
        "contracts": [contract | more],
    }


@contextmanager
def pretend_forge(kind: str) -> Iterator[ForgeDriver]:
    """One of the three forges, with the driver that its conformance suite uses."""
    if kind == "github":
        with github_driver() as driver:
            yield driver
    elif kind == "gitlab":
        yield from serving(_of_today(PretendGitLab("the hook's secret", names_commit_authors=False)))
    else:
        yield from serving(_of_today(PretendGitea("the hook's secret")))


def _of_today(world: W) -> W:
    """Their clocks begin on a day of their own; here they are compared with ours."""
    world._clock = datetime.now(UTC).replace(microsecond=0)
    return world
