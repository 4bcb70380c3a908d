"""What every command of `closeout bank` begins with: the account that is meant, and its database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from app.banking.accounts import OurAccount
    from app.db import Database

gateway_option = click.option(
    "--gateway", default="", help="Which bank account, by its gateway's name; by default the only one."
)
as_option = click.option("--as", "in_name", default="", help="In whose name; by default your account's.")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document instead of a table.")


@contextmanager
def desk(gateway: str) -> Iterator[tuple[Database, OurAccount]]:
    """The database, and the account. Raises CloseoutError."""
    from app.banking.accounts import find_account
    from app.cli.contract_file import loaded
    from app.cli.store import opened

    account = find_account(loaded(), gateway)
    with opened() as db:
        yield db, account
