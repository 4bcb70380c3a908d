"""What a webhook about the configuration's repository leads to: a look. It is believed in nothing else."""

from __future__ import annotations

from app.configuration.fetching import Fetcher
from app.configuration.kept import read_kept
from app.configuration.pulls import mark
from app.db import Database
from app.events import PullRequestChanged, Pushed


class ConfigurationEvents:
    """Takes pushes and pull requests; without a fetcher the contract file is in no repository."""

    def __init__(self, db: Database, fetcher: Fetcher | None) -> None:
        self._db, self._fetcher = db, fetcher

    def take(self, event: Pushed | PullRequestChanged, connection: str) -> str:
        """What was done, in a sentence; "" where the event is about another repository or branch."""
        if self._fetcher is None:
            return ""
        place = self._fetcher.place
        known = read_kept(self._db, place).repository_id
        is_ours = (
            event.repository.id == known
            if known
            else event.repository.full_name.lower() == place.full_name.lower()
        )
        if connection != place.connection or not is_ours:
            return ""
        if isinstance(event, PullRequestChanged):
            with self._db.transaction() as writing:
                mark(writing, place, event.number)
            return f"pull request #{event.number} is looked at: it may change {place}"
        if event.ref != f"refs/heads/{place.branch}":
            return ""
        return self._fetcher.fetch()
