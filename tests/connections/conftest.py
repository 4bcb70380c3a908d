"""A desk for each forge, without the pauses that a running server needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.connections import kept, trial
from app.sandbox.http import LocalServer
from tests.connections.desk import Desk, Listener, pretend
from tests.fakes.door import serving


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "TAKEN_UP_S", 0.0)
    monkeypatch.setattr(trial, "ARRIVES_WITHIN_S", 0.0)


@pytest.fixture
def listener() -> Iterator[Listener]:
    heard = Listener()
    with heard.server:
        yield heard


def _desk(kind: str, url: str, folder: Path, listener: Listener) -> Iterator[Desk]:
    for forge in serving(pretend(kind)):
        desk = Desk(kind, forge, url, folder, listener.server.url)
        yield desk
        told = "".join(desk.outputs)
        assert forge.token not in told
        assert not [value for name, value in desk.vault().items() if "SECRET" in name and value in told]
        desk.db.close()


@pytest.fixture(params=["gitlab", "gitea", "forgejo"])
def desk(
    request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path, listener: Listener
) -> Iterator[Desk]:
    """Each of them; at the end, no output has shown the token or a secret."""
    yield from _desk(request.param, sqlite_url, tmp_path, listener)


@pytest.fixture
def gitlab(sqlite_url: str, tmp_path: Path, listener: Listener) -> Iterator[Desk]:
    yield from _desk("gitlab", sqlite_url, tmp_path, listener)


@pytest.fixture
def everywhere(database_url: str, tmp_path: Path, listener: Listener) -> Iterator[Desk]:
    """On SQLite and on PostgreSQL."""
    yield from _desk("gitlab", database_url, tmp_path, listener)


@pytest.fixture
def gitea(sqlite_url: str, tmp_path: Path, listener: Listener) -> Iterator[Desk]:
    yield from _desk("gitea", sqlite_url, tmp_path, listener)


@pytest.fixture
def website() -> Iterator[str]:
    """A server of another kind: a page for everything."""

    def page(_environ: object, start_response: Callable[..., object]) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", "4")])
        return [b"<p/>"]

    with LocalServer(page) as server:
        yield server.url
