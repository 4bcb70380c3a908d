"""The contract file in a repository: what is in force, what keeps a newer one from it, what GitHub shows."""

from __future__ import annotations

from collections.abc import Iterator

from app.configuration.kept import read_kept
from app.configuration.pulls import failing
from app.configured import connections_of
from app.connections.finding import Finding
from app.db import Database
from app.errors import CloseoutError
from app.events import Repository
from app.place import SHORT, InRepository
from app.settings import Settings

SHOWN = 5
_SHOW = "closeout configuration"


def examine(settings: Settings, db: Database, place: InRepository) -> Iterator[Finding]:
    """What the database keeps of it, then what the forge says."""
    about, kept = f"contract file {place}", read_kept(db, place)
    if not kept.commit:
        yield Finding(about, "broken", kept.problem or "nothing was read from it yet", "closeout serve")
    elif kept.problem:
        yield Finding(about, "broken", kept.problem, _SHOW)
    else:
        yield Finding(about, "ok", f"commit {kept.commit[:SHORT]} is in force")
    for number, problem in failing(db, place)[:SHOWN]:
        mend = "It is tried again by itself; else close and reopen the pull request"
        yield Finding(about, "warning", f"pull request #{number} was not told: {problem}", mend)
    try:
        contents = connections_of(settings, db, may_come=True).contents()
        repository = Repository(kept.repository_id, place.full_name)
        head = contents.read_head(repository, place.branch)
    except CloseoutError as error:
        yield Finding(about, "broken", f"{error.where}: {error.what}".removeprefix(": "), error.mend)
        return
    if head not in (kept.commit, kept.head):
        said = f"the branch is at {head[:SHORT]}, which no server has looked at yet"
        yield Finding(about, "warning", said, "It is looked at every minute while closeout serve runs")
    try:
        contents.list_pulls(repository, place.branch)
    except CloseoutError as error:
        said = f"its pull requests can not be read, and get no plan: {error.what}"
        yield Finding(about, "warning", said, error.mend)
