"""`closeout replay ID`: have a delivery handled again."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import click

from app.cli.store import opened
from app.cli.table import clean
from app.db import Database
from app.inbox.queries import find_delivery
from app.inbox.queries import replay as put_back

NOT_TAKEN = 3
"""The exit status when no server took the delivery in time: it stays in the inbox until one does."""

_LOOK_EVERY_S = 0.1


@click.command(short_help="Take a stored webhook through once more.")
@click.argument("id_", metavar="ID", type=click.IntRange(min=1))
@click.option("--json", "as_json", is_flag=True, help="The delivery as JSON instead of a line.")
@click.option(
    "--wait-s",
    default=10,
    show_default=True,
    type=click.IntRange(0, 3600),
    help="Wait this long for the result; 0 does not wait.",
)
def command(id_: int, as_json: bool, wait_s: int) -> None:
    """Put the delivery ID back into the inbox, as if it had just arrived, and wait for the result.

    A running server takes it within a second. What it caused before stays: nothing is billed twice. Exit
    status: 0 it was handled (or --wait-s 0), 1 there is no such delivery, 3 no server took it in time.
    """
    with opened() as db:
        put_back(db, id_)
        found = _wait(db, id_, wait_s)
    taken = found["status"] != "received"
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    elif taken:
        click.echo(clean(f"Delivery {id_} is {found['status']}: {found['reason'] or 'no reason was given'}"))
    else:
        click.echo(f"Delivery {id_} is back in the inbox.")
    if wait_s and not taken:
        click.echo(
            f"No server took it within {wait_s} s. Is `closeout serve` running on this database? "
            "It takes the delivery when it starts.",
            err=True,
        )
        sys.exit(NOT_TAKEN)


def _wait(db: Database, id_: int, wait_s: int) -> dict[str, Any]:
    until = time.monotonic() + wait_s
    found = find_delivery(db, id_)
    while found["status"] == "received" and time.monotonic() < until:
        time.sleep(_LOOK_EVERY_S)
        found = find_delivery(db, id_)
    return found
