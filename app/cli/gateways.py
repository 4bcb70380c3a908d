"""`closeout gateways`: what an operator says of the gateways."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from app.cli.store import existing_or_scratch, opened
from app.cli.table import clean
from app.errors import CloseoutError
from app.milestones.problems import number_of


@click.group(short_help="Try a gateway; tell one of changes again that was switched off.")
def command() -> None:
    """The gateways of the contract file."""


@command.command()
@click.argument("name")
def enable(name: str) -> None:
    """Tell gateway NAME of changes again, after its platform had switched its endpoint off (410).

    What was kept back meanwhile is sent, the oldest first. Orders were never kept back: those that were
    refused go on with closeout releases retry.
    """
    from app.notices import switched_off

    with opened() as db, db.transaction() as connection:
        count = switched_off.enable(connection, name)
    click.echo(
        clean(f"Gateway {name} is told of changes again; {number_of(count, 'event')} kept back before.")
    )


@command.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of lines.")
def test(name: str, as_json: bool) -> None:
    """Prove that gateway NAME can be used: its credentials, and its rights.

    It is asked what costs nothing; nothing is ordered or changed. Exit status 1: it can not be used.
    """
    from app.cli.doctor import show
    from app.doctor.contracts import connect, examine
    from app.doctor.gateways import examine_one
    from app.logs import hide
    from app.settings import Settings

    settings = Settings.load()
    with existing_or_scratch() as db:
        connections, found = connect(settings, db)
        if connections is not None:
            known = connections.book.current.gateways
            if name not in known:
                mend = f"It names {', '.join(known) or 'none'}"
                raise CloseoutError(f"the contract file has no gateway {name}", mend=mend)
            found = [one for one in found if one.about == f"gateway {name}"]
            if name in connections.gateways:
                found += examine_one(connections, name)
        elif isinstance(settings.config, Path) and not found:
            found = [*examine(settings.config)]
    if as_json:
        click.echo(hide(json.dumps([one.to_json() for one in found], indent=2, ensure_ascii=False)))
    else:
        for one in found:
            show(one)
    sys.exit(1 if any(one.verdict == "broken" for one in found) else 0)
