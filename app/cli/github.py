"""`closeout github`: take over a GitHub App that exists, change its webhook's secret, let it go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.connecting.inputs import Refused, content, say
from app.cli.contract_file import readable
from app.cli.store import opened_or_made
from app.connections.hookbook import HookBook

if TYPE_CHECKING:
    from app.connections.kept import Kept
    from app.db import Database


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NAME = click.option(
    "--name", default="github", show_default=True, help="The connection's name in the contract file."
)


@click.group(short_help="Take over a GitHub App; change its webhook's secret; let it go.")
def command() -> None:
    """GitHub Apps that exist. A new one is made in the browser: closeout setup."""


@command.command("import")
@click.option("--app-id", required=True, help="The App ID from the App's settings page.")
@click.option("--private-key", "key_file", required=True, type=_FILE, help="The .pem file made on that page.")
@_NAME
@click.option("--api-url", default="", help="For one's own GitHub server: https://host/api/v3")
@click.option("--public-url", default="", help="Where GitHub reaches this server; kept in the vault.")
@click.option(
    "--webhook-secret-file",
    "secret_file",
    type=_FILE,
    help="The App's webhook secret; then its webhook is left as it is.",
)
@click.option("--replace", "replaces", is_flag=True, help="Also where the connection is something else now.")
def import_(
    app_id: str,
    key_file: Path,
    name: str,
    api_url: str,
    public_url: str,
    secret_file: Path | None,
    replaces: bool,
) -> None:
    """Take over an App: prove its id and key, point its webhook here, keep its secrets in the vault.

    A running server takes it up within seconds. Safe to run again.
    """
    from app import wellformed
    from app.connections.github import Credentials, lacks, take_over
    from app.connections.installed import App, Installed
    from app.releases.decision.known_names import forget_connection

    key, secret = content(key_file), content(secret_file) if secret_file else ""
    given = Credentials(app_id, key, api_url, secret)
    public_url = wellformed.web_address(public_url)
    with _kept(name) as (kept, db):
        if replaces:
            forget_connection(db, name)
        facts = take_over(kept, HookBook(db), given, public_url=public_url, replaces=replaces)
        say(f"The GitHub App {facts.name} ({facts.slug}) is the connection {name}.")
        if not secret:
            say(f"Its webhook calls {kept.public_url}/hooks/{name}.")
        for what, mend in lacks(facts):
            say(f"To do: {what}. {mend}")
        places: dict[str, App] = {name: given.app}
        say(f"Now {Installed(db, places).refresh(name)}.")
    say(f"Install it, or change where: {facts.url}/installations/new")
    say(f"In the contract file: connections: [{{name: {name}, forge: github}}]; then closeout doctor")


@command.command()
@_NAME
@click.option("--finish", is_flag=True, help="Accept the secret before the last rotation no longer.")
def rotate(name: str, finish: bool) -> None:
    """Give the App's webhook a new secret; the one before is accepted until --finish, or the next time.

    A rotation that was interrupted is finished first; until then --finish is refused.
    """
    from app.connections import github
    from app.connections.rotate import finish as end

    with _kept(name) as (kept, db):
        book = HookBook(db)
        if finish:
            is_done = end(kept, [github.our_hook(kept, book)])
            say("The old webhook secret is accepted no longer." if is_done else "There is no old one.")
            return
        is_new = github.rotate(kept, book)
        say("The App signs with a new secret." if is_new else "The App signs with the last new secret now.")
    say(f"A day from now: closeout github rotate --name {name} --finish")


@command.command()
@_NAME
@click.option("--yes", "is_sure", is_flag=True, help="Also while contracts use it.")
def disconnect(name: str, is_sure: bool) -> None:
    """Remove the App's secrets from the vault: its webhooks are refused from then on."""
    from app.connections.disconnect import users
    from app.connections.github import app_of
    from app.connections.installed import forget
    from app.errors import CloseoutError
    from app.releases.decision.known_names import forget_connection

    configuration, unreadable = readable()
    used = users(configuration, name) if configuration else []
    with _kept(name) as (kept, db):
        if used and not is_sure:
            raise Refused(
                f"{', '.join(used)} uses the connection {name}: nothing of it is billed without",
                where="--yes",
                mend="Take its repositories out of the contract file first, or say --yes",
            )
        try:
            page = app_of(kept).read().url
        except CloseoutError:  # it may be deleted already
            page = ""
        forget_connection(db, name)
        removed = kept.remove()
        forget(db, name)
        HookBook(db).forget_all(name)
    for variable in removed:
        say(f"{variable} is removed from the vault.")
    told = f"Uninstall or delete the App at GitHub: {page or 'its settings page'}"
    say(told if removed else f"Nothing of the connection {name} was in the vault.")
    if unreadable and not is_sure:
        say(f"Whether a contract uses it could not be seen: {unreadable}")


@contextmanager
def _kept(name: str) -> Iterator[tuple[Kept, Database]]:
    """What is kept of the connection, while nobody else changes it."""
    from app.connections.kept import Kept
    from app.connections.names import check_name
    from app.connections.turn import alone
    from app.settings import Settings
    from app.vault.store import Vault

    settings = Settings.load()
    configuration, _ = readable()
    with opened_or_made() as db, alone(db):
        kept = Kept(settings, Vault(db, settings), name)
        check_name("connection", name, kept.settings, configuration, "github")
        yield kept, db
