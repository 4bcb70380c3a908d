"""Where the contract file is: a path, or a file at the head of a branch of a repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import SettingsError
from app.place import InRepository, config_place
from app.settings import Settings


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("github:acme/contracts@main", InRepository("github", "acme/contracts", "main")),
        ("work:acme/c@release/2026", InRepository("work", "acme/c", "release/2026")),
        ("github:acme/c@main:money/a.yml", InRepository("github", "acme/c", "main", "money/a.yml")),
        ("closeout.yml", Path("closeout.yml")),
        ("/etc/closeout.yml", Path("/etc/closeout.yml")),
        ("C:\\closeout.yml", Path("C:\\closeout.yml")),
        ("./github:acme/c@main", Path("./github:acme/c@main")),
    ],
)
def test_a_repository_is_told_from_a_path(text: str, place: Path | InRepository) -> None:
    assert Settings.load({"CLOSEOUT_CONFIG": text}).config == place


@pytest.mark.parametrize(
    "text",
    [
        "github:acme/contracts",
        "github:contracts@main",
        "github:acme/contracts@",
        "github:acme/contracts@main:",
        "github:acme/contracts@main:../secrets.yml",
        "github:acme/contracts@main:/etc/passwd",
        "github:acme/contracts@main:a//b.yml",
        "github:acme/contracts@ma in",
        "github:acme/contracts.git@main",
        "github:acme/..@main",
        "github:acme/contracts@main:a?ref=other",
    ],
)
def test_what_begins_like_a_repository_and_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="connection:owner/name@branch") as caught:
        config_place(text)
    assert caught.value.where == "CLOSEOUT_CONFIG"


def test_a_place_names_itself_in_full_and_at_a_commit() -> None:
    place = InRepository("github", "acme/contracts", "main")
    assert str(place) == "github:acme/contracts@main:closeout.yml"
    assert place.at("0123456789abcdef") == "github:acme/contracts@0123456789ab:closeout.yml"
    assert config_place(str(place)) == place
