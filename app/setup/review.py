"""Looking at a contract file's text before it is saved: is it right, and what does it change in money."""

from __future__ import annotations

from dataclasses import dataclass

from app.db import Database
from app.milestones import document
from app.milestones.contract import Configuration
from app.milestones.problems import Problem
from app.releases.told.decided import read_decided
from app.releases.told.differences import differences, placed


@dataclass(frozen=True, slots=True)
class Review:
    """`problems` are the file's own, in its order; `differences` those against what was released before."""

    configuration: Configuration | None
    problems: list[Problem]
    differences: list[Problem]


def review(db: Database, text: str, file: str) -> Review:
    """What `closeout check --against-database` says of the text. `file` is the name that problems carry."""
    source = text.encode("utf-8", "surrogatepass")
    configuration, problems = document.read(source, file)
    if configuration is None:
        return Review(None, problems, [])
    with db.reading() as connection:
        decided = read_decided(connection)
    return Review(configuration, problems, placed(source, file, differences(configuration, decided)))
