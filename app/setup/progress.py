"""How far the setup is: the state of each step, from what is stored; nobody is asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from app.inbox.tables import deliveries
from app.setup.desk import Desk

State = Literal["done", "todo", "trouble", "look"]
"""`look`: only asking the forge would tell."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the checklist; `told` says in a few words what is there, or what is missing."""

    place: str
    title: str
    state: State
    told: str


def steps(desk: Desk) -> list[Step]:
    return [_address(desk), _forge(desk), _gateway(desk), _contract(desk), _labels(desk), _test(desk)]


def first_milestone_at(desk: Desk) -> str:
    """When the first webhook with a milestone's label arrived; "" while none did."""
    query = sa.select(sa.func.min(deliveries.c.received_at)).where(
        deliveries.c.source == "forge", deliveries.c.release_id.is_not(None)
    )
    with desk.db.reading() as connection:
        return connection.scalar(query) or ""


def _address(desk: Desk) -> Step:
    url = desk.settings.public_url
    return Step("address", "The address of this server", "done" if url else "todo", url or "not told yet")


def _forge(desk: Desk) -> Step:
    usable, broken = desk.connections.forges, _problems(desk, "connection ")
    state: State = "trouble" if broken else "done" if usable else "todo"
    names = [f"{name} ({forge})" for name, forge in desk.forges().items() if name in usable]
    told = broken or ", ".join(names) or "none is connected"
    return Step("forge", "Connect a forge", state, told)


def _gateway(desk: Desk) -> Step:
    ready = [name for name, one in desk.gateways().items() if desk.is_ready(one)]
    broken = _problems(desk, "gateway ")
    state: State = "trouble" if broken else "done" if ready else "todo"
    return Step("gateway", "Choose who moves the money", state, broken or ", ".join(ready) or "nobody yet")


def _contract(desk: Desk) -> Step:
    title, problem = "Write the contract", desk.book.problem
    is_there = not isinstance(desk.settings.config, Path) or desk.settings.config.exists()
    if not desk.has_contracts:
        return Step("contract", title, "trouble" if is_there else "todo", problem or "none yet")
    if problem:
        return Step("contract", title, "trouble", f"the file was changed and can not be used: {problem}")
    titles = [contract.title for contract in desk.book.current.contracts.values()]
    shown = ", ".join(titles[:3]) + (f" and {len(titles) - 3} more" if len(titles) > 3 else "")
    return Step("contract", title, "done", shown)


def _labels(desk: Desk) -> Step:
    is_ready = desk.has_contracts and bool(desk.connections.forges)
    told = "see which labels the repositories still need" if is_ready else "after the contract"
    return Step("labels", "Create the labels", "look" if is_ready else "todo", told)


def _test(desk: Desk) -> Step:
    moment = first_milestone_at(desk)
    told = "the first webhook about a milestone has arrived" if moment else "no milestone was heard of yet"
    return Step("check", "See that it works", "done" if moment else "todo", told)


def _problems(desk: Desk, kind: str) -> str:
    """What the file names and that can not be used, in one line."""
    names = [place.removeprefix(kind) for place in desk.connections.problems if place.startswith(kind)]
    return f"{', '.join(names)}: not complete" if names else ""
