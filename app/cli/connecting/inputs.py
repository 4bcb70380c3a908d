"""What a person gives to connect a forge, checked: the name, two addresses, the token."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from app import logs, wellformed
from app.cli.connecting.group import Flavour
from app.cli.table import clean
from app.connections.addresses import is_full_name
from app.connections.hookbook import OurHook
from app.connections.kept import Kept
from app.errors import CloseoutError, SettingsError
from app.milestones.contract import Configuration
from app.milestones.environment import fixed_variables, variables
from app.milestones.fields import NAME

_TOKEN = re.compile(r"[!-~]{8,1000}", re.ASCII)
FAMILIES = {"gitlab": "gitlab", "gitea": "gitea", "forgejo": "gitea", "github": "github"}
"""Kinds that are connected alike."""


class Refused(CloseoutError):
    """What was typed can not be done as it stands."""


def say(text: str) -> None:
    """Print a line without control characters and without any secret that a server sent back."""
    click.echo("\n".join(logs.hide(clean(line)) for line in text.split("\n")))


def check_name(name: str, flavour: Flavour, configuration: Configuration | None, ours: list[OurHook]) -> None:
    """Raises Refused for a name that is none, another forge's, or that reads another's variables."""
    if not re.fullmatch(NAME, name):
        raise Refused(
            f"{name!r} is no name",
            where="--name",
            mend="Use lower-case letters, digits and dashes, 32 at most",
        )
    taken = set(fixed_variables())
    for gateway in configuration.gateways if configuration else ():
        taken.update(variables("gateway", gateway))
    for one in configuration.connections if configuration else ():
        taken.update(variables("connection", one) if one != name else ())
    clash = sorted(taken & set(variables("connection", name)))
    if clash:
        raise Refused(f"{name} would read {clash[0]}", where="--name", mend="Choose another name")
    entry = configuration.connections.get(name) if configuration else None
    kinds = {one.forge for one in ours} | ({entry.forge} if entry else set())
    other = next((kind for kind in kinds if FAMILIES[kind] != FAMILIES[flavour.kind]), None)
    if other:
        raise Refused(
            f"the connection {name} is {other}", where="--name", mend="Choose another name for this server"
        )


def check_full_name(full_name: str, flavour: Flavour) -> None:
    """Raises Refused for what is no path of a repository."""
    if not is_full_name(full_name):
        raise Refused(
            f"{full_name!r} is no {flavour.noun}", where=flavour.option, mend=f"Give it as {flavour.form}"
        )


def public_address(given: str, kept: Kept) -> str:
    """Where the forge is to call this server. Raises Refused where nobody said it."""
    if not given:
        if kept.public_url:
            return kept.public_url
        raise Refused(
            "the forge has to know where this server is reached",
            where="--public-url",
            mend="Give it, for example --public-url https://closeout.studio.example: it is kept",
        )
    try:
        return wellformed.web_address(given).rstrip("/")
    except SettingsError as error:
        raise Refused(error.what, where="--public-url", mend=error.mend) from error


def read_token(flavour: Flavour, file: Path | None, kept: Kept, *, may_keep: bool) -> str:
    """The access token: from a file, from standard input, from a hidden question; else the one that is kept.

    `may_keep`: the kept one belongs to the server that is asked. Never from an argument: those are seen by
    everybody on the machine. Raises Refused, which shows nothing of it.
    """
    present = kept.value("TOKEN") if may_keep else ""
    if file is not None:
        token = _first_line(file)
    elif kept.is_by_environment("TOKEN"):
        return present
    elif sys.stdin.isatty():
        question = f"Access token of {flavour.brand}" + (" (Enter keeps the present one)" if present else "")
        default = "" if present else None
        token = click.prompt(question, default=default, hide_input=True, show_default=False, err=True)
        token = token.strip() or present
    elif present:
        return present
    else:
        raise Refused(
            "there is no terminal to ask for the access token",
            where="--token-file",
            mend="Name a file that holds it, or - for standard input",
        )
    if not _TOKEN.fullmatch(token):
        raise Refused(
            "this is no access token: one line of printable characters without spaces",
            where=str(file) if file else "the token",
            mend=f"Make one at {flavour.brand}, and give it whole",
        )
    logs.redact([token])
    return token


def _first_line(file: Path) -> str:
    try:
        text = sys.stdin.read(4096) if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else "it is no text"
        raise Refused(
            f"can not be read: {what}", where=str(file), mend="Name a readable text file"
        ) from error
    return text.strip()
