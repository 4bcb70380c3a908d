"""`closeout restore`: a backup back into an empty database."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.table import clean


@click.command(short_help="Load a backup into an empty database.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Only read FILE, and check every byte of it.")
def command(file: Path, dry_run: bool) -> None:
    """Load FILE into the database of the settings, which has to be empty and without a server.

    All of it is loaded, or nothing. The books are as old as the backup then, so that no order leaves any
    server of this database until closeout reconcile has compared them with the gateways.
    """
    from app.backup.restore import check, restore
    from app.backup.snapshot import in_words
    from app.db import Database
    from app.settings import Settings

    if dry_run:
        click.echo(clean(f"{file} is whole: {in_words(check(file))}."))
        return
    settings = Settings.load()
    db = Database(settings.database_url)
    try:
        manifest, aside = restore(settings, db, file)
    finally:
        db.close()
    click.echo(clean(f"Restored {in_words(manifest)}."))
    if aside:
        click.echo(clean(f"What the workflow engine kept of the books before is put aside as {aside}."))
    click.echo("Frozen: no order leaves until the books were compared with the gateways. Next:")
    click.echo("  closeout reconcile")
