"""`closeout deliveries`: what forges and gateways sent, and what became of it."""

from __future__ import annotations

import json
from typing import Any

import click

from app.cli.store import opened
from app.cli.table import echo_table
from app.inbox.queries import STATUSES, list_deliveries
from app.releases.told.evidence_words import moment


@click.command(short_help="List the webhooks, and what each led to.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000), help="How many.")
@click.option("--status", type=click.Choice(STATUSES), help="Only those of this status.")
def command(as_json: bool, limit: int, status: str | None) -> None:
    """List the latest deliveries, the newest last, with the reason for what became of each."""
    with opened() as db:
        found = list_deliveries(db, limit=limit, status=status)
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    elif found:
        echo_deliveries(found)
    elif status:
        click.echo(f"No delivery is {status}.")
    else:
        click.echo("Nothing was received yet. Does the forge's webhook lead to /hooks/<connection>?")


def echo_deliveries(found: list[dict[str, Any]]) -> None:
    """Print deliveries as a table."""
    echo_table(
        ("id", "received", "from", "event", "status", "why"),
        [
            (
                str(one["id"]),
                moment(one["received_at"]),
                one["connection"],
                " ".join(filter(None, (one["event"], one["action"]))) or "-",
                one["status"],
                one["reason"],
            )
            for one in found
        ],
        right=(0,),
    )
