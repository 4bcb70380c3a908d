"""`closeout gitlab connect` and its kin: check, store, make the webhooks, have one sent, say what is next."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.cli.connecting import inputs
from app.cli.connecting.inputs import Refused, say
from app.cli.contract_file import readable
from app.cli.store import existing_or_scratch, opened_or_made
from app.connect import VENDORS
from app.connections import connect as act
from app.connections.addresses import same_server, server_address
from app.connections.checks import Examined, examine
from app.connections.hookbook import HookBook
from app.connections.kept import Kept
from app.connections.names import check_name
from app.connections.trial import Trial, try_hooks
from app.connections.turn import alone
from app.db import Database
from app.errors import ForgeError
from app.forges.flavours import Flavour
from app.forges.registry import SETUPS
from app.forges.setup import Home, Setup
from app.milestones.contract import Configuration
from app.settings import Settings
from app.vault.store import Vault


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed."""

    url: str
    full_names: tuple[str, ...]
    name: str
    public_url: str
    token_file: Path | None
    is_dry: bool
    is_manual: bool


@dataclass(frozen=True, slots=True)
class Ready:
    """What was typed, checked: `address` is the forge's, `hook_url` ours."""

    flavour: Flavour
    wanted: Wanted
    configuration: Configuration | None
    kept: Kept
    book: HookBook
    setup: Setup
    token: str
    address: str
    public_url: str
    full_names: tuple[str, ...]

    @property
    def hook_url(self) -> str:
        return f"{self.public_url}/hooks/{self.wanted.name}"


def connect(flavour: Flavour, wanted: Wanted) -> None:
    """Raises Refused and ForgeError with what to mend; nothing is stored before everything was checked."""
    if wanted.is_manual and not wanted.is_dry and not sys.stdout.isatty():
        raise Refused(
            "the webhook's secret is printed on a terminal only, so that it ends in no file",
            where="--manual",
            mend="Run this in a terminal",
        )
    settings = Settings.load()
    with existing_or_scratch() if wanted.is_dry else opened_or_made() as db:
        ready = _prepare(flavour, wanted, settings, db)
        examined = examine(ready.setup, ready.full_names, ready.public_url)
        _tell_examined(examined)
        _refuse_problems(ready, examined)
        if wanted.is_dry:
            _tell_plan(ready, examined.homes)
            return
        with alone(db):
            # Somebody may have connected it since it was looked at.
            _check_free(flavour, ready.kept, readable()[0], ready.address)
            changed = act.store(
                ready.setup, ready.kept, flavour.kind, ready.token, ready.address, by_hand=wanted.is_manual
            )
            if wanted.public_url and ready.public_url != ready.kept.public_url:
                ready.kept.put_public_url(ready.public_url)
            if changed:
                say(f"Stored in the vault: what the connection {wanted.name} needs.")
            if wanted.is_manual:
                _tell_by_hand(ready, examined.homes)
            else:
                _make_and_try(ready, examined.homes, db)
    _tell_next(ready)


def _prepare(flavour: Flavour, wanted: Wanted, settings: Settings, db: Database) -> Ready:
    configuration, _ = readable()
    kept, book = Kept(settings, Vault(db, settings), wanted.name), HookBook(db)
    ours = book.of(wanted.name)
    address = server_address(wanted.url, flavour.example)
    _check_free(flavour, kept, configuration, address)
    for full_name in wanted.full_names:
        inputs.check_full_name(full_name, flavour)
    entry = configuration.connections.get(wanted.name) if configuration else None
    address = entry.api_url.rstrip("/") if entry and entry.api_url else address
    public_url = inputs.public_address(wanted.public_url, kept)
    if wanted.public_url and settings.public_url not in {"", public_url}:
        mend = "Take CLOSEOUT_PUBLIC_URL out of the environment, or leave this option away"
        raise Refused(f"the environment says {settings.public_url}", where="--public-url", mend=mend)
    keys = [
        key for one in (configuration.contracts.values() if configuration else ()) for key in one.repositories
    ]
    known = {key.full_name for key in keys if key.connection == wanted.name} | {one.full_name for one in ours}
    full_names = tuple(dict.fromkeys(wanted.full_names)) or tuple(sorted(known))
    if not full_names:
        raise Refused(
            f"no {flavour.noun} is named, neither here nor by a contract",
            where=flavour.option,
            mend=f"Give at least one {flavour.option} {flavour.form}",
        )
    before = kept.value("API_URL") or (entry.api_url if entry else "") or VENDORS.get(flavour.kind, "")
    token = inputs.read_token(flavour, wanted.token_file, kept, may_keep=same_server(before, address))
    setup = SETUPS[flavour.kind](token, address)
    return Ready(flavour, wanted, configuration, kept, book, setup, token, address, public_url, full_names)


