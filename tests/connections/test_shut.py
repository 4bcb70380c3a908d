"""What does not open in the vault takes what it belongs to out of service, and nothing else."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import logs
from app.connect import Connections
from app.connections.kept import Kept
from app.db import Database
from app.doctor import contracts
from app.errors import SettingsError, SignatureError
from app.milestones.book import Book
from app.sandbox.world import EXAMPLE
from app.settings import Settings
from app.setup.desk import Desk
from app.setup.progress import steps
from app.vault.store import Vault
from app.vault.tables import vault as table
from app.web.health import health_alone, read_readiness
from app.web.metrics import Metrics

LAB = {
    "LAB_FORGE": "gitlab",
    "LAB_API_URL": "https://git.acme.example",
    "LAB_TOKEN": "a-token-of-the-lab",
    "LAB_WEBHOOK_SECRET": "a-secret-of-the-lab",
}
GITHUB = {
    "GITHUB_FORGE": "github",
    "GITHUB_TOKEN": "a-token-of-github",
    "GITHUB_WEBHOOK_SECRET": "a-secret-of-github",
    "GITHUB_OLD_WEBHOOK_SECRET": "an-old-secret-of-github",
}
PLATFORM = {"PLATFORM_SECRET": f"whsec_{'A' * 43}="}


def settings_in(folder: Path) -> Settings:
    return Settings.load({"CLOSEOUT_CONFIG": str(EXAMPLE), "CLOSEOUT_KEY_FILE": str(folder / "closeout.key")})


@pytest.fixture
def running(db: Database, tmp_path: Path) -> Connections:
    """Those of a server that has everything from the vault: what the example's file names, and a lab."""
    settings = settings_in(tmp_path)
    vault = Vault(db, settings)
    vault.put({**LAB, **GITHUB, **PLATFORM})
    found = Connections(settings, vault, Book(EXAMPLE))
    assert found.problems == {}
    return found


def write(db: Database, name: str, sealed: str = "garbage") -> None:
    """What somebody can do who has the database and no key."""
    with db.transaction() as writing:
        writing.execute(sa.delete(table).where(table.c.name == name))
        writing.execute(sa.insert(table).values(name=name, sealed=sealed, changed_at=""))


def knock(one: Connections, name: str, secret: str) -> None:
    """A delivery at the connection's door. Raises KeyError where it is shut, and SignatureError."""
    body = b"{}"
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"x-hub-signature-256": f"sha256={signature}", "x-gitlab-token": secret}
    one.doors["forge"][name].verify(headers, body)


@pytest.mark.parametrize("name", [*LAB, *GITHUB])
def test_a_connection_with_a_value_that_does_not_open_goes_out_of_service(
    running: Connections, db: Database, name: str
) -> None:
    gone = {"LAB": "lab", "GIT": "github"}[name[:3]]
    (other,) = {"lab", "github"} - {gone}
    write(db, name)
    running.refresh()
    assert running.forges.keys() == running.doors["forge"].keys() == {other}
    assert running.gateways.keys() == {"platform"}
    (told,) = [str(one) for about, one in running.problems.items() if name in str(one)]
    assert f"closeout vault remove CLOSEOUT_{name}" in told
    for secret in ("", GITHUB["GITHUB_WEBHOOK_SECRET"], LAB["LAB_WEBHOOK_SECRET"]):
        with pytest.raises(KeyError):
            knock(running, gone, secret)
    knock(running, other, {**LAB, **GITHUB}[f"{other.upper()}_WEBHOOK_SECRET"])
    with pytest.raises(SignatureError):
        knock(running, other, "")


def test_a_gateway_whose_secret_does_not_open_goes_out_of_service(running: Connections, db: Database) -> None:
    write(db, "PLATFORM_SECRET")
    running.refresh()
    assert [*running.gateways, *running.doors["gateway"]] == []
    assert "PLATFORM_SECRET" in str(running.problems["gateway platform"])
    assert running.forges.keys() == {"lab", "github"}


def test_what_was_disconnected_is_gone_whatever_else_stands_in_the_vault(
    running: Connections, db: Database
) -> None:
    write(db, "ZZZ")
    running.vault.remove(GITHUB)
    running.refresh()
    with pytest.raises(KeyError):
        knock(running, "github", GITHUB["GITHUB_WEBHOOK_SECRET"])
    assert "vault CLOSEOUT_ZZZ" in running.problems
    running.vault.put({**GITHUB, "GITHUB_WEBHOOK_SECRET": "a-new-one"})
    running.refresh()
    knock(running, "github", "a-new-one")


