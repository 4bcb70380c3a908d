"""`closeout bank orders` and the files and transfers that there are."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app import money
from app.cli.bank.common import as_option, desk, gateway_option, json_option
from app.cli.releases.orders import who
from app.cli.table import clean, echo_table
from app.errors import BankError
from app.milestones.problems import number_of

if TYPE_CHECKING:
    from app.banking.transfers import OrderFile


@click.command(short_help="Write the transfers that wait into a file.")
@click.option("--out", type=click.Path(path_type=Path), help="Where to write it; by default its name, here.")
@click.option("--again", type=click.IntRange(min=1), help="The file of this number once more, as it was.")
@gateway_option
@as_option
def orders(out: Path | None, again: int | None, gateway: str, in_name: str) -> None:
    """Write every transfer that waits into one payment order, a pain.001, which you upload at the bank.

    A transfer is in one file for ever; a lost file is written again byte for byte, and a bank that has taken
    it refuses it. Upload it the same day: the bank is asked to pay today. What is held, or disputed, stays
    behind.
    """
    from app.banking.transfers import read_file, write_orders

    with desk(gateway) as (db, account):
        _check_free(out)
        if again is not None:
            found = read_file(db, account, again)
            click.echo(clean(f"Order file {found.id}, as it was, in {_write(found, out)}"))
            return
        done = write_orders(db, account, by=str(who(in_name)))
    for row, why in done.held:
        shown = money.show(row["amount_minor"], row["currency"])
        click.echo(clean(f"Kept back: {shown} to {row['name']}: {why}"), err=True)
    if done.file is None:
        click.echo("No transfer waits.")
        return
    path = _write(done.file, out)
    total_minor = sum(row["amount_minor"] for row in done.transfers)
    count = number_of(len(done.transfers), "transfer")
    click.echo(clean(f"Order file {done.file.id}: {count}, {money.show(total_minor, 'eur')}, in {path}"))
    click.echo("Upload it at the bank today, then import the statement that shows it.")


@click.command(short_help="List what goes out to payees and clients.")
@gateway_option
@json_option
def transfers(gateway: str, as_json: bool) -> None:
    """List every transfer: waiting, ordered (in a file), paid (a statement shows it), or failed, and why."""
    from app.banking.transfers import transfers_of

    with desk(gateway) as (db, account), db.reading() as connection:
        found = transfers_of(connection, account.iban)
    if as_json:
        click.echo(json.dumps([dict(one) for one in found], indent=2, ensure_ascii=False))
    elif not found:
        click.echo("Nothing goes out yet.")
    else:
        head = ("transfer", "kind", "to", "amount", "status", "file", "why")
        rows = [
            (
                one["end_to_end_id"],
                one["kind"],
                one["name"],
                money.show(one["amount_minor"], one["currency"]),
                one["status"],
                str(one["file_id"] or "-"),
                one["reason"] or "-",
            )
            for one in found
        ]
        echo_table(head, rows, right=(3,))


@click.command(short_help="List statements and order files.")
@gateway_option
@json_option
def files(gateway: str, as_json: bool) -> None:
    """List the statements that were imported and the orders that were written."""
    from app.banking.by_hand import list_files

    with desk(gateway) as (db, account), db.reading() as connection:
        found = list_files(connection, account.iban)
    if as_json:
        click.echo(json.dumps([dict(one) for one in found], indent=2, ensure_ascii=False))
    elif not found:
        click.echo("No file came in or went out yet.")
    else:
        head = ("id", "kind", "format", "name", "days", "at", "by")
        echo_table(head, [_cells(dict(one)) for one in found], right=(0,))


def _cells(row: dict[str, str]) -> tuple[str, ...]:
    days = f"{row['first_day']} to {row['last_day']}" if row["first_day"] else "-"
    at = f"{row['created_at'][:10]} {row['created_at'][11:16]}"
    return (str(row["id"]), row["kind"], row["format"], row["name"], days, at, row["created_by"])


def _check_free(out: Path | None) -> None:
    """Before anything is bound to a file: whether it could be written there."""
    if out is not None and (out.exists() or not out.parent.is_dir()):
        raise BankError("there is a file already, or no such folder", where=str(out), mend="Name another")


def _write(found: OrderFile, out: Path | None) -> Path:
    """For its owner alone: it names people and their accounts. Raises BankError; the order itself is kept."""
    path = out or Path(f"{found.name}.xml")
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(found.content)
    except OSError as error:
        raise BankError(
            f"it could not be written: {error.strerror}",
            where=str(path),
            mend=f"The order is kept: closeout bank orders --again {found.id} --out FILE",
        ) from error
    return path