def _check_free(flavour: Flavour, kept: Kept, configuration: Configuration | None, address: str) -> None:
    """Raises SettingsError for a name that can be none, or that is another server's."""
    check_name("connection", kept.name, kept.settings, configuration, flavour.kind)
    act.check_free(kept, configuration.connections.get(kept.name) if configuration else None, address)


def _tell_examined(examined: Examined) -> None:
    account = examined.account
    ends = f", until {account.expires_on}" if account.expires_on else ""
    say(f"{account.server}, as {account.login}{ends}")
    for home in examined.homes:
        say(f"{home.repository.full_name}: id {home.repository.id}")
    for warning in examined.warnings:
        say(f"Warning: {warning}.")


def _refuse_problems(ready: Ready, examined: Examined) -> None:
    if examined.problems:
        raise Refused(
            "\n  ".join(("nothing was stored, because", *examined.problems)),
            where=ready.address,
            mend="Mend that, then do this again",
        )
    if examined.no_hooks and not ready.wanted.is_manual:
        _tell_clicks(ready, examined.homes)
        raise Refused(
            "\n  ".join(("nothing was stored, because", *examined.no_hooks)),
            where=ready.address,
            mend="Give the token's account that role, or make the webhook by hand: the same with --manual",
        )


def _make_and_try(ready: Ready, homes: Sequence[Home], db: Database) -> None:
    try:
        made = act.make_hooks(ready.setup, ready.kept, ready.book, ready.flavour.kind, homes, ready.hook_url)
    except ForgeError as error:
        if error.status == 403:
            _tell_clicks(ready, homes)
            error.mend = f"{error.mend}: the same command with --manual"
        raise
    for one in made:
        say(f"{one.home.repository.full_name}: webhook {one.hook.id} {_DID[one.did]}")
        if one.others:
            say(f"Warning: webhook {', '.join(one.others)} has the same URL: delete it at {one.home.page}.")
    if all(one.did == "right" for one in made):
        say("All is right; nothing was changed at the forge.")
    if not _is_in_file(ready):
        say(f"No test delivery was asked for: no contract file names the connection {ready.wanted.name} yet.")
        return
    for trial in try_hooks(ready.setup, db, ready.wanted.name, made):
        _tell_trial(trial)


_DID = {
    "made": "was made",
    "mended": "was mended",
    "given": "was given the environment's secret",
    "right": "is as it should be",
}


def _tell_trial(trial: Trial) -> None:
    say(
        f"{trial.full_name}: {trial.said}."
        if trial.is_taken
        else f"Warning: {trial.full_name}: {trial.said}."
    )


def _tell_plan(ready: Ready, homes: Sequence[Home]) -> None:
    say(f"Would store token and webhook secret of the connection {ready.wanted.name}, and make or mend:")
    for home in homes:
        say(f"  {home.repository.full_name}: a webhook to {ready.hook_url}")
    say("Nothing was changed.")


def _tell_clicks(ready: Ready, homes: Sequence[Home]) -> None:
    say(f"By hand, as somebody who may manage webhooks of the {ready.flavour.noun}:")
    for home in homes:
        say(f"  {home.page}")
    for line in ready.setup.instructions(ready.hook_url):
        say(f"    {line}")
    if not ready.wanted.is_manual:
        say("    The secret is shown by --manual, on a terminal.")


def _tell_by_hand(ready: Ready, homes: Sequence[Home]) -> None:
    """The one place that prints a secret: a person has to paste it."""
    import click

    _tell_clicks(ready, homes)
    click.echo(f"    The secret: {ready.kept.value('WEBHOOK_SECRET')}")
    say("It is not shown again, but by --manual. Clear this terminal when it is pasted.")


def _is_in_file(ready: Ready) -> bool:
    return ready.configuration is not None and ready.wanted.name in ready.configuration.connections


def _tell_next(ready: Ready) -> None:
    name, kind = ready.wanted.name, ready.flavour.kind
    say("Next:")
    if not _is_in_file(ready):
        entry = f'{{name: {name}, forge: {kind}, api_url: "{ready.address}"}}'
        say(f"  in the contract file, below connections: - {entry}")
        listed = ", ".join(f'"{name}:{full_name}"' for full_name in ready.full_names)
        say(f"  and in its contract: repositories: [{listed}]")
    say("  closeout labels sync    makes the milestones' labels")
    say("  closeout doctor         says whether all is well")
