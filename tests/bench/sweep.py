"""Sweeping a repository of 10,000 issues: requests and time by how many of them changed, in one run.

The forge is the pretend GitHub over HTTP, the client the real one. The time is the sweep's and the forge's
together, as both run in this process; the requests hold everywhere.
"""

from __future__ import annotations

import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app import logs, migrations
from app.db import Database
from app.forges.github.client import by_token
from app.milestones.book import Book
from app.releases.decision.identities import Identities
from app.releases.sweep.marks import set_mark
from app.releases.sweep.sweeper import Sweeper
from app.sandbox.forge import SandboxForge
from app.sandbox.forge.records import Issue, Repository
from app.sandbox.world import BOT, EXAMPLE, PEOPLE, REPOSITORY

ISSUES = 10_000
CHANGED = (0, 100, 1_000, 10_000)
LABEL = "milestone:ui-prototype"
QUIET_S = 86_400
"""How long ago everything changed that is not to count as changed."""


def main() -> None:
    """Print a line per number of changed issues; each sweep begins from the same remembered moment."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, SandboxForge() as forge:
        logs.configure("error", stream=nowhere)
        repository = _repository(forge)
        costs = {changed: _cost(forge, repository, changed) for changed in CHANGED}
    base_requests, base_s = costs[CHANGED[0]]
    for changed, (requests, cost_s) in costs.items():
        print(
            f"{changed:>6,} of {ISSUES:,} issues changed: {requests} requests"
            f" ({requests - base_requests} for the changes, {-(-changed // 100)} pages),"
            f" time ratio {cost_s / base_s:.1f}"
        )


def _repository(forge: SandboxForge) -> Repository:
    for login, (token, _) in PEOPLE.items():
        forge.add_user(login, token)
    repository = forge.add_repository(REPOSITORY)
    for login, (_, role) in PEOPLE.items():
        forge.set_role(REPOSITORY, login, role)
    author = forge.state.users["dana"]
    for contract_label in ("kickoff", "ui-prototype", "uat", "launch"):
        forge.state.label(repository, f"milestone:{contract_label}")
    for number in range(ISSUES):
        issue = forge.state.add_issue(repository, author, f"Case {number}")
        issue.labels.append(forge.state.label(repository, LABEL))
    return repository


def _cost(forge: SandboxForge, repository: Repository, changed: int) -> tuple[int, float]:
    """Requests and seconds of one sweep after so many issues were closed."""
    began = datetime.now(UTC) - timedelta(hours=12)
    for place, issue in enumerate(repository.issues.values()):
        _set(issue, began + timedelta(seconds=place) if place < changed else None)
    with tempfile.TemporaryDirectory(prefix="closeout-bench-") as folder:
        db = Database(f"sqlite:///{folder}/closeout.db")
        migrations.upgrade(db)
        forges = {"github": by_token(PEOPLE[BOT][0], forge.url)}
        identities = Identities(db, forges)
        sweeper = Sweeper(db, Book(EXAMPLE), forges, identities, {})
        sweeper.sweep()  # the labels and the repository become known, which is asked for once
        with db.transaction() as connection:
            set_mark(connection, "github", REPOSITORY, _text(began))
        before, started = len(forge.requests()), time.perf_counter()
        (reading,) = sweeper.sweep().readings
        cost_s = time.perf_counter() - started
        db.close()
    if reading.problem or reading.changed != changed:
        raise RuntimeError(f"{changed} issues changed, and the sweep says {reading}")
    return len(forge.requests()) - before, cost_s


def _set(issue: Issue, closed_at: datetime | None) -> None:
    """Closed at that moment; or open, and untouched for a day."""
    issue.state = "open" if closed_at is None else "closed"
    issue.state_reason = None if closed_at is None else "completed"
    issue.closed_at = None if closed_at is None else _text(closed_at)
    issue.updated_at = issue.closed_at or _text(datetime.now(UTC) - timedelta(seconds=QUIET_S))


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    main()
