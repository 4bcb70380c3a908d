"""Which missing secret refuses the start of a server, and which may be on its way into the vault."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from app.configured import Configured
from app.db import Database
from app.errors import SettingsError
from app.sandbox.world import EXAMPLE
from app.settings import Settings
from app.vault.store import Vault
from app.vault.tables import vault

HUB = {"GITHUB_TOKEN": "a-token", "GITHUB_WEBHOOK_SECRET": "a-secret"}
LAB = {"LAB_TOKEN": "a-token", "LAB_WEBHOOK_SECRET": "a-secret"}
PAY = {"PLATFORM_SECRET": f"whsec_{'A' * 43}="}
HALF_HUB, HALF_LAB = {"GITHUB_TOKEN": "a-token"}, {"LAB_WEBHOOK_SECRET": "a-secret"}
TOKENS = {"GITHUB_TOKEN": "a-token", "LAB_TOKEN": "a-token"}
LACKS_HUB, LACKS_LAB = "GITHUB_WEBHOOK_SECRET", "LAB_WEBHOOK_SECRET"
BAD_PAY = {"PLATFORM_SECRET": "whsec_tooshort"}


def configured(
    db: Database, folder: Path, environment: dict[str, str], vaulted: dict[str, str]
) -> Configured:
    """What a server starts with whose file names two connections and a gateway."""
    text = EXAMPLE.read_text(encoding="utf-8")
    path = folder / "closeout.yml"
    more = "  - {name: github, forge: github}\n  - {name: lab, forge: gitlab}\n"
    path.write_text(text.replace("  - {name: github, forge: github}\n", more), encoding="utf-8")
    fixed = {"CONFIG": str(path), "KEY_FILE": str(folder / "closeout.key")}
    settings = Settings.load({f"CLOSEOUT_{name}": value for name, value in {**fixed, **environment}.items()})
    if vaulted:
        Vault(db, settings).put(vaulted)
    return Configured.of(settings, db)


@pytest.mark.parametrize(
    ("environment", "vaulted", "lacks"),
    [
        ({**HUB, **LAB, **PAY}, {}, ""),
        ({}, {**HUB, **LAB, **PAY}, ""),
        (PAY, {**HUB, **LAB}, ""),
        ({**HUB, **PAY}, LAB, ""),
        ({**HUB, **LAB}, PAY, ""),
        ({**HALF_HUB, **LAB}, {LACKS_HUB: "a-secret", **PAY}, ""),
        ({}, {}, "connection github, connection lab, gateway platform"),
        (PAY, {}, "connection github, connection lab"),
        ({**HUB, **PAY}, {}, "connection lab"),
        (HUB, {}, "connection lab, gateway platform"),
        (HUB, PAY, "connection lab"),
        (HUB, LAB, "gateway platform"),
        ({**HUB, **LAB}, {"PUBLIC_URL": "https://closeout.acme.example"}, "gateway platform"),
        ({**HUB, "LAB_API_URL": "https://git.acme.example"}, PAY, "connection lab"),
        (HUB, {**HALF_LAB, **PAY}, "connection lab"),
    ],
)
def test_a_server_starts_where_nothing_of_what_is_missing_is_in_the_environment(
    sqlite_db: Database, tmp_path: Path, environment: dict[str, str], vaulted: dict[str, str], lacks: str
) -> None:
    found = configured(sqlite_db, tmp_path, environment, vaulted)
    assert ", ".join(found.connections.problems) == lacks


@pytest.mark.parametrize(
    ("environment", "vaulted", "told"),
    [
        ({**HUB, **HALF_LAB, **PAY}, {}, ["LAB_TOKEN"]),
        ({**HUB, **LAB}, {}, ["PLATFORM_SECRET"]),
        (TOKENS, {}, [LACKS_HUB, LACKS_LAB, "PLATFORM_SECRET"]),
        ({**HALF_HUB, **LAB, **PAY}, {}, [LACKS_HUB]),
        (HALF_HUB, {}, [LACKS_HUB, "LAB_WEBHOOK_SECRET", "PLATFORM_SECRET"]),
        (HALF_HUB, {**LAB, **PAY}, [LACKS_HUB]),
        ({**HUB, **HALF_LAB}, PAY, ["LAB_TOKEN"]),
        ({**HUB, **BAD_PAY}, LAB, ["PLATFORM_SECRET"]),
    ],
)
def test_a_server_whose_environment_is_a_secret_short_is_refused_with_all_that_is_missing(
    sqlite_db: Database, tmp_path: Path, environment: dict[str, str], vaulted: dict[str, str], told: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        configured(sqlite_db, tmp_path, environment, vaulted)
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0].removeprefix("CLOSEOUT_") for line in lines] == told


def test_what_does_not_open_does_not_keep_the_others_from_starting(
    sqlite_db: Database, tmp_path: Path
) -> None:
    vaulted = {LACKS_HUB: "a-secret", **LAB, **PAY}
    configured(sqlite_db, tmp_path, HALF_HUB, vaulted)
    with sqlite_db.transaction() as writing:
        writing.execute(sa.update(vault).where(vault.c.name == LACKS_HUB).values(sealed="garbage"))
    found = configured(sqlite_db, tmp_path, HALF_HUB, {})
    assert list(found.connections.problems) == ["connection github"]
    assert found.connections.forges.keys() == {"lab"}
