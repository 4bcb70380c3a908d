"""`closeout sweep`: read now what no webhook told, beside a running server or without one."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from app.cli.store import opened
from app.cli.table import clean, echo_table
from app.milestones.problems import number_of


@click.command(short_help="Read from the forges what no webhook told.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of a table.")
def command(as_json: bool) -> None:
    """Read what changed in every repository since the last time, and have open invoices asked about.

    What is new goes into the inbox, where a running server takes it at once, and one that is started later
    takes it then. Nothing is billed twice. Exit status 1: something could not be read; the next sweep, which
    a server makes every few minutes, reads it from the same place.
    """
    from app.configured import connections_of
    from app.connections.installed import Installed
    from app.releases.decision.identities import Identities
    from app.releases.sweep.sweeper import Sweeper, ask_gateways
    from app.settings import Settings

    with opened() as db:
        connections = connections_of(Settings.load(), db)
        forges = connections.forges
        with db.turn_of("sweep"):
            swept = Sweeper(
                db,
                connections.book,
                forges,
                Identities(db, forges),
                connections.deliveries,
                read_app=Installed(db, connections.apps).refresh,
            ).sweep()
        asked = ask_gateways(db)
    if as_json:
        found = {"readings": [asdict(one) for one in swept.readings], "asked": asked}
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        echo_table(
            ("what", "changed", "new to us", "problem"),
            [(one.where, str(one.changed), str(one.new), one.problem or "-") for one in swept.readings],
            right=(1, 2),
        )
        if asked:
            click.echo(
                clean(f"Gateways are asked about the invoices and payouts of {number_of(asked, 'release')}.")
            )
    sys.exit(0 if swept.is_whole else 1)
