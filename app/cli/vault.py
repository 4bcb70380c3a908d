"""`closeout vault`: what is in the vault, putting in and taking out, and another key."""

from __future__ import annotations

import json
from typing import TextIO

import click

from app.cli.store import opened_or_made
from app.cli.table import clean, echo_table
from app.errors import SettingsError
from app.milestones.problems import number_of
from app.settings import Settings
from app.wellformed import PREFIX

_FIXED = ("PUBLIC_URL", "STATUS_TOKEN")
"""The settings of the server itself that the vault may hold; all others belong to a connection or gateway."""


@click.group(invoke_without_command=True, short_help="Secrets in the database: list, put, remove, rotate.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the names of what is in the vault, never the values.

    The vault holds settings that arrive while the server runs, sealed with the installation's key. What the
    environment says wins.
    """
    if ctx.invoked_subcommand is not None:
        return
    from app.vault.store import Vault

    with opened_or_made() as db:
        found = [(f"{PREFIX}{name}", at) for name, at in Vault(db, Settings.load()).names()]
    if as_json:
        click.echo(json.dumps([{"name": name, "changed_at": at} for name, at in found], indent=2))
    elif found:
        echo_table(("name", "changed"), [(name, f"{at[:10]} {at[11:16]}") for name, at in found])
    else:
        click.echo("The vault is empty.")


@command.command()
@click.argument("name")
@click.option("--file", "file", type=click.File(encoding="utf-8"), help="Read the value there; - is stdin.")
def put(name: str, file: TextIO | None) -> None:
    """Put the setting NAME (such as CLOSEOUT_PLATFORM_SECRET) into the vault, asking for its value.

    A running server takes it up within seconds. The value is no argument, since others could see it there.
    """
    from app.vault.store import Vault

    short = _checked(name)
    value = file.read() if file else click.prompt(f"{PREFIX}{short}", hide_input=True)
    value = value.rstrip("\r\n")
    if not value:
        raise SettingsError("there is no value", where=f"{PREFIX}{short}", mend="Give one")
    settings = Settings.load()
    if settings.environment.get(short):
        raise SettingsError(
            "the environment sets this, and what it says wins",
            where=f"{PREFIX}{short}",
            mend="Take it out of the server's environment first",
        )
    settings.over({short: value})
    with opened_or_made() as db:
        Vault(db, settings).put({short: value})
    click.echo(f"{PREFIX}{short} is in the vault.")


@command.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(name: str, yes: bool) -> None:
    """Take the setting NAME out of the vault: what needs it stops working within seconds."""
    from app.vault.store import Vault

    short = name.removeprefix(PREFIX)
    with opened_or_made() as db:
        vault = Vault(db, Settings.load())
        if short not in dict(vault.names()):
            raise SettingsError(
                "this is not in the vault", where=clean(name), mend="closeout vault lists what is"
            )
        if not yes:
            click.confirm(f"Remove {PREFIX}{short} for good?", abort=True)
        vault.remove([short])
    click.echo(f"Removed {PREFIX}{short}.")


@command.command()
@click.option("--forget-old", is_flag=True, help="Also forget the key before: clients' present links die.")
def rotate(forget_old: bool) -> None:
    """Seal everything with a new key.

    Where the key is a file, a new one is made, and the old one is kept for one more rotation, since links
    that clients have were signed with it. Where CLOSEOUT_KEY is set: put the new key before the old one, with
    a space between, restart the servers, run this, then take the old one out.
    """
    from app.vault.store import Vault

    settings = Settings.load()
    if settings.is_key_given and len(settings.keys) < 2:
        raise SettingsError(
            "there is only one key, so that there is nothing to change to",
            where="CLOSEOUT_KEY",
            mend="Put a new key before the present one, with a space between them",
        )
    with opened_or_made() as db:
        count = Vault(db, settings).rotate(forget_old=forget_old)
    click.echo(f"{number_of(count, 'value')} sealed with the new key.")
    if settings.is_key_given:
        click.echo("Take the old key out of CLOSEOUT_KEY when every server was restarted with the new one.")
    else:
        click.echo(f"The new key is in {settings.key_path}: copy it to where you keep the old one.", err=True)


def _checked(name: str) -> str:
    """The name without its prefix. Raises SettingsError for one that no server would read from the vault."""
    from app.milestones.environment import FIXED, SUFFIXES

    short = name.removeprefix(PREFIX)
    suffixes = tuple(f"_{suffix}" for of in SUFFIXES.values() for suffix in of)
    is_plain = short.isascii() and short.isupper() and short.replace("_", "").isalnum()
    is_known = short in _FIXED if short in FIXED else short.endswith(suffixes)
    if not (is_plain and is_known):
        raise SettingsError(
            "no server reads this from the vault",
            where=clean(name),
            mend=f"Use the name of a connection's or gateway's setting, such as {PREFIX}GITHUB_TOKEN",
        )
    return short
