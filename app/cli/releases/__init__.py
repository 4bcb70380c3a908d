"""`closeout releases`: what became of the milestones, and what an operator may order."""

from __future__ import annotations

import json
from typing import Any

import click

from app import money
from app.cli.releases.link import link
from app.cli.releases.orders import ORDERS
from app.cli.store import opened
from app.cli.table import clean, echo_table


@click.group(invoke_without_command=True, short_help="List the milestones; approve, hold, refund, …")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
@click.option("--contract", default="", help="Only this contract.")
@click.pass_context
def command(ctx: click.Context, as_json: bool, contract: str) -> None:
    """List what became of each milestone, and give orders for one of them."""
    if ctx.invoked_subcommand is not None:
        return
    from app.releases.frozen import why_frozen
    from app.releases.queries import list_releases

    with opened() as db:
        found = list_releases(db, contract)
        with db.reading() as connection:
            frozen = why_frozen(connection)
    if frozen:
        click.echo(clean(f"FROZEN: {frozen}"), err=as_json)
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
                billed(one["invoice"]) if one["invoice"] else "-",
                paid_out(one),
                one["reason"],
            )
            for one in found
        ],
        right=(1, 4, 6),
    )


def billed(invoice: dict[str, Any]) -> str:
    """An invoice, and what is unusual of its payments, for people."""
    from app.releases.told.payment_words import payments

    return "; ".join([f"{invoice['number']} {invoice['status']}", *payments(invoice)])


def paid_out(one: dict[str, Any]) -> str:
    """What has arrived at the payees, for people."""
    if not one["payouts"]:
        return "-"
    from app.releases.facts import ARRIVED

    paid = [(leg["amount_minor"], one["currency"]) for leg in one["payouts"] if leg["status"] in ARRIVED]
    return money.show(*money.add((0, one["currency"]), *paid))


for order in (*ORDERS, link):
    command.add_command(order)