def test_another_connections_value_is_not_taken_for_ones_own(running: Connections, db: Database) -> None:
    with db.reading() as reading:
        query = sa.select(table.c.sealed).where(table.c.name == "LAB_WEBHOOK_SECRET")
        of_lab = reading.scalar(query)
    write(db, "GITHUB_OLD_WEBHOOK_SECRET", of_lab or "")
    running.refresh()
    assert "somebody wrote into the database" in str(running.problems["connection github"])
    with pytest.raises(KeyError):
        knock(running, "github", LAB["LAB_WEBHOOK_SECRET"])


def test_with_another_key_a_server_does_not_start_and_one_that_runs_goes_on_and_says_so(
    running: Connections, db: Database, tmp_path: Path
) -> None:
    """As on the second of two machines, each with a copy of the key's file: the first one rotates."""
    path, there = tmp_path / "closeout.key", tmp_path / "there"
    there.mkdir()
    (there / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    elsewhere = Vault(db, settings_in(there))
    elsewhere.rotate()
    with pytest.raises(SettingsError, match="sealed with another key"):
        Connections(settings_in(tmp_path), Vault(db, settings_in(tmp_path)), Book(EXAMPLE))
    for _ in range(2):
        running.refresh()
        knock(running, "github", GITHUB["GITHUB_WEBHOOK_SECRET"])
        knock(running, "lab", LAB["LAB_WEBHOOK_SECRET"])
        assert running.gateways.keys() == {"platform"}
        assert {f"vault CLOSEOUT_{name}" for name in (*LAB, *GITHUB, *PLATFORM)} == running.problems.keys()
        assert "LAB_TOKEN" in read_readiness(running, db, None, ())["vault"]
    elsewhere.remove(["GITHUB_OLD_WEBHOOK_SECRET", *PLATFORM])
    elsewhere.put({"LAB_WEBHOOK_SECRET": "a-new-one"})
    running.refresh()
    with pytest.raises(SignatureError):
        knock(running, "github", GITHUB["GITHUB_OLD_WEBHOOK_SECRET"])
    assert running.gateways == {}, "what is removed goes"
    assert running.doors["forge"].keys() == {"github"}, "what is replaced goes"
    path.write_text((there / path.name).read_text(encoding="utf-8"), encoding="utf-8")
    running.refresh()
    knock(running, "lab", "a-new-one")
    assert running.problems.keys() == {"gateway platform"}


def test_the_token_is_not_taken_elsewhere_when_its_address_does_not_open(
    running: Connections, db: Database
) -> None:
    write(db, "LAB_API_URL")
    kept = Kept(running.base, running.vault, "lab")
    with pytest.raises(SettingsError, match="LAB_API_URL"):
        kept.value("API_URL")


@pytest.mark.parametrize("database_kind", ["postgresql"])  # there a server may be without an engine
def test_a_value_that_does_not_open_is_named_wherever_people_look(
    running: Connections, db: Database, tmp_path: Path
) -> None:
    write(db, "LAB_TOKEN")
    running.refresh()
    with db.reading() as reading:
        (standing,) = [one for one in running.standing(reading) if one.about == "connection lab"]
    assert "LAB_TOKEN" in standing.said
    _, found = contracts.connect(settings_in(tmp_path), db)
    assert found == [standing]
    page = health_alone(lambda: read_readiness(running, db, None, ()), Metrics(db)).test_client()
    answer = page.get("/readyz")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["vault"] == "some of it does not open; see the log"
    (forge,) = [step for step in steps(Desk(db, running)) if step.place == "forge"]
    assert (forge.state, forge.told) == ("trouble", "lab: not complete")


def test_of_what_the_vault_holds_the_log_hides_the_secrets_and_no_plain_address(running: Connections) -> None:
    address, login = "https://pay.of-the-vault.example/events", "https://user:canary-of-a-url@git.example"
    running.vault.put({"BANK_TOLD_URL": address, "BANK_SECRET": "canary-of-the-bank", "LAB_API_URL": login})
    running.refresh()
    assert logs.hide(f"{address} knows us") == f"{address} knows us"
    assert "canary" not in logs.hide(f"canary-of-the-bank {login}")
