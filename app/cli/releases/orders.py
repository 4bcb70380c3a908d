"""The orders that an operator may give for one milestone; each says what it did, or why it did not."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
import sqlalchemy as sa

from app import money
from app.cli.contract_file import loaded, readable
from app.cli.store import opened
from app.cli.table import clean
from app.errors import CloseoutError
from app.releases.who import Who

if TYPE_CHECKING:
    from app.db import Database
    from app.milestones.rules import Rules

Order = Callable[[sa.Connection, sa.RowMapping, Who], str]

_contract = click.argument("contract")
_index = click.argument("index", type=int)
_as = click.option("--as", "name", default="", help="In whose name; by default your account's.")


def _give(contract: str, index: int, name: str, order: Order) -> None:
    """Give an order in one transaction, and print its answer once that is committed."""
    from app.releases.people.orders import locked

    with _checked(contract, index) as db, db.transaction() as connection:
        said = order(connection, locked(connection, contract, index), who(name))
    click.echo(clean(said))


@contextmanager
def _checked(contract: str, index: int) -> Iterator[Database]:
    """The database, in which or in the file there is such a milestone. Raises CloseoutError."""
    from app.releases.told.explained import check_milestone

    configuration, _ = readable()
    with opened() as db:
        with db.reading() as connection:
            check_milestone(connection, configuration, contract, index)
        yield db


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
    from app.releases.people.manual import is_billed, milestone_by_hand, trigger_by_hand
    from app.releases.told.rule_words import names_of

    with _checked(contract, index) as db:
        found, milestone = milestone_by_hand(loaded(), contract, index)
        amount = money.show(milestone.amount_minor, found.currency)
        if not yes and not is_billed(db, found, milestone):
            first = f", once {names_of(milestone.rules)} accepted it" if milestone.rules.acceptance else ""
            click.confirm(
                clean(f"Bill {found.client.name} {amount} for {milestone.title}{first}?"), abort=True
            )
        said = trigger_by_hand(db, found, milestone, who(name))
    click.echo(clean(said))
    click.echo(f"How it goes on: closeout explain {contract} {index}")


@click.command()
@_contract
@_index
@_as
def approve(contract: str, index: int, name: str) -> None:
    """Approve what is held for an approval, or let the payees' shares go."""
    from app.releases.people import orders
    from app.releases.people.manual import check_approver

    def order(connection: sa.Connection, row: sa.RowMapping, by: Who) -> str:
        check_approver(_rules(row), by, is_named=bool(name))
        return orders.approve(connection, row, by)

    _give(contract, index, name, order)


def _rules(row: sa.RowMapping) -> Rules:
    """The rules that say who approves: of the release's snapshot, else of the file."""
    from app.releases.facts import rules_of

    if row["snapshot"] is not None:
        return rules_of(row)
    configuration = loaded()
    contract = configuration.contracts.get(row["contract_id"])
    if contract is None or row["milestone_index"] > len(contract.milestones):
        raise CloseoutError(
            f"{row['id']} is in no contract any more",
            where=configuration.path,
            mend="Put it back: it says who approves",
        )
    return contract.milestone(row["milestone_index"]).rules


@click.command()
@_contract
@_index
def retry(contract: str, index: int) -> None:
    """Look at a stopped milestone again at once; it can not pay twice."""
    from app.releases.people import orders

    with _checked(contract, index) as db:
        said = orders.retry(db, contract, index, who())
    click.echo(clean(said))


@click.command()
@_contract
@_index
@click.argument("reason")
@_as
def hold(contract: str, index: int, reason: str, name: str) -> None:
    """Freeze a milestone before its next money step; also one to which nothing has happened yet."""
    from app.releases.people import orders
    from app.releases.people.manual import take_up

    configuration, _ = readable()
    in_file = configuration.contracts.get(contract) if configuration else None
    with _checked(contract, index) as db, db.transaction() as connection:
        if in_file is not None and index <= len(in_file.milestones):
            take_up(connection, in_file, in_file.milestone(index))
        said = orders.hold(connection, orders.locked(connection, contract, index), who(name), reason)
    click.echo(clean(said))


@click.command()
@_contract
@_index
@_as
def resume(contract: str, index: int, name: str) -> None:
    """Lift all holds and disputes; it goes on where it stood."""
    from app.releases.people import orders

    _give(contract, index, name, orders.resume)


@click.command()
@_contract
@_index
@click.option("--keep-payouts", is_flag=True, help="Leave the payees what they got.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_as
def refund(contract: str, index: int, keep_payouts: bool, yes: bool, name: str) -> None:
    """Undo a disputed or held milestone: void, or pay back."""
    from app.releases.people import orders

    if not yes and (effect := _effect_of_refund(contract, index, keeps=keep_payouts)):
        click.confirm(clean(f"Take milestone {index} of {contract} back? This {effect}"), abort=True)

    def order(connection: sa.Connection, row: sa.RowMapping, by: Who) -> str:
        return orders.refund(connection, row, by, keep_payouts=keep_payouts)

    _give(contract, index, name, order)
    click.echo(f"How it goes on: closeout explain {contract} {index}")


def _effect_of_refund(contract: str, index: int, *, keeps: bool) -> str:
    """What a refund would do now; "" where it would be refused, which needs no question."""
    from app.releases.told.explained import explain

    with opened() as db:
        choices = explain(db, readable()[0], contract, index).outlook.choices
    effects = {
        one.how.rpartition(" ")[2] == "--keep-payouts": one.effect for one in choices if " refund " in one.how
    }
    return effects.get(keeps, effects.get(False, ""))


@click.command()
@_contract
@_index
@click.argument("account")
@click.argument("reference")
@click.option("--not-at-gateway", is_flag=True, help="You looked: the gateway did not pay it.")
@_as
def settle(contract: str, index: int, account: str, reference: str, not_at_gateway: bool, name: str) -> None:
    """A payee got its share another way: never order it again. REFERENCE says how."""
    from app.releases.money.settling import settle_share

    def order(connection: sa.Connection, row: sa.RowMapping, by: Who) -> str:
        return settle_share(connection, row["id"], by, account, reference, is_not_there=not_at_gateway)

    _give(contract, index, name, order)


@click.command()
@_contract
@_index
@_as
def accept(contract: str, index: int, name: str) -> None:
    """Accept in the client's name, who said so in another way."""
    from app.releases.people.acceptance import accept as take

    _give(contract, index, name, lambda connection, row, by: take(connection, row["id"], by))


@click.command()
@_contract
@_index
@click.argument("reason")
@_as
def dispute(contract: str, index: int, reason: str, name: str) -> None:
    """Dispute in the client's name: nothing of it moves."""
    from app.releases.people.acceptance import dispute as freeze

    _give(contract, index, name, lambda connection, row, by: freeze(connection, row["id"], by, reason))


ORDERS = (accept, approve, dispute, hold, refund, resume, retry, settle, trigger)
