"""The contract file for a command that can do without: what was released is told from the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.errors import ContractError

if TYPE_CHECKING:
    from app.milestones.contract import Configuration


def readable() -> tuple[Configuration | None, str]:
    """The file of the environment's settings, or None and why it can not be used."""
    from app.milestones.document import load
    from app.settings import Settings

    try:
        return load(Settings.load().config), ""
    except ContractError as error:
        return None, f"{error.where}: {error.what}"
