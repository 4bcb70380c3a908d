"""`closeout bank`: the operator's errands at the bank, statements in and payment orders out."""

from __future__ import annotations

import click

from app.cli.bank.files import files, orders, transfers
from app.cli.bank.statements import dismiss, import_, match, unmatched


@click.group(short_help="Import bank statements; write payment orders.")
def command() -> None:
    """A bank account that moves the money: its statements come in, its payment orders go out, as files.

    Everything may be done again: a statement counts once, and a transfer is in one file for ever.
    """


for one in (import_, unmatched, match, dismiss, orders, transfers, files):
    command.add_command(one)
