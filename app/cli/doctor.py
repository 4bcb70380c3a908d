"""`closeout doctor`: say what is wrong with this installation, and what mends it."""

from __future__ import annotations

import json
import sys

import click

from app.cli.table import clean
from app.connections.finding import Finding

_SIGNS = {"ok": "ok     ", "warning": "WARNING", "broken": "BROKEN "}


def show(one: Finding) -> None:
    """A finding on a line, and its mend on another."""
    from app.logs import hide

    click.echo(hide(clean(f"{_SIGNS[one.verdict]} {one.about}: {one.said}")))
    if one.mend:
        click.echo(hide(clean(f"        → {one.mend}")))


@click.command(short_help="Say what is wrong with this installation, and what mends it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of lines.")
@click.option("--only-problems", is_flag=True, help="Leave out what is as it should be.")
def command(as_json: bool, only_problems: bool) -> None:
    """Examine the configuration, the database, the connections, the gateways and the labels.

    Forges and gateways are asked what costs nothing; nothing is changed. Exit status 1: something is broken.
    """
    from app.doctor import examine
    from app.logs import hide
    from app.settings import Settings

    is_broken, shown = False, []
    for one in examine(Settings.load()):
        is_broken = is_broken or one.verdict == "broken"
        if only_problems and one.verdict == "ok":
            continue
        shown.append(one.to_json())
        if not as_json:
            show(one)
    if as_json:
        found = {"is_broken": is_broken, "findings": shown}
        click.echo(hide(json.dumps(found, indent=2, ensure_ascii=False)))
    elif not is_broken:
        click.echo("Nothing is broken.")
    sys.exit(1 if is_broken else 0)
