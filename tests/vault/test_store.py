"""The vault: what is put in comes out again under the right key, and under no other."""

from __future__ import annotations

import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.db import Database
from app.errors import SettingsError
from app.settings import Settings, read_keys
from app.vault.keys import with_key
from app.vault.store import Vault
from app.vault.tables import vault as table

OLD, NEW = "an-old-key-of-at-least-32-characters", "a-new-key-of-at-least-32-characters!"
SECRETS = {"GITHUB_TOKEN": "canary-token-1", "GITLAB_TOKEN": "canary-token-2"}


def given(*keys: str) -> Settings:
    return Settings.load({"CLOSEOUT_KEY": " ".join(keys)})


def in_file(tmp_path: Path) -> Settings:
    return Settings.load({"CLOSEOUT_KEY_FILE": str(tmp_path / "closeout.key")})


def sealed(db: Database) -> str:
    with db.reading() as connection:
        return str(connection.execute(sa.select(table)).all())


def test_what_is_put_in_comes_out_and_is_not_readable_in_the_database(db: Database) -> None:
    vault = Vault(db, given(NEW))
    vault.put(SECRETS)
    assert Vault(db, given(NEW)).values() == SECRETS
    assert "canary" not in sealed(db)
    vault.put({"GITHUB_TOKEN": "another", "GITLAB_TOKEN": ""})
    assert vault.values() == {"GITHUB_TOKEN": "another"}
    assert [name for name, _ in vault.names()] == ["GITHUB_TOKEN"]
    vault.remove(["GITHUB_TOKEN"])
    assert vault.values() == {}


def test_anything_that_changes_shows_in_the_stamp(sqlite_db: Database) -> None:
    vault = Vault(sqlite_db, given(NEW))
    seen = {vault.stamp()}
    for change in ({"A_TOKEN": "1"}, {"A_TOKEN": "2"}, {"B_TOKEN": "1"}, {"A_TOKEN": ""}):
        vault.put(change)
        assert vault.stamp() not in seen
        seen.add(vault.stamp())


def test_another_key_opens_nothing_and_says_which_one_is_wanted(sqlite_db: Database, tmp_path: Path) -> None:
    Vault(sqlite_db, given(OLD)).put(SECRETS)
    with pytest.raises(SettingsError, match="sealed with another key") as caught:
        Vault(sqlite_db, given(NEW)).values()
    assert caught.value.where == "CLOSEOUT_KEY"
    with pytest.raises(SettingsError, match="sealed with another key") as caught:
        Vault(sqlite_db, in_file(tmp_path)).values()
    assert "closeout.key" in caught.value.where


def test_a_value_that_was_copied_to_another_name_is_not_believed(sqlite_db: Database) -> None:
    vault = Vault(sqlite_db, given(NEW))
    vault.put(SECRETS)
    with sqlite_db.transaction() as connection:
        query = sa.select(table.c.sealed).where(table.c.name == "GITHUB_TOKEN")
        stolen = connection.scalar(query)
        connection.execute(sa.update(table).where(table.c.name == "GITLAB_TOKEN").values(sealed=stolen))
    with pytest.raises(SettingsError, match="somebody wrote into the database") as caught:
        vault.values()
    assert "canary" not in str(caught.value)


def test_keys_in_the_environment_rotate_in_three_steps(db: Database) -> None:
    Vault(db, given(OLD)).put(SECRETS)
    both = Vault(db, given(NEW, OLD))
    assert both.values() == SECRETS
    assert both.rotate() == 2
    assert Vault(db, given(NEW)).values() == SECRETS
    with pytest.raises(SettingsError):
        Vault(db, given(OLD)).values()


def test_a_rotation_without_the_old_key_changes_nothing(sqlite_db: Database) -> None:
    Vault(sqlite_db, given(OLD)).put(SECRETS)
    before = sealed(sqlite_db)
    with pytest.raises(SettingsError, match="Nothing was changed"):
        Vault(sqlite_db, given(NEW)).rotate()
    assert sealed(sqlite_db) == before


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


def test_a_server_goes_on_while_the_key_file_is_rotated_beside_it(db: Database, tmp_path: Path) -> None:
    server = Vault(db, in_file(tmp_path))
    server.put(SECRETS)
    first = read_keys(tmp_path / "closeout.key")
    assert Vault(db, in_file(tmp_path)).rotate() == 2
    assert server.values() == SECRETS
    second = read_keys(tmp_path / "closeout.key")
    assert second[1:] == first, "links that were signed with the last key are still read"
    Vault(db, in_file(tmp_path)).rotate(forget_old=True)
    assert server.values() == SECRETS
    assert not set(read_keys(tmp_path / "closeout.key")) & {*first, *second}


def test_a_rotation_that_was_killed_loses_nothing(sqlite_db: Database, tmp_path: Path) -> None:
    Vault(sqlite_db, in_file(tmp_path)).put(SECRETS)
    path = tmp_path / "closeout.key"
    path.write_text("".join(f"{key}\n" for key in (NEW, *read_keys(path))))  # it came no further than this
    assert Vault(sqlite_db, in_file(tmp_path)).values() == SECRETS
    Vault(sqlite_db, in_file(tmp_path)).rotate()
    assert Vault(sqlite_db, in_file(tmp_path)).values() == SECRETS


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
