"""Each gateway, tried with calls that cost nothing and show that we are known there."""

from __future__ import annotations

from collections.abc import Iterator

from app.connect import Connections
from app.connections.finding import Finding
from app.doctor import address
from app.gateways.registry import KINDS


def examine(connections: Connections) -> Iterator[Finding]:
    """All gateways that have their secrets."""
    for name, gateway in connections.gateways.items():
        yield from examine_one(connections, name)
        if connections.book.current.gateways[name].kind == "http":
            yield from address.clock(name, gateway.address)


def examine_one(connections: Connections, name: str) -> Iterator[Finding]:
    """One gateway that has its secrets: each thing that was tried of it."""
    kind = connections.book.current.gateways[name].kind
    for tried in KINDS[kind].trial(connections.gateways[name]):
        said = f"{tried.what}: {tried.problem}" if tried.problem else tried.what
        yield Finding(f"gateway {name}", "broken" if tried.problem else "ok", said, tried.mend)
