"""The command line. Each command is a file; its module is only imported when it is called or listed."""

from __future__ import annotations

import importlib
import sys

import click

from app.errors import CloseoutError

COMMANDS = (
    "backup",
    "bank",
    "check",
    "configuration",
    "deliveries",
    "demo",
    "doctor",
    "explain",
    "forgejo",
    "gateways",
    "gitea",
    "github",
    "gitlab",
    "identities",
    "init",
    "labels",
    "ledger",
    "new",
    "reconcile",
    "releases",
    "replay",
    "restore",
    "sandbox",
    "schema",
    "serve",
    "setup",
    "simulate",
    "sweep",
    "vault",
    "work",
)


class Commands(click.Group):
    """The group whose commands live in `app.cli.<name>.command`."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"app.cli.{cmd_name}").command
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="closeout", prog_name="closeout")
def closeout() -> None:
    """Close the issue, release the payment."""
    from app import logs

    logs.configure("warning")


def main() -> None:
    """The entry point `closeout`: one place turns an error into a message and an exit code."""
    from app import logs
    from app.cli.table import clean

    try:
        closeout(prog_name="closeout")
    except CloseoutError as error:
        told = "\n".join(map(clean, str(error).split("\n")))  # it may quote what a stranger wrote
        click.echo(f"closeout: {logs.hide(told)}", err=True)
        sys.exit(1)
