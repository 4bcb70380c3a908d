"""Taking a connection away: our webhooks at the forge first, then what is kept here."""

from __future__ import annotations

from collections.abc import Iterator

from app.connections.hookbook import HookBook
from app.connections.kept import Kept
from app.errors import ForgeError, ForgeNotFound
from app.forges.flavours import FLAVOURS
from app.forges.setup import Setup
from app.milestones.contract import Configuration


def users(configuration: Configuration, name: str) -> list[str]:
    """The contracts that have a repository at this connection."""
    contracts = configuration.contracts.values()
    return sorted(one.id for one in contracts if any(key.connection == name for key in one.repositories))


def delete_hooks(setup: Setup, kept: Kept, book: HookBook, *, is_forced: bool) -> Iterator[str]:
    """Delete every webhook of ours and forget it; says what became of each.

    Raises ForgeError at the first that the forge does not delete; with `is_forced` it is left behind.
    """
    for ours in book.of(kept.name):
        what = f"the webhook {ours.hook_id} of {ours.full_name}"
        try:
            setup.delete_hook(ours.repository, ours.hook_id)
            said = f"{what} is deleted"
        except ForgeNotFound:
            said = f"{what} was gone already"
        except ForgeError as error:
            if not is_forced:
                raise
            brand = FLAVOURS[ours.forge].brand
            said = f"{what} is left behind: {error.what}. Delete it at {brand}: its deliveries are refused"
        book.forget(ours)
        yield said
