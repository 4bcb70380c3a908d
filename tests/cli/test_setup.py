"""`closeout setup`: a fresh code at any time, for who has the shell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import closeout
from app.db import Database
from app.errors import CloseoutError
from app.settings import Settings
from app.setup.codes import Codes
from app.setup.sessions import Sessions
from app.vault.store import Vault

CODE = re.compile(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}")


@pytest.fixture(autouse=True)
def _environment(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSEOUT_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("CLOSEOUT_KEY_FILE", str(tmp_path / "closeout.key"))


def test_it_prints_a_code_that_the_server_takes_and_ends_the_one_before(sqlite_db: Database) -> None:
    first, second = (CliRunner().invoke(closeout, ["setup"]).output for _ in range(2))
    codes = [CODE.findall(one)[0] for one in (first, second)]
    settings = Settings.load()
    server = Codes(sqlite_db, Vault(sqlite_db, settings))
    assert not server.take(codes[0])
    assert server.take(codes[1])


def test_it_signs_out_whoever_is_signed_in(sqlite_db: Database) -> None:
    vault = Vault(sqlite_db, Settings.load())
    vault.keys()
    sessions = Sessions(sqlite_db, vault)
    before = sessions.begin()
    assert CliRunner().invoke(closeout, ["setup"]).exit_code == 0
    assert sessions.read(before) is None
    assert sessions.read(sessions.begin()) is not None


def test_it_prints_the_address_that_the_vault_knows(sqlite_db: Database) -> None:
    Vault(sqlite_db, Settings.load()).put({"PUBLIC_URL": "https://closeout.example"})
    assert "https://closeout.example/setup" in CliRunner().invoke(closeout, ["setup"]).output


def test_before_a_server_ran_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLOSEOUT_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    done = CliRunner().invoke(closeout, ["setup"])
    assert isinstance(done.exception, CloseoutError)
    assert "closeout serve" in str(done.exception)
