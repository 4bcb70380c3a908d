"""`closeout configuration`: the contract file in a repository, and the orders that only a person gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from app.cli.store import opened
from app.cli.table import clean

if TYPE_CHECKING:
    from app.db import Database
    from app.place import InRepository


@contextmanager
def _place() -> Iterator[tuple[Database, InRepository]]:
    from app.errors import SettingsError
    from app.place import InRepository
    from app.settings import Settings

    place = Settings.load().config
    if not isinstance(place, InRepository):
        mend = "closeout check examines it; CLOSEOUT_CONFIG=github:owner/name@branch reads one there"
        raise SettingsError("the contract file is in no repository", where=str(place), mend=mend)
    with opened() as db:
        yield db, place


@click.group(invoke_without_command=True, short_help="The contract file in a repository: what is in force.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of lines.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Say which commit of the contract file is in force, and what keeps a newer one from it."""
    from dataclasses import asdict

    from app.configuration.kept import read_kept
    from app.releases.told.evidence_words import moment

    if ctx.invoked_subcommand is not None:
        return
    with _place() as (db, place):
        kept = read_kept(db, place)
    if as_json:
        click.echo(json.dumps({"place": str(place), **asdict(kept)}, indent=2))
        return
    if kept.commit:
        click.echo(f"{place}: commit {kept.commit} is in force, read {moment(kept.taken_at)}")
    else:
        click.echo(f"{place}: nothing was read from it yet")
    if kept.problem:
        click.echo(clean(f"Not in force: {kept.problem}"))


@command.command()
@click.argument("commit")
def allow(commit: str) -> None:
    """Take COMMIT as the next, although the branch was rewritten and it does not follow the one in force."""
    from app.configuration.kept import allow as allow_commit

    with _place() as (db, place):
        said = allow_commit(db, place, commit)
    click.echo(said)


@command.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(yes: bool) -> None:
    """Forget which repository had the name: the one that has it now is believed from then on."""
    from app.configuration.kept import forget as forget_repository

    with _place() as (db, place):
        if not yes:
            click.confirm(clean(f"Trust whatever is at {place} now?"), abort=True)
        forget_repository(db, place)
    click.echo("It is read anew with the next look; what is in force stays so until then.")
