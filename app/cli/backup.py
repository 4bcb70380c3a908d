"""`closeout backup`: the whole database in one file, beside a running server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.table import clean

if TYPE_CHECKING:
    from app.db import Database

_KEYS = (
    "Secrets that Closeout keeps are in it as ciphertext. The key that opens them (CLOSEOUT_KEY, or its file)"
    " and the contract file are not: keep them elsewhere."
)


@click.command(short_help="Write the whole database into one file, or check such a file.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Overwrite FILE where there is one.")
@click.option("--verify", is_flag=True, help="Only read FILE, and check every byte of it.")
def command(file: Path, force: bool, verify: bool) -> None:
    """Write what the database holds at this moment into FILE, while servers go on.

    FILE appears whole or not at all, and only you can read it. closeout restore takes it back, into SQLite or
    PostgreSQL, whichever it came from.
    """
    from app.backup.restore import check
    from app.backup.snapshot import back_up, in_words
    from app.cli.store import opened

    if verify:
        click.echo(clean(f"{file} is whole: {in_words(check(file))}."))
        return
    with opened() as db:
        manifest = back_up(db, file, _gateways(db), force=force)
    click.echo(clean(f"{file}: {in_words(manifest)}."))
    click.echo(_KEYS)


def _gateways(db: Database) -> list[str]:
    """Those of the contract file; a backup is made without them as well."""
    from app.configuration.kept import source_of
    from app.errors import CloseoutError
    from app.milestones.book import Book
    from app.settings import Settings

    try:
        return sorted(Book(source_of(Settings.load(), db)).current.gateways)
    except CloseoutError as error:
        click.echo(clean(f"{error}. So the backup does not know which gateways there are."), err=True)
        return []
