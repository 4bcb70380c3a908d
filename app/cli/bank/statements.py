"""`closeout bank import` and what a person says of the entries that nothing was certain of."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app import money
from app.cli.bank.common import as_option, desk, gateway_option, json_option
from app.cli.releases.orders import who
from app.cli.table import clean, echo_table
from app.errors import BankError
from app.milestones.problems import number_of

if TYPE_CHECKING:
    import sqlalchemy as sa

LEFT_OVER = 3
"""The exit status where something belongs to no invoice and no order: a person has to look."""


@click.command("import", short_help="Take in a bank statement.")
@click.argument("file", type=click.Path(path_type=Path))
@gateway_option
@click.option("--format", "form", type=click.Choice(("camt", "csv")), help="By default it is seen from FILE.")
@as_option
@json_option
def import_(file: Path, gateway: str, form: str | None, in_name: str, as_json: bool) -> None:
    """Take in the statement FILE, a camt.053 or a CSV, and have the invoices and payouts in it looked at.

    Payments are found by the reference that they quote, transfers by their end-to-end id. The same file, or
    one that overlaps it, counts nothing twice. A running server takes up what changed at once, one that is
    started later takes it up then. Exit status 3: something belongs to no invoice; see closeout bank
    unmatched.
    """
    from app.banking.statements import import_statement

    try:
        document = file.read_bytes()
    except OSError as error:
        raise BankError(
            f"can not read it: {error.strerror}", where=str(file), mend="Name the statement's file"
        ) from error
    with desk(gateway) as (db, account):
        done = import_statement(db, account, document, name=file.name, form=form or "", by=str(who(in_name)))
    shown = [one for one in done.new if one["standing"] != "other"]
    left = done.standing("unmatched")
    if as_json:
        counts = {name: done.standing(name) for name in ("matched", "unmatched", "other")}
        facts: dict[str, Any] = {
            "entries": done.entries,
            "new": len(done.new),
            **counts,
            "is_known": done.is_known,
        }
        facts |= {"missing_minor": done.missing_minor, "found": [_plain(one) for one in shown]}
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
    elif done.is_known:
        click.echo(clean(f"{file.name} was imported before; nothing changed."))
    else:
        _echo(shown)
        told = f"{number_of(done.entries, 'booking')}, {len(done.new)} of them new"
        click.echo(
            f"{told}: {done.standing('matched')} matched, {left} unmatched, {done.standing('other')} other."
        )
    if left and not as_json:
        click.echo("What is unmatched: closeout bank match ENTRY INVOICE, or closeout bank dismiss ENTRY.")
    if done.missing_minor:
        lack = f"The balances differ by {done.missing_minor} minor units from the entries: some are missing."
        click.echo(f"{lack} Import a whole statement; nothing counts twice.", err=True)
    sys.exit(LEFT_OVER if left else 0)


@click.command(short_help="List what belongs to no invoice.")
@gateway_option
@click.option("--all", "with_others", is_flag=True, help="Also what went out and was no order of ours.")
@json_option
def unmatched(gateway: str, with_others: bool, as_json: bool) -> None:
    """List the statements' entries that belong to no invoice and no transfer, and why."""
    from app.banking.by_hand import list_unmatched

    with desk(gateway) as (db, account), db.reading() as connection:
        found = list_unmatched(connection, account.iban, with_others=with_others)
    if as_json:
        click.echo(json.dumps([_plain(one) for one in found], indent=2, ensure_ascii=False))
    elif not found:
        click.echo("Every entry belongs to an invoice or a transfer.")
    else:
        _echo(found)


@click.command(short_help="Say which invoice an entry pays.")
@click.argument("entry")
@click.argument("to", metavar="INVOICE")
@click.option("--taken-back", is_flag=True, help="What went out was taken by the client's bank.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@gateway_option
@as_option
def match(entry: str, to: str, taken_back: bool, yes: bool, gateway: str, in_name: str) -> None:
    """Say that ENTRY belongs to INVOICE, by its number or reference, or to a transfer, by its id.

    What came in pays the invoice. What went out was given back by hand, for a refund that was ordered; or,
    with --taken-back, the client's bank took it, which stops everything. For a transfer, what went out pays
    it by hand in place of a file, and what came in brought it back. It can not be undone.
    """
    from app.banking import by_hand

    with desk(gateway) as (db, account):
        if not yes:
            with db.transaction() as connection, connection.begin_nested() as trial:
                would = by_hand.match(connection, account, entry, to, who(in_name), is_taken_back=taken_back)
                trial.rollback()
            click.confirm(clean(f"{would}. This can not be undone. Is it so?"), abort=True)
        with db.transaction() as connection:
            told = by_hand.match(connection, account, entry, to, who(in_name), is_taken_back=taken_back)
    click.echo(clean(f"{told}."))


@click.command(short_help="Say that an entry pays no invoice.")
@click.argument("entry")
@gateway_option
@as_option
def dismiss(entry: str, gateway: str, in_name: str) -> None:
    """Say that ENTRY is no business of any contract here: it is listed no more. It can still be matched."""
    from app.banking import by_hand

    with desk(gateway) as (db, account), db.transaction() as connection:
        told = by_hand.dismiss(connection, account, entry, who(in_name))
    click.echo(clean(f"{told}."))


def _echo(rows: Sequence[sa.RowMapping]) -> None:
    if not rows:
        return
    head = ("day", "amount", "from or to", "entry", "what")
    echo_table(head, [_cells(one) for one in rows], right=(1,))


def _cells(row: sa.RowMapping) -> tuple[str, ...]:
    sign = "" if row["is_credit"] else "-"
    what = row["why"] or "no order of ours"
    if row["standing"] == "matched":
        what = f"transfer {row['transfer_id']}" if row["transfer_id"] else f"invoice {row['number']}"
    amount = f"{sign}{money.show(row['amount_minor'], row['currency'])}"
    return (row["booked_on"], amount, row["name"] or row["iban"] or "-", row["entry_id"], what)


def _plain(row: sa.RowMapping) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("account", "file_id")}
