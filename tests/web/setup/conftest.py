"""A server with nothing set up, the one who sets it up, and the pretend forge and platform beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests

from app import create_app
from app.connections import kept
from app.sandbox.world import World
from app.settings import Settings
from app.setup.codes import Codes
from app.vault.store import Vault
from app.web.server import running

KEY = "canary-key-of-the-installation-5d21-0123456789"


@dataclass
class Empty:
    """A running server. `vault` and `codes` are those of whoever has its shell."""

    url: str
    database_url: str
    folder: Path
    vault: Vault
    codes: Codes

    @property
    def path(self) -> Path:
        """The contract file."""
        return self.folder / "closeout.yml"

    def stranger(self) -> Visitor:
        return Visitor(self.url)

    def operator(self) -> Visitor:
        """Somebody who gave the code."""
        visitor = Visitor(self.url)
        assert visitor.give(self.codes.make()).status_code == 303
        return visitor


class Visitor:
    """A browser: it keeps cookies, says where its forms come from, and follows no redirect."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, place: str, /, **query: str) -> requests.Response:
        return self.session.get(self.url + place, params=query, allow_redirects=False, timeout=30)

    def post(
        self, place: str, headers: Mapping[str, str] | None = None, /, **fields: str
    ) -> requests.Response:
        """Only these fields and headers."""
        sent = {"Sec-Fetch-Site": "same-origin"} if headers is None else headers
        url = self.url + place
        return self.session.post(url, data=fields, headers=sent, allow_redirects=False, timeout=30)

    def send(self, place: str, /, **fields: str) -> requests.Response:
        """The page's form, filled in; the seal is the page's own."""
        page = self.get(place)
        assert page.status_code == 200, page.text
        return self.post(place, None, **{**hidden(page), **fields})

    def give(self, code: str) -> requests.Response:
        return self.post("/setup/code", code=code)

    def tell_address(self, url: str = "") -> None:
        assert self.send("/setup/address", url=url or self.url).status_code == 303


def hidden(page: requests.Response) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    return {name: unescape(value) for name, value in found}


@contextmanager
def empty_server(database_url: str, folder: Path, **more: Any) -> Iterator[Empty]:
    """The whole application, up inside the block; only its engine is not started."""
    usual = {"keys": (KEY,), "is_key_given": True, "sweep_s": 0}
    settings = Settings(
        config=folder / "closeout.yml",
        database_url=database_url,
        key_path=folder / "closeout.key",
        **{**usual, **more},
    )
    app = create_app(settings)
    vault = Vault(app.db, settings)
    app.inbox.start()
    try:
        with running(app.asgi) as url:
            yield Empty(url, database_url, folder, vault, Codes(app.db, vault))
    finally:
        app.inbox.stop()
        app.db.close()


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other process has to take up a secret."""
    monkeypatch.setattr(kept, "TAKEN_UP_S", 0.0)


@pytest.fixture
def empty(sqlite_url: str, tmp_path: Path) -> Iterator[Empty]:
    """A server in an empty folder."""
    with empty_server(sqlite_url, tmp_path) as one:
        yield one


@pytest.fixture
def operator(empty: Empty) -> Visitor:
    return empty.operator()


@pytest.fixture
def world() -> Iterator[World]:
    with World.create() as one:
        yield one
