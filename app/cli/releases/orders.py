"""The orders that an operator may give for one milestone; each says what it did, or why it did not."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable

import click
import sqlalchemy as sa

from app import money
from app.cli.store import opened
from app.releases.who import Who

Order = Callable[[sa.Connection, sa.RowMapping, Who], str]

_contract = click.argument("contract")
_index = click.argument("index", type=int)
_as = click.option("--as", "name", default="", help="In whose name; by default your account's.")


def _give(contract: str, index: int, name: str, order: Order) -> None:
    from app.releases.orders import locked

    with opened() as db, db.transaction() as connection:
        click.echo(order(connection, locked(connection, contract, index), who(name)))


def who(name: str = "") -> Who:
    """Who orders it, for the audit; a container's account may have no name."""
    if not name:
        try:
            name = getpass.getuser()
        except (KeyError, OSError):
            name = f"user {os.getuid()}"
    return Who(name, "command line")


@click.command()
@_contract
@_index
@click.option("--yes", is_flag=True, help="Do not ask.")
@_as
def trigger(contract: str, index: int, yes: bool, name: str) -> None:
    """Release a milestone that is released by hand (when: manual)."""
    from app.milestones.document import load
    from app.releases.manual import milestone_by_hand, trigger_by_hand
    from app.settings import Settings

    found, milestone = milestone_by_hand(load(Settings.load().config), contract, index)
    amount = money.show(milestone.amount_minor, found.currency)
    if not yes:
        click.confirm(f"Bill {found.client.name} {amount} for {milestone.title}?", abort=True)
    with opened() as db:
        click.echo(trigger_by_hand(db, found, milestone, who(name)))


@click.command()
@_contract
@_index
@_as
def approve(contract: str, index: int, name: str) -> None:
    """Approve what is held for an approval, or let the payees' shares go."""
    from app.milestones.document import load
    from app.releases import orders
    from app.releases.facts import rules_of
    from app.releases.manual import check_approver
    from app.settings import Settings

    def order(connection: sa.Connection, row: sa.RowMapping, by: Who) -> str:
        if row["snapshot"] is not None:
            rules = rules_of(row)
        else:
            rules = load(Settings.load().config).contracts[contract].milestone(index).rules
        check_approver(rules, by, is_named=bool(name))
        return orders.approve(connection, row, by)

    _give(contract, index, name, order)


@click.command()
@_contract
@_index
def retry(contract: str, index: int) -> None:
    """Look at a stopped milestone again at once; it can not pay twice."""
    from app.releases import orders

    with opened() as db:
        click.echo(orders.retry(db, contract, index, who()))


@click.command()
@_contract
@_index
@click.argument("reason")
@_as
def hold(contract: str, index: int, reason: str, name: str) -> None:
    """Freeze a milestone before its next money step."""
    from app.releases import orders

    _give(contract, index, name, lambda connection, row, by: orders.hold(connection, row, by, reason))


@click.command()
@_contract
@_index
@_as
def resume(contract: str, index: int, name: str) -> None:
    """Lift all holds and disputes; it goes on where it stood."""
    from app.releases import orders

    _give(contract, index, name, orders.resume)


@click.command()
@_contract
@_index
@click.option("--keep-payouts", is_flag=True, help="Leave the payees what they got.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_as
def refund(contract: str, index: int, keep_payouts: bool, yes: bool, name: str) -> None:
    """Undo a disputed or held milestone: void, or pay back."""
    from app.releases import orders

    if not yes:
        click.confirm(f"Take milestone {index} of {contract} back?", abort=True)
    _give(contract, index, name, lambda connection, row, by: orders.refund(connection, row, by, keep_payouts=keep_payouts))


@click.command()
@_contract
@_index
@_as
def accept(contract: str, index: int, name: str) -> None:
    """Accept in the client's name, who said so in another way."""
    from app.releases.acceptance import accept as take

    _give(contract, index, name, lambda connection, row, by: take(connection, row["id"], by))


@click.command()
@_contract
@_index
@click.argument("reason")
@_as
def dispute(contract: str, index: int, reason: str, name: str) -> None:
    """Dispute in the client's name: nothing of it moves."""
    from app.releases.acceptance import dispute as freeze

    _give(contract, index, name, lambda connection, row, by: freeze(connection, row["id"], by, reason))


ORDERS = (accept, approve, dispute, hold, refund, resume, retry, trigger)
