"""`disconnect` and `rotate`: a connection is taken back, or gets a new webhook secret."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from app.cli.connecting.inputs import Refused, say
from app.cli.contract_file import readable
from app.cli.store import opened
from app.connections import disconnect as taking_away
from app.connections import rotate as rotating
from app.connections.hookbook import HookBook
from app.connections.kept import Kept
from app.connections.names import check_name
from app.connections.turn import alone
from app.db import Database
from app.errors import ForgeError
from app.forges.flavours import Flavour
from app.forges.registry import SETUPS
from app.forges.setup import Setup, plain_secret
from app.milestones.contract import Configuration
from app.releases.decision.known_names import forget_connection
from app.settings import Settings
from app.vault.store import Vault


@dataclass(frozen=True, slots=True)
class Known:
    """A connection as it stands; `unreadable` is why there is no `configuration`."""

    flavour: Flavour
    configuration: Configuration | None
    unreadable: str
    kept: Kept
    book: HookBook
    db: Database

    def setup(self) -> Setup:
        """Raises Refused where there is nothing to ask the forge with."""
        entry = self.configuration.connections.get(self.kept.name) if self.configuration else None
        address = self.kept.value("API_URL") or (entry.api_url if entry else "")
        token = self.kept.value("TOKEN")
        if not token or not address:
            raise Refused(
                f"the connection {self.kept.name} has no {'address' if token else 'token'} any more",
                mend=f"Connect it again: closeout {self.flavour.kind} connect",
            )
        return SETUPS[self.flavour.kind](token, address)


@contextmanager
def _known(flavour: Flavour, name: str) -> Iterator[Known]:
    """The connection, while nobody else changes it."""
    settings = Settings.load()
    configuration, unreadable = readable()
    with opened() as db, alone(db):
        book = HookBook(db)
        kept = Kept(settings, Vault(db, settings), name)
        check_name("connection", name, kept.settings, configuration, flavour.kind)
        yield Known(flavour, configuration, unreadable, kept, book, db)


def disconnect(flavour: Flavour, name: str, *, is_sure: bool, is_forced: bool) -> None:
    """Raises Refused while contracts use it, ForgeError where a webhook can not be deleted."""
    with _known(flavour, name) as known:
        if not is_sure:
            _refuse_used(known)
        if known.book.of(name):
            _delete(known, is_forced=is_forced)
        forget_connection(known.db, name)
        removed = known.kept.remove()
    for variable in removed:
        say(f"{variable} is removed from the vault.")
    if not removed:
        say(f"Nothing of the connection {name} was in the vault.")
    by_hand = [
        known.kept.variable(one) for one in ("TOKEN", "WEBHOOK_SECRET") if known.kept.is_by_environment(one)
    ]
    if by_hand:
        say(f"Take out of the server's environment what you put there: {', '.join(by_hand)}.")
    say(f"Revoke the access token at {flavour.brand}, and delete webhooks that were made by hand.")


def _refuse_used(known: Known) -> None:
    """Raises Refused while contracts use the connection, or where the file does not let itself be read."""
    name = known.kept.name
    place = Settings.load().config
    is_there = not isinstance(place, Path) or place.exists()
    if known.configuration is None and known.unreadable and is_there:
        raise Refused(
            f"whether a contract uses the connection {name} can not be seen: {known.unreadable}",
            where="--yes",
            mend="Mend the contract file first, or say --yes",
        )
    used = taking_away.users(known.configuration, name) if known.configuration else []
    if used:
        raise Refused(
            f"{', '.join(used)} uses the connection {name}: nothing of it is billed without",
            where="--yes",
            mend="Take its repositories out of the contract file first, or say --yes",
        )


def _delete(known: Known, *, is_forced: bool) -> None:
    try:
        for line in taking_away.delete_hooks(known.setup(), known.kept, known.book, is_forced=is_forced):
            say(f"{line}.")
    except ForgeError as error:
        error.mend = (
            f"Everything else is kept. Mend that, or leave the webhook behind with --force ({error.mend})"
        )
        raise


def rotate(flavour: Flavour, name: str, *, by_hand: bool) -> None:
    """Raises Refused, SettingsError where the environment sets it, ForgeError where it is cut short."""
    if by_hand and not sys.stdout.isatty():
        raise Refused(
            "the secret is printed on a terminal only", where="--manual", mend="Run this in a terminal"
        )
    with _known(flavour, name) as known:
        hooks = known.book.of(name)
        rotating.refuse_environment(known.kept)
        if not hooks and not by_hand:
            raise Refused(
                f"no webhook of the connection {name} was made by connect",
                where="--name",
                mend="For webhooks that were made by hand: --manual, in a terminal",
            )
        setup = known.setup()
        if rotating.begin(known.kept, plain_secret if by_hand else setup.new_secret, hooks):
            say("A new webhook secret is stored; the one of before is accepted beside it.")
        else:
            say("The last rotation may not have reached every webhook: it goes on now.")
        try:
            for line in rotating.set_everywhere(setup, known.kept, known.book):
                say(f"{line}.")
        except ForgeError as error:
            error.mend = f"Both secrets are accepted meanwhile; do this again to go on ({error.mend})"
            raise
        if by_hand:
            known.kept.wait_until_taken_up()
            say("Paste this as the secret of every webhook that was made by hand:")
            click.echo(f"  {known.kept.value('WEBHOOK_SECRET')}")
    say(f"A day from now: closeout {flavour.kind} rotate --name {name} --finish")


def finish_rotation(flavour: Flavour, name: str) -> None:
    """Raises Unfinished while a webhook has the old secret."""
    with _known(flavour, name) as known:
        is_done = rotating.finish(known.kept, known.book.of(name))
    say("The old webhook secret is accepted no longer." if is_done else "There is no old webhook secret.")
