"""`closeout reconcile`: compare the books with the gateways, and lift the freeze after a restore."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from app.cli.releases.orders import who
from app.cli.store import opened
from app.cli.table import clean

if TYPE_CHECKING:
    from app.releases.reconcile.reconciler import Report


@click.command(short_help="Compare the books with the gateways; lifts the freeze after a restore.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of text.")
@click.option("--accept", is_flag=True, help="Lift the freeze although something differs: you have looked.")
@click.option("--freeze", is_flag=True, help="First let no order leave any server of this database.")
@click.option("--as", "name", default="", help="In whose name; by default your account's.")
def command(as_json: bool, accept: bool, freeze: bool, name: str) -> None:
    """Ask every gateway what it has booked, take in what the books do not know, and say what differs.

    What the books of an old backup have forgotten is taken in where it agrees with the contract; else the
    milestone is held. Nothing is ordered of anybody. Exit status 0: both sides are the same, and orders may
    leave; 1: something differs, and what was frozen stays frozen.
    """
    from app.configured import Configured
    from app.errors import ContractError
    from app.releases.decision.decider import Decider
    from app.releases.decision.identities import Identities
    from app.releases.frozen import freeze_all
    from app.releases.reconcile.reconciler import Reconciler
    from app.settings import Settings

    with opened() as db, db.turn_of("reconcile"):
        connections, by = Configured.of(Settings.load(), db).connections, who(name)
        if not connections.book.current.path:
            raise ContractError(connections.book.problem or "there is no contract file")
        book, forges, gateways = connections.book, connections.forges, connections.gateways
        if freeze:
            with db.transaction() as connection:
                freeze_all(connection, f"{by} asked for it")
        decider = Decider(db, book, forges, Identities(db, forges))
        report = Reconciler(db, book.current, gateways, decider).reconcile(by, accept=accept)
    if as_json:
        click.echo(json.dumps(report.to_json(), indent=2, ensure_ascii=False))
    else:
        _tell(report)
    sys.exit(1 if report.is_frozen or (report.differences and not accept) else 0)


def _tell(report: Report) -> None:
    click.echo(f"{report.asked} orders asked about, {len(report.adopted)} invoices taken into the books.")
    for line in report.adopted:
        click.echo(clean(f"  {line}"))
    for one in report.differences:
        click.echo(clean(f"DIFFERS {one.where}: {one.what}"), err=True)
        click.echo(clean(f"        {one.mend}"), err=True)
    if report.is_frozen:
        click.echo(
            "Still frozen: no order leaves. When the differences are mended, run this again;", err=True
        )
        click.echo("when you have looked and take them upon yourself: closeout reconcile --accept", err=True)
    else:
        click.echo("Orders may leave.")
