"""`closeout releases`: what became of the milestones, and what an operator may order."""

from __future__ import annotations

import getpass
import json
import os
from typing import Any

import click

from app import money
from app.cli.store import opened
from app.cli.table import echo_table


@click.group(invoke_without_command=True, short_help="List the milestones; approve; try again.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
@click.option("--contract", default="", help="Only this contract.")
@click.pass_context
def command(ctx: click.Context, as_json: bool, contract: str) -> None:
    """List what became of each milestone; approve payouts; try again after a mend."""
    if ctx.invoked_subcommand is not None:
        return
    from app.releases.queries import list_releases

    with opened() as db:
        found = list_releases(db, contract)
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    if not found:
        click.echo("No event has touched a milestone yet. Deliveries so far: closeout deliveries")
        return
    echo_releases(found)


def echo_releases(found: list[dict[str, Any]]) -> None:
    """Print releases as a table."""
    echo_table(
        ("contract", "#", "milestone", "state", "amount", "invoice", "paid out", "why"),
        [
            (
                one["contract"],
                str(one["milestone_index"]),
                one["title"],
                one["state"],
                money.show(one["amount_minor"], one["currency"]),
                f"{one['invoice']['number']} {one['invoice']['status']}" if one["invoice"] else "-",
                paid_out(one),
                one["reason"],
            )
            for one in found
        ],
        right=(1, 4, 6),
    )


def paid_out(one: dict[str, Any]) -> str:
    """What has arrived at the payees, for people."""
    if not one["payouts"]:
        return "-"
    paid = [(leg["amount_minor"], one["currency"]) for leg in one["payouts"] if leg["status"] == "paid"]
    return money.show(*money.add((0, one["currency"]), *paid))


@command.command()
@click.argument("contract")
@click.argument("index", type=int)
def approve(contract: str, index: int) -> None:
    """Let the payees' shares of a paid milestone go (contracts without auto_clear)."""
    from app.releases import orders

    with opened() as db:
        click.echo(orders.approve(db, contract, index, _who()))


@command.command()
@click.argument("contract")
@click.argument("index", type=int)
def retry(contract: str, index: int) -> None:
    """Look at a stopped release again at once; it can not pay twice."""
    from app.releases import orders

    with opened() as db:
        click.echo(orders.retry(db, contract, index, _who()))


def _who() -> str:
    """Who orders it, for the audit; a container's account may have no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
