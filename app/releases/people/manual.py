"""What only the operator at the command line does: releasing by hand, approving in an approver's name."""

from __future__ import annotations

from dataclasses import asdict

import sqlalchemy as sa

from app.db import Database, now, serialise
from app.errors import CloseoutError
from app.milestones.contract import Configuration, Contract, Milestone, snapshot_hash
from app.milestones.rules import Rules
from app.releases.decision.record import is_decided_again, record
from app.releases.decision.seen import Decision
from app.releases.names import release_id
from app.releases.tables import releases
from app.releases.told.rule_words import triggers
from app.releases.who import Who


def milestone_by_hand(
    configuration: Configuration, contract_id: str, index: int
) -> tuple[Contract, Milestone]:
    """A milestone that the contract releases by hand. Raises CloseoutError for any other."""
    contract = configuration.contracts.get(contract_id)
    if contract is None or not 1 <= index <= len(contract.milestones):
        raise CloseoutError(
            f"there is no milestone {index} of {contract_id}",
            where=configuration.path,
            mend="See the contracts with closeout check",
        )
    milestone = contract.milestone(index)
    if milestone.rules.when != "manual":
        raise CloseoutError(
            f"milestone {index} of {contract_id} is released by closing its issues ({milestone.trigger})",
            where=configuration.path,
            mend=f"See what it waits for: closeout explain {contract_id} {index}",
        )
    return contract, milestone


def is_billed(db: Database, contract: Contract, milestone: Milestone) -> bool:
    """Whether releasing it would change nothing, since it was released before."""
    with db.reading() as connection:
        row = _row(connection, contract, milestone)
    return row is not None and row["snapshot"] is not None and not is_decided_again(row)


def take_up(connection: sa.Connection, contract: Contract, milestone: Milestone) -> None:
    """Begin a milestone to which nothing has happened yet, so that it can be held before anything does."""
    serialise(connection, f"contract {contract.id}")
    if _row(connection, contract, milestone) is None:
        waits = Decision("wait", f"it waits for {triggers(contract, milestone)}")
        record(connection, contract, milestone, waits)


def _row(connection: sa.Connection, contract: Contract, milestone: Milestone) -> sa.RowMapping | None:
    wanted = sa.select(releases).where(releases.c.id == release_id(contract.id, milestone.index))
    return connection.execute(wanted).mappings().first()


def trigger_by_hand(db: Database, contract: Contract, milestone: Milestone, who: Who) -> str:
    """Release it, within the contract's limits; twice is the same as once."""
    evidence = {
        "contract": contract.id,
        "snapshot_hash": snapshot_hash(contract.snapshot()),
        "issues": [],
        "by_hand": {**asdict(who), "at": now()},
    }
    decision = Decision("release", f"released by hand by {who}", evidence)
    with db.transaction() as connection:
        return record(connection, contract, milestone, decision)


def check_approver(rules: Rules, who: Who, *, is_named: bool) -> None:
    """Where the contract names approvers, the operator approves in the name of one. Raises CloseoutError."""
    logins = [name.login for name in rules.approvers]
    if logins and not (is_named and who.name.lower() in {login.lower() for login in logins}):
        raise CloseoutError(
            f"the contract asks for the approval of {' or '.join(logins)}",
            mend=f"When they have said so, add --as {logins[0]} to the command",
        )
