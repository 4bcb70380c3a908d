"""The contract file for a command: from this machine, or as the database keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.errors import ContractError

if TYPE_CHECKING:
    from app.milestones.contract import Configuration


def loaded() -> Configuration:
    """The file of the environment's settings. Raises ContractError where it can not be used."""
    from pathlib import Path

    from app.cli.store import NoDatabase, opened
    from app.configuration.kept import source_of
    from app.milestones.book import Book
    from app.settings import Settings

    settings = Settings.load()
    if isinstance(settings.config, Path):
        return Book(settings.config).current
    try:
        with opened() as db:
            return Book(source_of(settings, db)).current
    except NoDatabase as error:
        raise ContractError(error.what, where=str(settings.config), mend=error.mend) from error


def readable() -> tuple[Configuration | None, str]:
    """The same, or None and why it can not be used, for a command that can do without."""
    try:
        return loaded(), ""
    except ContractError as error:
        return None, f"{error.where}: {error.what}"
