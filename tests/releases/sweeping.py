"""A play in which webhooks get lost and sweeps look for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.db import Database
from app.forges.base import Forge
from app.inbox.queries import list_deliveries
from app.milestones.book import Book
from app.releases.decision.identities import Identities
from app.releases.sweep.redelivery import Redelivers
from app.releases.sweep.sweeper import Reading, Sweeper
from tests.fakes.world import World
from tests.releases.play import Play, play


@contextmanager
def installed(
    folder: Path, kind: str, rules: dict[str, Any] | None = None, **more: Any
) -> Iterator[tuple[Play, Sweeper]]:
    """A play at a forge where Closeout has looked around once before anything happens."""
    with play(folder, kind, rules, **more) as stage:
        set_clock(stage, timedelta(hours=-1))
        sweeper = sweeper_of(stage)
        assert read(sweeper).problem == ""
        yield stage, sweeper
        stage.check()


def sweeper_of(stage: Play) -> Sweeper:
    """A sweeper as a server makes one at its start."""
    return Sweeper(stage.db, stage.book, {"forge": stage.client}, stage.decider.identities, {})


def sweeper_over(
    db: Database, book: Book, forges: Mapping[str, Forge], apps: Mapping[str, Redelivers] | None = None
) -> Sweeper:
    return Sweeper(db, book, forges, Identities(db, forges), apps or {})


def read(sweeper: Sweeper) -> Reading:
    """What one sweep says of the only repository."""
    (reading,) = sweeper.sweep().readings
    return reading


def new(sweeper: Sweeper) -> int:
    """How much one sweep finds that nobody told."""
    reading = read(sweeper)
    assert reading.problem == ""
    return reading.new


def set_clock(stage: Play, ahead: timedelta) -> None:
    """Where the forge's clock is ours to set: GitLab's and Gitea's stand-ins begin on a day of their own."""
    if isinstance(stage.forge, World):
        stage.forge._clock = datetime.now(UTC).replace(microsecond=0) + ahead


def own_deliveries(stage: Play) -> list[dict[str, Any]]:
    """What Closeout put into the inbox by itself."""
    return [row for row in list_deliveries(stage.db, limit=1000) if row["source"] == "closeout"]
