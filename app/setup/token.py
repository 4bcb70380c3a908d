"""Connecting GitLab, Gitea or Forgejo by an access token, as `closeout gitlab connect` and its kin do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app import logs
from app.connections import connect as act
from app.connections.addresses import is_full_name, same_server, server_address
from app.connections.checks import Examined, examine
from app.connections.hookbook import HookBook
from app.connections.names import check_name
from app.connections.trial import Trial, try_hooks
from app.errors import CloseoutError, SettingsError
from app.forges.registry import SETUPS
from app.setup.desk import Desk

SECRETS = ("TOKEN", "APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET")
_TOKEN = re.compile(r"[!-~]{8,1000}", re.ASCII)


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
        check_name("connection", self.name, desk.settings, desk.configuration, self.forge)
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
    hook_url: str
    trials: tuple[Trial, ...] = ()
    clicks: tuple[str, ...] = ()
    secret: str = ""


def connect_by_token(desk: Desk, wanted: Wanted, token: str) -> ConnectedForge:
    """Check, store, make the webhooks and have one sent. Raises SettingsError, ForgeError and Refused.

    The same server may be connected again, with another token or more repositories.
    """
    if not _TOKEN.fullmatch(token):
        raise SettingsError("this is no access token", mend="Paste it whole, as the forge showed it")
    logs.redact([token])
    with desk.alone():
        address = wanted.checked(desk)
        _check_free(desk, wanted, address)
        setup = SETUPS[wanted.forge](token, address)
        examined = examine(setup, wanted.full_names, desk.settings.public_url)
        if examined.problems:
            raise Refused(examined.problems)
        kept, hook_url = desk.kept(wanted.name), f"{desk.settings.public_url}/hooks/{wanted.name}"
        by_hand = bool(examined.no_hooks)
        act.store(setup, kept, wanted.forge, token, address, by_hand=by_hand)
        desk.connections.refresh()
        if by_hand:
            clicks = tuple(setup.instructions(hook_url))
            return ConnectedForge(examined, hook_url, (), clicks, kept.value("WEBHOOK_SECRET"))
        book = HookBook(desk.db)
        made = act.make_hooks(setup, kept, book, wanted.forge, examined.homes, hook_url)
        desk.connections.refresh()
        trials = tuple(try_hooks(setup, desk.db, wanted.name, made))
    return ConnectedForge(examined, hook_url, trials)


def _check_free(desk: Desk, wanted: Wanted, address: str) -> None:
    """A name belongs to one server: the token of another one must not replace its own."""
    present = desk.connections.entries.get(wanted.name)
    at = desk.settings.value(wanted.name, "API_URL") or (present.api_url if present else "")
    if desk.is_by_environment(wanted.name, *SECRETS):
        what = f"the connection {wanted.name} has its secrets from the server's environment"
        raise SettingsError(what, mend="Choose another name, or take them out of the environment first")
    if at and not same_server(at, address):
        raise SettingsError(f"the connection {wanted.name} is {at} already", mend="Choose another name")
