"""What a person gives to connect a forge, checked: two addresses, the token."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app import logs, wellformed
from app.cli.table import clean
from app.connections.addresses import is_full_name
from app.connections.checks import is_token
from app.connections.kept import Kept
from app.errors import CloseoutError, SettingsError
from app.forges.flavours import Flavour


class Refused(CloseoutError):
    """What was typed can not be done as it stands."""


def say(text: str) -> None:
    """Print a line without control characters and without any secret that a server sent back."""
    click.echo("\n".join(logs.hide(clean(line)) for line in text.split("\n")))


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
        return wellformed.web_address(given)
    except SettingsError as error:
        raise Refused(error.what, where="--public-url", mend=error.mend) from error


def read_token(flavour: Flavour, file: Path | None, kept: Kept, *, may_keep: bool) -> str:
    """The access token: from a file, from standard input, from a hidden question; else the one that is kept.

    `may_keep`: the kept one belongs to the server that is asked; it is shown to no other. Never from an
    argument: those are seen by everybody on the machine. Raises Refused, which shows nothing of it.
    """
    present = kept.value("TOKEN") if may_keep else ""
    if file is not None:
        token = content(file)
    elif kept.is_by_environment("TOKEN"):
        if not present:
            raise Refused(
                "nothing says that the environment's token is for this server",
                where=kept.variable("TOKEN"),
                mend=f"Set {kept.variable('API_URL')} to its address, or write that into the contract file",
            )
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
    if not is_token(token):
        raise Refused(
            "this is no access token: one line of printable characters without spaces",
            where=str(file) if file else "the token",
            mend=f"Make one at {flavour.brand}, and give it whole",
        )
    logs.redact([token])
    return token


def content(file: Path) -> str:
    """What a file holds, - being standard input. Raises Refused, also for one that holds nothing.

    Empty, it would count as if it had not been given.
    """
    try:
        text = sys.stdin.read(4096) if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else "it is no text"
        raise Refused(
            f"can not be read: {what}", where=str(file), mend="Name a readable text file"
        ) from error
    if not text.strip():
        raise Refused("there is nothing in it", where=str(file), mend="Write into it what it is to hold")
    return text.strip()
