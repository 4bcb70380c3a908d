"""The installation's key: made once, kept in a file that nobody else reads, and never an empty one."""

from __future__ import annotations

import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from app.db import Database
from app.errors import SettingsError
from app.settings import Settings, read_keys
from app.vault.keys import with_key
from app.vault.store import Vault

SECRETS = {"GITHUB_TOKEN": "canary-token-1", "GITLAB_TOKEN": "canary-token-2"}


def in_file(tmp_path: Path) -> Settings:
    return Settings.load({"CLOSEOUT_KEY_FILE": str(tmp_path / "closeout.key")})


def test_a_key_file_is_made_once_and_only_its_owner_reads_it(sqlite_db: Database, tmp_path: Path) -> None:
    Vault(sqlite_db, in_file(tmp_path)).put(SECRETS)
    path = tmp_path / "closeout.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Vault(sqlite_db, in_file(tmp_path)).values() == SECRETS
    assert [one.name for one in tmp_path.iterdir() if "key" in one.name] == ["closeout.key"]


def test_a_lost_key_file_is_not_replaced_while_something_needs_it(
    sqlite_db: Database, tmp_path: Path
) -> None:
    Vault(sqlite_db, in_file(tmp_path)).put(SECRETS)
    (tmp_path / "closeout.key").unlink()
    with pytest.raises(SettingsError, match="is missing"):
        Vault(sqlite_db, in_file(tmp_path)).put({"MORE_TOKEN": "x"})
    assert not (tmp_path / "closeout.key").exists()


def test_two_processes_that_need_a_key_at_once_get_the_same(tmp_path: Path) -> None:
    found: list[tuple[str, ...]] = []
    gate = threading.Barrier(8)

    def make() -> None:
        gate.wait()
        found.append(with_key(in_file(tmp_path)).keys)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_key_that_can_not_be_made_says_where(tmp_path: Path) -> None:
    settings = replace(in_file(tmp_path), key_path=tmp_path / "none" / "closeout.key")
    with pytest.raises(SettingsError, match="can not write beside it") as caught:
        with_key(settings)
    assert "CLOSEOUT_KEY_FILE" in caught.value.where


def test_a_key_file_that_is_a_link_stays_one(sqlite_db: Database, tmp_path: Path) -> None:
    (tmp_path / "mounted").mkdir()
    real, link = tmp_path / "mounted" / "real.key", tmp_path / "closeout.key"
    link.symlink_to(real)
    vault = Vault(sqlite_db, in_file(tmp_path))
    vault.put(SECRETS)
    first = read_keys(real)
    vault.rotate()
    assert link.readlink() == real
    assert read_keys(real)[1:] == first
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    assert Vault(sqlite_db, in_file(tmp_path)).values() == SECRETS


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "no key in it"), (" \n\n", "no key in it"), ("# the key of closeout\n", "nothing but keys")],
)
def test_a_key_file_without_a_key_says_so(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "closeout.key").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=said) as caught:
        in_file(tmp_path)
    assert "closeout.key" in caught.value.where


def test_a_blank_key_in_the_environment_says_so() -> None:
    with pytest.raises(SettingsError, match="no key in it") as caught:
        Settings.load({"CLOSEOUT_KEY": " "})
    assert caught.value.where == "CLOSEOUT_KEY"


def test_a_key_file_that_goes_away_is_asked_for_before_anything_is_sealed(
    sqlite_db: Database, tmp_path: Path
) -> None:
    server = Vault(sqlite_db, in_file(tmp_path))
    server.put(SECRETS)
    (tmp_path / "closeout.key").unlink()
    assert server.values() == SECRETS
    with pytest.raises(SettingsError, match="is missing"):
        server.put({"MORE_TOKEN": "x"})
