"""The contract file, and whether all that it names has its secrets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.configured import connections_of
from app.connect import Connections
from app.connections.finding import Finding
from app.connections.standing import lacking
from app.db import Database
from app.errors import CloseoutError
from app.milestones import document
from app.milestones.problems import ConfigurationInvalid, number_of
from app.settings import Settings

SHOWN = 10
_ABOUT = "contract file"


def examine(path: Path) -> Iterator[Finding]:
    """Every error of the file, and how many warnings."""
    if not path.exists():
        mend = "closeout init, or point CLOSEOUT_CONFIG at it"
        yield Finding(_ABOUT, "broken", f"there is no contract file at {path}", mend)
        return
    try:
        configuration, problems = document.read(document.read_bytes(path), str(path))
    except ConfigurationInvalid as invalid:
        yield Finding(_ABOUT, "broken", invalid.what, invalid.mend)
        return
    errors = [one for one in problems if one.severity == "error"]
    for one in errors[:SHOWN]:
        yield Finding(_ABOUT, "broken", f"{one.where}: {one.message}", one.mend)
    if len(errors) > SHOWN:
        yield Finding(_ABOUT, "broken", f"and {len(errors) - SHOWN} more", f"closeout check {path}")
    warnings = len(problems) - len(errors)
    if warnings:
        yield Finding(
            _ABOUT, "warning", f"{path} has {number_of(warnings, 'warning')}", f"closeout check {path}"
        )
    if configuration is not None:
        yield Finding(_ABOUT, "ok", f"{path}: {number_of(len(configuration.contracts), 'contract')}")


def connect(settings: Settings, db: Database) -> tuple[Connections | None, list[Finding]]:
    """What the file connects, None where that can not be known; and what lacks its secrets."""
    try:
        connections = connections_of(settings, db, may_come=True)
    except CloseoutError as error:
        about = _ABOUT if isinstance(error, ConfigurationInvalid) else "vault"
        return None, [] if about == _ABOUT else [Finding(about, "broken", str(error), error.mend)]
    return connections, lacking(connections.problems)
