"""A platform in a private network is posted to where whoever runs the server listed that network."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from app.connect import Connections
from app.db import Database
from app.gateways.base import Failed, Intent, Outcome
from app.milestones.book import Book
from app.sandbox.platform import SANDBOX_SECRET
from app.sandbox.world import EXAMPLE
from app.settings import Settings
from app.vault.store import Vault
from tests.gateways.orders import SHARED
from tests.gateways.test_guard import resolver

VARIABLE = "CLOSEOUT_PLATFORM_PRIVATE_NETWORKS"


def connected(db: Database, folder: Path, networks: str) -> Connections:
    with socket.create_server(("127.0.0.1", 0)) as listener:  # nobody listens there afterwards
        port = listener.getsockname()[1]
    settings = Settings.load(
        {
            "CLOSEOUT_CONFIG": str(EXAMPLE),
            "CLOSEOUT_KEY_FILE": str(folder / "closeout.key"),
            "CLOSEOUT_PLATFORM_SECRET": SANDBOX_SECRET,
            "CLOSEOUT_PLATFORM_URL": f"https://pay.internal:{port}/events",
            VARIABLE: networks,
        }
    )
    return Connections(settings, Vault(db, settings), Book(EXAMPLE))


def sent(connections: Connections, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    monkeypatch.setattr(socket, "getaddrinfo", resolver("127.0.0.1"))
    gateway = connections.gateways["platform"]
    return gateway.send(Intent(SHARED.key, SHARED.event_id, gateway.draft(SHARED)))


def test_without_a_list_a_private_platform_is_refused_with_the_setting_to_make(
    sqlite_db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = sent(connected(sqlite_db, tmp_path, ""), monkeypatch)
    assert isinstance(outcome, Failed)
    assert "127.0.0.1, which is not a public address" in outcome.reason
    assert "PRIVATE_NETWORKS" in outcome.reason


@pytest.mark.parametrize("networks", ["127.0.0.1", "10.20.0.0/16, 127.0.0.0/8", "fd00::/8\n127.0.0.1"])
def test_a_listed_network_is_connected_to(
    sqlite_db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, networks: str
) -> None:
    outcome = sent(connected(sqlite_db, tmp_path, networks), monkeypatch)
    assert isinstance(outcome, Failed)
    assert "could not connect to 127.0.0.1" in outcome.reason


@pytest.mark.parametrize(
    ("networks", "why"),
    [
        ("pay.internal", "'pay.internal' is not an address or a network"),
        ("10.20.0.1/16", "'10.20.0.1/16' is not an address or a network"),
        ("10.20.0.0/16;10.21.0.0/16", "is not an address or a network"),
        ("0.0.0.0/0", "0.0.0.0/0 is wider than any private network"),
        ("10.0.0.0/8 ::/0", "::/0 is wider than any private network"),
    ],
)
def test_a_list_that_can_not_be_used_takes_the_gateway_out_of_service_and_names_the_variable(
    sqlite_db: Database, tmp_path: Path, networks: str, why: str
) -> None:
    connections = connected(sqlite_db, tmp_path, networks)
    assert "platform" not in connections.gateways
    problem = str(connections.problems["gateway platform"])
    assert problem.startswith(f"{VARIABLE}: ")
    assert why in problem
    assert "10.20.0.0/16 192.168.7.5" in problem, "it shows how to write one"
