"""What was connected belongs to one server, under one name: its secrets and its numbers go nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from app.connect import Connections
from app.connections.addresses import same_server
from app.db import Database, now
from app.milestones.book import Book
from app.releases.decision.known_names import forget_connection
from app.releases.tables import identities
from app.sandbox.world import EXAMPLE
from app.settings import Settings
from app.vault.store import Vault
from tests.connections.desk import Desk
from tests.forges.test_github_app import keys

STRANGER = "http://127.0.0.1:9/api/v3"


def connections(db: Database, folder: Path, file: str, vaulted: dict[str, str]) -> Connections:
    path = folder / "closeout.yml"
    path.write_text(file, encoding="utf-8")
    settings = Settings.load(
        {"CLOSEOUT_CONFIG": str(path), "CLOSEOUT_KEY_FILE": str(folder / "closeout.key")}
    )
    vault = Vault(db, settings)
    vault.put(vaulted)
    return Connections(settings, vault, Book(path))


@pytest.mark.parametrize("kept", [{}, {"GITHUB_API_URL": "https://api.github.com"}], ids=["vendor", "told"])
def test_an_edited_file_does_not_send_a_kept_app_elsewhere(
    sqlite_db: Database, tmp_path: Path, kept: dict[str, str]
) -> None:
    file = EXAMPLE.read_text(encoding="utf-8")
    edited = file.replace("forge: github}", f'forge: github, api_url: "{STRANGER}"}}')
    assert edited != file
    app = {"GITHUB_FORGE": "github", "GITHUB_APP_ID": "123", "GITHUB_PRIVATE_KEY": keys()[0]}
    values = {**app, "GITHUB_WEBHOOK_SECRET": "a-secret", **kept}
    one = connections(sqlite_db, tmp_path, edited, values)
    problem = one.problems["connection github"]
    assert "was connected to https://api.github.com" in problem.what
    assert "github" not in one.forges
    assert "github" not in one.doors["forge"]


def test_a_file_that_calls_a_kept_connection_another_forge_is_refused(
    sqlite_db: Database, tmp_path: Path
) -> None:
    file = EXAMPLE.read_text(encoding="utf-8").replace("forge: github}", "forge: gitlab}")
    values = {"GITHUB_FORGE": "github", "GITHUB_TOKEN": "a-token", "GITHUB_WEBHOOK_SECRET": "a-secret"}
    problem = connections(sqlite_db, tmp_path, file, values).problems["connection github"]
    assert "was connected to github, and the file says gitlab" in problem.what


@pytest.mark.parametrize(
    ("forge", "connected_to", "in_file"),
    [
        ("gitea", "https://git.acme.example", "https://git.acme.example/api/v1"),
        ("gitlab", "https://git.acme.example", "https://git.acme.example/api/v4/"),
        ("gitlab", "https://git.acme.example", "https://Git.Acme.example:443"),
        ("gitlab", "https://git.acme.example:443/lab", "https://git.acme.example/lab"),
        ("gitea", "http://127.0.0.1", "http://127.0.0.1:80/api/v1"),
    ],
)
def test_another_spelling_of_the_same_server_is_no_other_server(
    sqlite_db: Database, tmp_path: Path, forge: str, connected_to: str, in_file: str
) -> None:
    file = EXAMPLE.read_text(encoding="utf-8")
    edited = file.replace("forge: github}", f'forge: {forge}, api_url: "{in_file}"}}')
    values = {"FORGE": forge, "TOKEN": "a-token", "WEBHOOK_SECRET": "a-secret", "API_URL": connected_to}
    vaulted = {f"GITHUB_{suffix}": value for suffix, value in values.items()}
    one = connections(sqlite_db, tmp_path, edited, vaulted)
    assert "connection github" not in one.problems
    assert "github" in one.forges


@pytest.mark.parametrize(
    "other",
    [
        "http://git.acme.example",
        "https://git.acme.example:80",
        "https://git.acme.example:8443",
        "https://git.acme.example:443.evil.example",
        "https://git.acme.example/lab",
        "https://evil.example/git.acme.example:443",
    ],
)
def test_what_may_be_another_server_is_one(other: str) -> None:
    assert not same_server("https://git.acme.example", other)


def test_numbers_of_a_server_are_forgotten_with_its_connection(db: Database) -> None:
    with db.transaction() as writing:
        for connection in ("lab", "other"):
            row = {"kind": "repository", "name": "acme/storefront", "forge_id": "7", "first_seen_at": now()}
            writing.execute(sa.insert(identities).values(connection=connection, **row))
    assert forget_connection(db, "lab") == 1
    with db.reading() as reading:
        assert reading.scalars(sa.select(identities.c.connection)).all() == ["other"]


@pytest.mark.parametrize(
    ("name", "said"),
    [("github", "the connection github is github"), ("github-old", "would read CLOSEOUT_GITHUB_OLD")],
)
def test_a_name_that_the_vault_knows_is_no_other_servers(desk: Desk, name: str, said: str) -> None:
    Vault(desk.db, desk.settings).put(
        {"GITHUB_FORGE": "github", "GITHUB_APP_ID": "123", "GITHUB_WEBHOOK_SECRET": "a-github-secret"}
    )
    before = desk.vault()
    assert said in desk.refused(*desk.connecting("--name", name))
    assert desk.vault() == before
