"""docs/settings.md has every setting that the code reads, none that it does not, and the right defaults."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import closeout
from app.milestones.environment import FIXED, PREFIX, SUFFIXES
from app.settings import Settings
from tests.docs.pages import PAGES, ROOT, Page

PAGE = Page(ROOT / "docs" / "settings.md")
ROWS = {
    row[0].strip("`"): row[1:]
    for row in (
        [cell.strip() for cell in line.strip("| ").split(" | ")]
        for line in PAGE.text.splitlines()
        if line.startswith(f"| `{PREFIX}")
    )
}
"""The variable → the other cells of its row; the last one says whether the vault may hold it."""
NAMED = {suffix for of in SUFFIXES.values() for suffix in of}


def test_every_variable_is_documented_and_every_documented_one_is_read() -> None:
    fixed = {f"{PREFIX}{name}" for name in (*FIXED, "KEY_FILE")}
    assert ROWS.keys() == fixed | {f"{PREFIX}<NAME>_{suffix}" for suffix in NAMED}


def test_every_field_of_the_settings_is_documented() -> None:
    inner = {"key_path", "is_key_given", "keys", "environment", "vaulted", "shut"}
    assert {one.name for one in fields(Settings)} - inner == {name.lower() for name in FIXED} - {"key"}


@pytest.mark.parametrize("name", ["DATABASE_URL", "WORKER_ID", "LOG_LEVEL", "SWEEP_S"])
def test_a_documented_default_is_the_one_that_holds(name: str) -> None:
    assert ROWS[f"{PREFIX}{name}"][0] == f"`{getattr(Settings.load({}), name.lower())}`"


def test_the_vault_takes_what_the_page_says_and_nothing_else(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'closeout.db'}"
    runner = CliRunner(env={f"{PREFIX}DATABASE_URL_FILE": str(tmp_path / "url"), f"{PREFIX}KEY": "k" * 32})
    (tmp_path / "url").write_text(url, encoding="utf-8")
    said = {}
    for variable in ROWS:
        name = variable.replace("<NAME>", "GITHUB")
        value = "https://closeout.example" if name.endswith("_URL") else "a-value-of-some-length"
        result = runner.invoke(closeout, ["vault", "put", name, "--file", "-"], input=value)
        said[variable] = "yes" if result.exit_code == 0 else "no"
    assert said == {variable: row[-1] for variable, row in ROWS.items()}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_names_no_setting_that_there_is_not(page: Page) -> None:
    known = {*FIXED, *(f"{name}_FILE" for name in FIXED), "PORT"}  # of compose.yaml
    named = re.findall(rf"\b{PREFIX}([A-Z][A-Z_]*[A-Z])\b", page.text)
    endings = tuple(f"_{suffix}{file}" for suffix in NAMED for file in ("", "_FILE"))
    assert [name for name in named if name not in known and not name.endswith(endings)] == []
