"""What the log of a server says that is not set up."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import create_app, logs
from app.sandbox.platform import SANDBOX_SECRET
from app.sandbox.world import EXAMPLE
from app.settings import Settings
from app.setup.announce import setup_url
from app.setup.codes import Codes
from app.vault.store import Vault

CODE = re.compile(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    logs.configure("warning", stream=stream)
    yield stream
    logs.configure("warning")


@pytest.mark.parametrize(
    ("public_url", "listens_at", "place"),
    [
        ("https://closeout.example", "http://127.0.0.1:8080", "https://closeout.example/setup"),
        ("", "http://127.0.0.1:8080", "http://127.0.0.1:8080/setup"),
        ("", "http://0.0.0.0:8080", "http://localhost:8080/setup"),
        ("", "http://[::]:8080", "http://localhost:8080/setup"),
        ("", "http://[::1]:8080", "http://[::1]:8080/setup"),
    ],
)
def test_the_address_is_one_that_a_person_can_open(public_url: str, listens_at: str, place: str) -> None:
    assert setup_url(public_url, listens_at) == place


def test_a_server_with_nothing_says_so_with_a_code_and_another_one_at_each_start(
    sqlite_url: str, tmp_path: Path, log: io.StringIO
) -> None:
    settings = Settings(
        config=tmp_path / "closeout.yml", database_url=sqlite_url, key_path=tmp_path / "closeout.key"
    )
    app = create_app(settings)
    for _ in range(2):
        app.announce("http://127.0.0.1:8080")
    first, second = CODE.findall(log.getvalue())
    codes = Codes(app.db, Vault(app.db, settings))
    assert not codes.take(first)
    assert codes.take(second)
    (line, *_) = [one for one in log.getvalue().splitlines() if "NOT SET UP YET" in one]
    assert json.loads(line)["level"] == "warning"
    app.db.close()


def test_a_server_that_is_set_up_says_nothing_and_ends_an_open_code(
    sqlite_url: str, tmp_path: Path, log: io.StringIO
) -> None:
    path = tmp_path / "closeout.yml"
    path.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    secrets = {"GITHUB_TOKEN": "t" * 20, "GITHUB_WEBHOOK_SECRET": "s" * 20, "PLATFORM_SECRET": SANDBOX_SECRET}
    settings = Settings(
        config=path, database_url=sqlite_url, key_path=tmp_path / "closeout.key", environment=secrets
    )
    app = create_app(settings)
    codes = Codes(app.db, Vault(app.db, settings))
    code = codes.make()
    app.announce("http://127.0.0.1:8080")
    assert not codes.take(code)
    assert "NOT SET UP" not in log.getvalue()
    app.db.close()
