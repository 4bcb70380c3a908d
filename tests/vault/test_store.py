"""The vault: what is put in comes out again under the right key, and under no other."""

from __future__ import annotations

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
    for settings, where in ((given(NEW), "CLOSEOUT_KEY"), (in_file(tmp_path), "closeout.key")):
        opened = Vault(sqlite_db, settings).opened()
        assert opened.values == {}
        assert opened.shut.keys() == SECRETS.keys()
        with pytest.raises(SettingsError, match="sealed with another key") as caught:
            opened.require_any()
        assert where in caught.value.where


def test_a_value_that_was_copied_to_another_name_is_not_believed(sqlite_db: Database) -> None:
    vault = Vault(sqlite_db, given(NEW))
    vault.put(SECRETS)
    with sqlite_db.transaction() as connection:
        query = sa.select(table.c.sealed).where(table.c.name == "GITHUB_TOKEN")
        stolen = connection.scalar(query)
        connection.execute(sa.update(table).where(table.c.name == "GITLAB_TOKEN").values(sealed=stolen))
    opened = vault.opened()
    assert opened.values == {"GITHUB_TOKEN": SECRETS["GITHUB_TOKEN"]}
    assert "somebody wrote into the database" in str(opened.shut["GITLAB_TOKEN"])
    assert "canary" not in str(opened.shut["GITLAB_TOKEN"])


@pytest.mark.parametrize("sealed", ["garbage", "", "gAAAAAé"])
def test_a_row_that_does_not_open_leaves_the_others_as_they_are(sqlite_db: Database, sealed: str) -> None:
    vault = Vault(sqlite_db, given(NEW))
    vault.put(SECRETS)
    with sqlite_db.transaction() as connection:
        connection.execute(sa.insert(table).values(name="LAB_TOKEN", sealed=sealed, changed_at=""))
    opened = vault.opened()
    assert opened.values == SECRETS
    assert "closeout vault remove CLOSEOUT_LAB_TOKEN" in opened.shut["LAB_TOKEN"].mend
    vault.put({"LAB_TOKEN": "again"})
    assert vault.values() == {**SECRETS, "LAB_TOKEN": "again"}


def test_nothing_is_sealed_with_a_key_that_opens_nothing_else(db: Database, tmp_path: Path) -> None:
    Vault(db, given(OLD)).put(SECRETS)
    before = sealed(db)
    with_key(in_file(tmp_path))  # a stray one, made in another folder
    for settings in (given(NEW), in_file(tmp_path)):
        with pytest.raises(SettingsError, match="sealed with another key") as caught:
            Vault(db, settings).put({"LAB_TOKEN": "more"})
        assert "the server's CLOSEOUT_KEY or its file" in caught.value.mend
    assert sealed(db) == before
    Vault(db, given(NEW, OLD)).put({"LAB_TOKEN": "more"})


def test_keys_in_the_environment_rotate_in_three_steps(db: Database) -> None:
    Vault(db, given(OLD)).put(SECRETS)
    both = Vault(db, given(NEW, OLD))
    assert both.values() == SECRETS
    assert both.rotate() == 2
    assert Vault(db, given(NEW)).values() == SECRETS
    assert Vault(db, given(OLD)).values() == {}


def test_a_rotation_without_the_old_key_changes_nothing(sqlite_db: Database) -> None:
    Vault(sqlite_db, given(OLD)).put(SECRETS)
    before = sealed(sqlite_db)
    with pytest.raises(SettingsError, match="Nothing was changed"):
        Vault(sqlite_db, given(NEW)).rotate()
    assert sealed(sqlite_db) == before


def test_a_rotation_that_finds_a_row_shut_changes_neither_the_rows_nor_the_key(
    sqlite_db: Database, tmp_path: Path
) -> None:
    vault = Vault(sqlite_db, in_file(tmp_path))
    vault.put(SECRETS)
    with sqlite_db.transaction() as connection:
        connection.execute(sa.insert(table).values(name="LAB_TOKEN", sealed="garbage", changed_at=""))
    before, keys = sealed(sqlite_db), read_keys(tmp_path / "closeout.key")
    with pytest.raises(SettingsError, match="LAB_TOKEN") as caught:
        vault.rotate()
    assert "Nothing was changed" in caught.value.mend
    assert (sealed(sqlite_db), read_keys(tmp_path / "closeout.key")) == (before, keys)


def test_a_server_seals_with_the_key_that_is_in_the_file_now(sqlite_db: Database, tmp_path: Path) -> None:
    server = Vault(sqlite_db, in_file(tmp_path))
    server.put(SECRETS)
    Vault(sqlite_db, in_file(tmp_path)).rotate(forget_old=True)
    server.put({"LAB_TOKEN": "more"})
    assert Vault(sqlite_db, in_file(tmp_path)).values() == {**SECRETS, "LAB_TOKEN": "more"}


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
