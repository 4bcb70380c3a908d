"""Connecting GitLab, Gitea or Forgejo by an access token, as `closeout gitlab connect` and its kin do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app import logs
from app.connections import connect as act
from app.connections.addresses import is_full_name, server_address
from app.connections.checks import Examined, examine, is_token
from app.connections.hookbook import HookBook
from app.connections.names import check_name
from app.connections.trial import Trial, try_hooks
from app.errors import CloseoutError, SettingsError
from app.forges.registry import SETUPS
from app.setup.desk import Desk


class Refused(CloseoutError):
    """Nothing was stored; `reasons` say in whole sentences what stands in the way."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("nothing was stored", mend="Mend that at the forge, then do this again")
        self.reasons = tuple(reasons)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed. `full_names` are the repositories."""

    forge: str
    name: str
    url: str
    full_names: tuple[str, ...]

    def checked(self, desk: Desk) -> str:
        """The server's address. Raises SettingsError for what can not be."""
        check_name("connection", self.name, desk.settings, desk.book.current, self.forge)
        if self.forge not in SETUPS:
            raise SettingsError("no such forge is connected by a token", where="forge")
        if not self.full_names:
            raise SettingsError("no repository is named", mend="Write at least one, as owner/name")
        if strange := next((one for one in self.full_names if not is_full_name(one)), ""):
            raise SettingsError(f"{strange[:80]!r} is no repository", mend="Write each as owner/name")
        return server_address(self.url, "https://git.acme.example")


@dataclass(frozen=True, slots=True)
class ConnectedForge:
    """What became of it. Where the token may not make webhooks a person does: `clicks`, with `secret`."""

    examined: Examined
    trials: tuple[Trial, ...] = ()
    clicks: tuple[str, ...] = ()
    secret: str = ""


def connect_by_token(desk: Desk, wanted: Wanted, token: str) -> ConnectedForge:
    """Check, store, make the webhooks and have one sent. Raises SettingsError, ForgeError and Refused.

    The same server may be connected again, with another token or more repositories.
    """
    if not is_token(token):
        raise SettingsError("this is no access token", mend="Paste it whole, as the forge showed it")
    logs.redact([token])
    with desk.alone():
        address = wanted.checked(desk)
        desk.refuse_environment(wanted.name)
        kept, hook_url = desk.kept(wanted.name), f"{desk.settings.public_url}/hooks/{wanted.name}"
        act.check_free(kept, desk.connections.entries.get(wanted.name), address)
        setup = SETUPS[wanted.forge](token, address)
        examined = examine(setup, wanted.full_names, desk.settings.public_url)
        if examined.problems:
            raise Refused(examined.problems)
        by_hand = bool(examined.no_hooks)
        act.store(setup, kept, wanted.forge, token, address, by_hand=by_hand)
        desk.connections.refresh()
        if by_hand:
            clicks = tuple(setup.instructions(hook_url))
            return ConnectedForge(examined, (), clicks, kept.value("WEBHOOK_SECRET"))
        book = HookBook(desk.db)
        made = act.make_hooks(setup, kept, book, wanted.forge, examined.homes, hook_url)
        desk.connections.refresh()
        trials = tuple(try_hooks(setup, desk.db, wanted.name, made))
    return ConnectedForge(examined, trials)
