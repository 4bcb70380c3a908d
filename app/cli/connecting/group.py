"""The command group of a forge that is connected by an access token."""

from __future__ import annotations

from pathlib import Path

import click

from app.forges.flavours import Flavour


def forge_group(flavour: Flavour) -> click.Group:
    """`closeout KIND connect|disconnect|rotate`."""

    @click.group(short_help=f"Connect a {flavour.brand} server; disconnect it; change its webhook secret.")
    def group() -> None:
        pass

    group.help = (
        f"Connect a {flavour.brand} server by an access token, take that back, change the webhook secret."
    )
    group.add_command(_connect(flavour))
    group.add_command(_disconnect(flavour))
    group.add_command(_rotate(flavour))
    return group


def name_option(kind: str) -> click.Option:
    what = "The connection's name in the contract file."
    return click.Option(["--name"], default=kind, show_default=True, help=what)


def yes_option() -> click.Option:
    what = "Although contracts use it: nothing of them is billed then."
    return click.Option(["--yes"], is_flag=True, help=what)


def finish_option() -> click.Option:
    return click.Option(["--finish"], is_flag=True, help="Accept the secret of before no longer.")


def _connect(flavour: Flavour) -> click.Command:
    brand, noun = flavour.brand, flavour.noun

    def run(
        url: str,
        full_names: tuple[str, ...],
        name: str,
        public_url: str,
        token_file: Path | None,
        dry_run: bool,
        manual: bool,
    ) -> None:
        from app.cli.connecting.connect import Wanted, connect

        connect(flavour, Wanted(url, full_names, name, public_url, token_file, dry_run, manual))

    options: list[click.Parameter] = [
        click.Argument(["url"]),
        click.Option(
            [flavour.option, "full_names"],
            multiple=True,
            metavar=flavour.form,
            help=f"A {noun}, as often as needed; by default those of the contract file.",
        ),
        name_option(flavour.kind),
        click.Option(["--public-url"], default="", help="Where this server is reached, https://…; kept."),
        click.Option(
            ["--token-file"],
            type=click.Path(path_type=Path, allow_dash=True, dir_okay=False),
            help="A file with the access token, or - for standard input; by default it is asked for.",
        ),
        click.Option(
            ["--dry-run"], is_flag=True, help="Check everything, say what would be done, do nothing."
        ),
        click.Option(
            ["--manual"],
            is_flag=True,
            help="Make no webhook; print what to click, and its secret, on a terminal.",
        ),
    ]
    text = (
        f"Connect the {brand} server at URL, for example {flavour.example}.\n\nChecks the access token and "
        f"the rights it has, keeps it in the vault with a fresh webhook secret, and makes or mends the "
        f"webhook of each {noun}. Repeating it changes nothing where all is right; another token replaces "
        "the one before."
    )
    what = f"Token and webhooks: a {brand} server in one go."
    return click.Command("connect", callback=run, params=options, help=text, short_help=what)


def _disconnect(flavour: Flavour) -> click.Command:
    def run(name: str, yes: bool, force: bool) -> None:
        from app.cli.connecting.changes import disconnect

        disconnect(flavour, name, is_sure=yes, is_forced=force)

    options: list[click.Parameter] = [
        name_option(flavour.kind),
        yes_option(),
        click.Option(
            ["--force"], is_flag=True, help=f"Although {flavour.brand} does not delete the webhooks."
        ),
    ]
    text = "Delete the webhooks that connect made, then remove the connection's secrets from the vault."
    return click.Command("disconnect", callback=run, params=options, help=text)


def _rotate(flavour: Flavour) -> click.Command:
    def run(name: str, finish: bool, manual: bool) -> None:
        from app.cli.connecting.changes import rotate
        from app.cli.connecting.known import finish_rotation

        if finish:
            finish_rotation(flavour.kind, name)
        else:
            rotate(flavour, name, by_hand=manual)

    options: list[click.Parameter] = [
        name_option(flavour.kind),
        finish_option(),
        click.Option(
            ["--manual"], is_flag=True, help="For webhooks made by hand: print the secret, on a terminal."
        ),
    ]
    text = (
        "Give every webhook of the connection a new secret. The one of before stays accepted until --finish, "
        "or until the next rotation. A rotation that was interrupted is finished first."
    )
    return click.Command("rotate", callback=run, params=options, help=text)
