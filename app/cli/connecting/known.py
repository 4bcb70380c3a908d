"""A connection that a command changes, and taking away what is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.cli.connecting.inputs import Refused, say
from app.cli.contract_file import readable
from app.cli.store import opened
from app.connections.disconnect import users
from app.connections.github import our_hook
from app.connections.hookbook import HookBook, OurHook
from app.connections.installed import forget
from app.connections.kept import Kept
from app.connections.names import check_name
from app.connections.rotate import finish
from app.connections.turn import alone
from app.db import Database
from app.forges.registry import SETUPS
from app.forges.setup import Setup
from app.milestones.contract import Configuration
from app.milestones.environment import SUFFIXES
from app.releases.decision.known_names import forget_connection
from app.settings import Settings
from app.vault.store import Vault


@dataclass(frozen=True, slots=True)
class Known:
    """A connection to a forge of this kind as it stands; `unreadable` is why there is no `configuration`."""

    kind: str
    configuration: Configuration | None
    unreadable: str
    kept: Kept
    book: HookBook
    db: Database

    @property
    def hooks(self) -> list[OurHook]:
        """Its webhooks; of a GitHub App the one for all repositories."""
        if self.kind == "github":
            return [our_hook(self.kept, self.book)]
        return self.book.of(self.kept.name)

    def setup(self) -> Setup:
        """Raises Refused where there is nothing to ask the forge with."""
        entry = self.configuration.connections.get(self.kept.name) if self.configuration else None
        address = self.kept.value("API_URL") or (entry.api_url if entry else "")
        token = self.kept.value("TOKEN")
        if not token or not address:
            raise Refused(
                f"the connection {self.kept.name} has no {'address' if token else 'token'} any more",
                mend=f"Connect it again: closeout {self.kind} connect",
            )
        return SETUPS[self.kind](token, address)

    def refuse_used(self) -> None:
        """Raises Refused while contracts use it, or where the file does not let itself be read."""
        name, place = self.kept.name, Settings.load().config
        is_there = not isinstance(place, Path) or place.exists()
        if self.configuration is None and self.unreadable and is_there:
            raise Refused(
                f"whether a contract uses the connection {name} can not be seen: {self.unreadable}",
                where="--yes",
                mend="Mend the contract file first, or say --yes",
            )
        used = users(self.configuration, name) if self.configuration else []
        if used:
            raise Refused(
                f"{', '.join(used)} uses the connection {name}: nothing of it is billed without",
                where="--yes",
                mend="Take its repositories out of the contract file first, or say --yes",
            )

    def remove(self) -> None:
        """Forget all that is kept of it, and say so."""
        name = self.kept.name
        forget_connection(self.db, name)
        removed = self.kept.remove()
        forget(self.db, name)
        self.book.forget_all(name)
        for variable in removed:
            say(f"{variable} is removed from the vault.")
        if not removed:
            say(f"Nothing of the connection {name} was in the vault.")
        suffixes = [one for one, how in SUFFIXES["connection"].items() if how == "secret"]
        by_hand = [self.kept.variable(one) for one in suffixes if self.kept.is_by_environment(one)]
        if by_hand:
            say(f"Take out of the server's environment what you put there: {', '.join(by_hand)}.")


@contextmanager
def known(
    kind: str, name: str, opening: Callable[[], AbstractContextManager[Database]] = opened
) -> Iterator[Known]:
    """The connection, while nobody else changes it."""
    settings = Settings.load()
    configuration, unreadable = readable()
    with opening() as db, alone(db):
        kept = Kept(settings, Vault(db, settings), name)
        check_name("connection", name, kept.settings, configuration, kind)
        yield Known(kind, configuration, unreadable, kept, HookBook(db), db)


def finish_rotation(kind: str, name: str) -> None:
    """Raises Unfinished while a webhook has the old secret."""
    with known(kind, name) as one:
        is_done = finish(one.kept, one.hooks)
    say("The old webhook secret is accepted no longer." if is_done else "There is no old webhook secret.")
