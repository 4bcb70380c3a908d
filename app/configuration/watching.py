"""The loops that keep the contract file's repository in view."""

from __future__ import annotations

from app.configuration.fetching import POLL_S, Fetcher
from app.configuration.teller import PlanTeller
from app.db import Database
from app.loops import Loop


def watching(db: Database, fetcher: Fetcher, teller: PlanTeller, sweep_s: int) -> tuple[Loop, ...]:
    """Fetching, telling, and every `sweep_s` (0: never) what no webhook told; of several servers one does."""
    turns = [("fetching", fetcher.turn, POLL_S), ("plans", teller.turn, 1.0)]
    if sweep_s:
        turns.append(("pull requests", teller.catch_up, sweep_s))
    return tuple(
        Loop(name, db.alone(name, turn), pause_s=pause_s, jitter=0.1, patience_s=5.0)
        for name, turn, pause_s in turns
    )
