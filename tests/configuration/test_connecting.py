"""The connection that the contract file is read through, before any file declares it; and its command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from app.cli import closeout
from app.configuration.kept import KeptSource, read_kept, write_kept
from app.connect import Connections
from app.db import Database
from app.errors import SettingsError
from app.milestones.book import Book
from app.settings import Settings
from app.vault.store import Vault
from app.vault.tables import vault
from tests.configuration.scene import PLACE


def connections(db: Database, config: str, **environment: str) -> Connections:
    names = {f"CLOSEOUT_{name}": value for name, value in environment.items()}
    settings = Settings.load({"CLOSEOUT_CONFIG": config, "CLOSEOUT_DATABASE_URL": db.url, **names})
    return Connections(settings, Vault(db, settings), Book(KeptSource(db, PLACE), may_come=True))


SECRETS = {"TOKEN": "token-of-the-bot", "WEBHOOK_SECRET": "a-secret-that-is-long"}


@pytest.mark.parametrize(
    ("name", "more"), [("github", {}), ("work", {"WORK_FORGE": "github"})], ids=["by-kind", "by-setting"]
)
def test_the_connection_hears_webhooks_before_any_file_names_it(
    sqlite_db: Database, name: str, more: dict[str, str]
) -> None:
    secrets = {f"{name.upper()}_{suffix}": value for suffix, value in SECRETS.items()}
    found = connections(sqlite_db, f"{name}:acme/contracts@main", **secrets, **more)
    assert list(found.doors["forge"]) == [name]
    assert found.contents() is found.contents()
    assert not found.problems


@pytest.mark.parametrize(
    ("config", "environment", "said"),
    [
        ("gitlab:acme/contracts@main", {"GITLAB_TOKEN": "t"}, "from GitHub only for now, not from gitlab"),
        ("work:acme/contracts@main", {"WORK_TOKEN": "t"}, "CLOSEOUT_WORK_FORGE=github"),
        ("github:acme/contracts@main", {}, "CLOSEOUT_GITHUB_APP_ID"),
        ("closeout.yml", {}, "in no repository"),
    ],
)
def test_what_can_not_be_read_through_says_what_is_missing(
    sqlite_db: Database, config: str, environment: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        connections(sqlite_db, config, **environment).contents()


@pytest.mark.parametrize("name", ["github", "work"])
def test_a_kind_that_does_not_open_puts_its_connection_out_of_service_and_holds_up_no_other(
    sqlite_db: Database, tmp_path: Path, name: str
) -> None:
    own = {f"{name.upper()}_{suffix}": value for suffix, value in {**SECRETS, "FORGE": "github"}.items()}
    lab = {f"LAB_{suffix}": value for suffix, value in {**SECRETS, "FORGE": "gitlab"}.items()}
    place = {"KEY_FILE": str(tmp_path / "closeout.key")}
    found = connections(sqlite_db, f"{name}:acme/contracts@main", **place)
    found.vault.put({**own, **lab})
    with sqlite_db.transaction() as writing:
        row = sa.update(vault).where(vault.c.name == f"{name.upper()}_FORGE")
        writing.execute(row.values(sealed="garbage"))
    found.refresh()
    found.vault.remove(lab)
    assert list(found.forges) == ["lab"]
    found.refresh()
    again = connections(sqlite_db, f"{name}:acme/contracts@main", **place)
    for one in (found, again):
        assert not one.forges
        assert f"{name.upper()}_FORGE" in str(one.problems[f"connection {name}"])
        with pytest.raises(SettingsError, match="sealed with another key"):
            one.contents()


def run(db: Database, *arguments: str, config: str = "github:acme/contracts@main") -> tuple[int, str]:
    environment = {"CLOSEOUT_CONFIG": config, "CLOSEOUT_DATABASE_URL": db.url}
    found = CliRunner().invoke(closeout, ["configuration", *arguments], env=environment)
    return found.exit_code, found.output + str(found.exception or "")


def test_the_command_shows_allows_and_forgets(sqlite_db: Database) -> None:
    assert "nothing was read from it yet" in run(sqlite_db)[1]
    known = {"repository_id": "7", "commit": "a" * 40, "head": "b" * 40, "problem": "it was rewritten"}
    with sqlite_db.transaction() as writing:
        write_kept(writing, PLACE, b"version: 1", taken_at="2026-11-23T12:00:00.000Z", **known)
    code, shown = run(sqlite_db)
    assert (code, f"commit {'a' * 40} is in force" in shown, "it was rewritten" in shown) == (0, True, True)
    assert json.loads(run(sqlite_db, "--json")[1])["commit"] == "a" * 40
    assert "is not what" in run(sqlite_db, "allow", "c" * 40)[1]
    assert run(sqlite_db, "allow", "b" * 12)[0] == 0
    assert read_kept(sqlite_db, PLACE).allowed == "b" * 40
    assert run(sqlite_db, "forget", "--yes")[0] == 0
    kept = read_kept(sqlite_db, PLACE)
    assert (kept.repository_id, kept.commit) == ("", "a" * 40)


def test_the_command_says_where_a_plain_file_is_examined(sqlite_db: Database, tmp_path: Path) -> None:
    code, said = run(sqlite_db, config=str(tmp_path / "closeout.yml"))
    assert code != 0
    assert "closeout check examines it" in said
