"""What is wrong with an installation, and the command that mends it.

Each file examines one part and answers findings; a part that can not be examined is a finding as well. What
is asked of forges and gateways costs nothing there, and nothing is changed but what is remembered of where
GitHub Apps are installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.connections.finding import Finding
from app.doctor import address, configuration, contracts, forges, gateways, work
from app.doctor.machine import opened
from app.place import InRepository
from app.settings import Settings

__all__ = ["examine"]


def examine(settings: Settings) -> Iterator[Finding]:
    """Everything that can be said about the installation that `settings` describe, part by part."""
    if isinstance(settings.config, Path):
        yield from contracts.examine(settings.config)
    with opened(settings) as (found, db):
        yield from found
        if db is None:
            return
        yield from work.examine(db)
        if isinstance(settings.config, InRepository):
            yield from configuration.examine(settings, db, settings.config)
        connections, lacks = contracts.connect(settings, db)
        yield from lacks
        if connections is None:
            return
        yield from address.examine(connections)
        yield from forges.examine(db, connections)
        yield from gateways.examine(connections)
