"""`closeout vault`: names only, values in by hand or by file, another key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.vault import command
from app.db import Database
from app.errors import SettingsError
from app.settings import Settings, read_keys
from app.vault.store import Vault

CANARY = "canary-secret-of-a-platform"


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSEOUT_DATABASE_URL", f"sqlite:///{tmp_path}/closeout.db")
    monkeypatch.delenv("CLOSEOUT_KEY", raising=False)


def vault(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(command, arguments, input=typed)


def test_a_value_goes_in_by_hand_or_by_file_and_only_its_name_comes_out(tmp_path: Path) -> None:
    assert "The vault is empty." in vault().output
    done = vault("put", "CLOSEOUT_PLATFORM_SECRET", typed=f"{CANARY}\n")
    assert done.exit_code == 0, done.output
    (tmp_path / "token").write_text(f"{CANARY}-2\n", encoding="utf-8")
    assert vault("put", "GITHUB_TOKEN", "--file", str(tmp_path / "token")).exit_code == 0
    listed = json.loads(vault("--json").output)
    assert [one["name"] for one in listed] == ["CLOSEOUT_GITHUB_TOKEN", "CLOSEOUT_PLATFORM_SECRET"]
    assert CANARY not in done.output + vault().output
    assert vault("remove", "CLOSEOUT_GITHUB_TOKEN", "--yes").exit_code == 0
    assert "CLOSEOUT_GITHUB_TOKEN" not in vault().output


@pytest.mark.parametrize("name", ["CLOSEOUT_DATABASE_URL", "CLOSEOUT_KEY", "PATH", "a_token", "A B_TOKEN"])
def test_what_no_server_reads_from_the_vault_is_refused(name: str) -> None:
    refused = vault("put", name, typed="value\n")
    assert isinstance(refused.exception, SettingsError)
    assert "The vault is empty." in vault().output


def test_what_the_environment_sets_is_not_shadowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSEOUT_GITHUB_TOKEN", "from-the-environment")
    refused = vault("put", "CLOSEOUT_GITHUB_TOKEN", typed="value\n")
    assert isinstance(refused.exception, SettingsError)
    assert "what it says wins" in refused.exception.what


def test_an_address_that_can_be_none_is_refused_before_it_is_stored() -> None:
    refused = vault("put", "CLOSEOUT_PUBLIC_URL", typed="not an address\n")
    assert isinstance(refused.exception, SettingsError)
    assert "The vault is empty." in vault().output


def test_a_rotation_makes_another_key_and_loses_nothing(tmp_path: Path) -> None:
    vault("put", "CLOSEOUT_GITHUB_TOKEN", typed=f"{CANARY}\n")
    path = tmp_path / "closeout.key"
    before = read_keys(path)
    done = vault("rotate")
    assert "1 value sealed with the new key." in done.output
    assert str(path) in done.output
    assert read_keys(path)[0] not in before
    settings = Settings.load()
    db = Database(settings.database_url)
    assert Vault(db, settings).values() == {"GITHUB_TOKEN": CANARY}
    db.close()


def test_with_a_key_in_the_environment_a_second_one_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSEOUT_KEY", "an-old-key-of-at-least-32-characters")
    vault("put", "CLOSEOUT_GITHUB_TOKEN", typed=f"{CANARY}\n")
    refused = vault("rotate")
    assert isinstance(refused.exception, SettingsError)
    assert "before the present one" in refused.exception.mend
    monkeypatch.setenv(
        "CLOSEOUT_KEY", "a-new-key-of-at-least-32-characters! an-old-key-of-at-least-32-characters"
    )
    assert "Take the old key out" in vault("rotate").output
    monkeypatch.setenv("CLOSEOUT_KEY", "a-new-key-of-at-least-32-characters!")
    assert vault("put", "CLOSEOUT_LAB_TOKEN", typed="more\n").exit_code == 0
