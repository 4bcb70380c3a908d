"""`closeout ledger`: the books."""

from __future__ import annotations

import sys

import click

from app import money
from app.cli.store import opened
from app.cli.table import echo_table


@click.group(short_help="The books.")
def command() -> None:
    """The journal of everything that was invoiced, paid and disbursed."""


@command.command()
def verify() -> None:
    """Check that every entry adds up to zero, and show the balances. Exit 1 if one does not."""
    from app.ledger import journal

    with opened() as db:
        found = journal.verify(db)
    echo_table(
        ("account", "balance"),
        [
            (account, money.show(amount_minor, currency))
            for (account, currency), amount_minor in found.balances.items()
        ],
        right=(1,),
    )
    for problem in found.problems:
        click.echo(f"PROBLEM: {problem}", err=True)
    if found.problems:
        sys.exit(1)
    click.echo(f"{found.entry_count} entries, each adds up to zero per currency.")
