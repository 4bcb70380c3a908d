"""Reading what was decided, and telling the log where the contract file has come to differ from it."""

from __future__ import annotations

import json

import sqlalchemy as sa
import structlog

from app.db import Database
from app.errors import StorageUnavailable
from app.milestones.contract import Configuration, Contract
from app.milestones.problems import dotted
from app.releases.tables import releases
from app.releases.told.differences import Decided, differences

log = structlog.get_logger()

TOLD = 20
"""How many differences the log tells at once; `closeout check --against-database` prints them all."""


def read_decided(connection: sa.Connection, contract_id: str = "") -> list[Decided]:
    """Every release (of one contract) that was decided and not withdrawn, by contract and number."""
    which: sa.ColumnElement[bool] = releases.c.snapshot.is_not(None)
    if contract_id:
        which = sa.and_(which, releases.c.contract_id == contract_id)
    columns = [column for column in releases.c if column.name not in ("snapshot", "evidence")]
    ordered = sa.select(*columns).order_by(releases.c.contract_id, releases.c.milestone_index)
    rows = connection.execute(ordered.where(which)).mappings().all()
    contracts = _snapshots(connection, which)
    return [_decided(row, contracts[row["snapshot_hash"]]) for row in rows]


def tell_differences(db: Database, configuration: Configuration) -> None:
    """Log where the file differs from what was decided: an operator reads it, nothing stops."""
    try:
        with db.reading() as connection:
            found = differences(configuration, read_decided(connection))
    except StorageUnavailable as error:
        log.warning("the contract file could not be compared with the database", problem=str(error))
        return
    for one in found[:TOLD]:
        log.warning(
            "configuration.differs",
            path=configuration.path,
            severity=one.severity,
            field=dotted(one.path),
            problem=one.message,
            mend=one.mend,
        )
    if len(found) > TOLD:
        log.warning(
            "configuration differs in more places",
            left_out=len(found) - TOLD,
            mend="closeout check --against-database prints them all",
        )


def _snapshots(connection: sa.Connection, which: sa.ColumnElement[bool]) -> dict[str, Contract]:
    """The contracts by their hash: the milestones of one contract mostly share one snapshot."""
    found = sa.select(releases.c.snapshot_hash, sa.func.min(releases.c.snapshot)).where(which)
    rows = connection.execute(found.group_by(releases.c.snapshot_hash))
    return {hash_: Contract.from_snapshot(json.loads(text)) for hash_, text in rows}


def _decided(row: sa.RowMapping, contract: Contract) -> Decided:
    return Decided(
        contract_id=row["contract_id"],
        index=row["milestone_index"],
        trigger=row["label"],
        title=row["title"],
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        state=row["state"],
        decided_at=row["decided_at"] or row["created_at"],
        triggers=frozenset(milestone.trigger for milestone in contract.milestones),
        payees=tuple((payee.account, payee.share) for payee in contract.payees),
    )
