"""Explaining one milestone to whoever asks: how it stands, what it waits for, and how it came there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa

from app.connections.standing import known_problems
from app.db import Database
from app.errors import CloseoutError
from app.inbox.tables import deliveries
from app.milestones.contract import Configuration, Contract, Milestone
from app.milestones.explain import nearest
from app.releases.decision.record import approved_keys
from app.releases.facts import came_in, contract_of, current_invoice, legs_of
from app.releases.frozen import why_frozen
from app.releases.holds import active
from app.releases.names import release_id
from app.releases.queries import read_releases
from app.releases.tables import releases
from app.releases.told import rule_words
from app.releases.told.choices import Present
from app.releases.told.decided import read_decided
from app.releases.told.differences import differences
from app.releases.told.history import Entry, read_comments, read_history
from app.releases.told.outlook import Outlook, first_outlook, outlook


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything about one milestone. `release` is what `closeout releases --json` says, None before any.

    `contract` and `milestone` are the release's snapshot, else the file's, else None. `notes` are about what
    surrounds it: a file that differs, deliveries that nothing could be made of.
    """

    contract_id: str
    index: int
    contract: Contract | None
    milestone: Milestone | None
    release: dict[str, Any] | None
    outlook: Outlook
    notes: tuple[str, ...] = ()
    history: tuple[Entry, ...] = ()
    comments: tuple[dict[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain JSON; amounts are minor units."""
        contract, milestone = self.contract, self.milestone
        plain = contract.snapshot() if contract else {}
        return {
            "contract": self.contract_id,
            "milestone_index": self.index,
            "trigger": rule_words.triggers(contract, milestone) if contract and milestone else None,
            "rules": rule_words.in_words(contract, milestone) if contract and milestone else [],
            "client": plain.get("client"),
            "currency": plain.get("currency"),
            "milestone": plain["milestones"][self.index - 1] if milestone else None,
            "release": self.release,
            "waits_for": self.outlook.waits_for,
            "next": [asdict(choice) for choice in self.outlook.choices],
            "notes": list(self.notes),
            "history": [asdict(entry) for entry in self.history],
            "comments": list(self.comments),
        }


def explain(
    db: Database | None, configuration: Configuration | None, contract_id: str, index: int
) -> Explanation:
    """Put together what is known; either source may be missing. Raises CloseoutError for an unknown name."""
    if db is None:
        check_milestone(None, configuration, contract_id, index)
        return _untouched(configuration, contract_id, index)
    with db.reading() as connection:
        check_milestone(connection, configuration, contract_id, index)
        found = sa.select(releases).where(releases.c.id == release_id(contract_id, index))
        row = connection.execute(found).mappings().first()
        contract = configuration.contracts.get(contract_id) if configuration else None
        notes = _connections(connection, contract)
        if row is None:
            return replace(_untouched(configuration, contract_id, index), notes=tuple(notes))
        told = _touched(connection, configuration, row)
        return replace(told, notes=(*notes, *told.notes))


def _untouched(configuration: Configuration | None, contract_id: str, index: int) -> Explanation:
    """Nothing has happened to it: what it waits for stands in the file."""
    contract = (configuration.contracts if configuration else {})[contract_id]
    milestone = contract.milestone(index)
    ahead = first_outlook(contract, milestone)
    return Explanation(contract_id, index, contract, milestone, None, ahead)


def _touched(
    connection: sa.Connection, configuration: Configuration | None, row: sa.RowMapping
) -> Explanation:
    contract_id, index = row["contract_id"], row["milestone_index"]
    contract = configuration.contracts.get(contract_id) if configuration else None
    if row["snapshot"] is not None:
        contract = contract_of(row)
    is_there = contract is not None and index <= len(contract.milestones)
    milestone = contract.milestone(index) if contract and is_there else None
    invoice = current_invoice(connection, row)
    present = Present(
        dict(row),
        contract,
        milestone,
        holds=[dict(hold) for hold in active(connection, row["id"])],
        invoice={**invoice, "received_minor": came_in(invoice)} if invoice else None,
        legs=[dict(leg) for leg in legs_of(connection, row["id"])],
        approved=approved_keys(connection, row["id"]),
    )
    (release,) = read_releases(connection, sa.select(releases).where(releases.c.id == row["id"]))
    ahead = outlook(present)
    frozen = why_frozen(connection)
    notes = [frozen] if frozen else []
    notes += _differs(connection, configuration, contract_id, index)
    if ahead.waits_for:
        notes += _unassigned(connection, contract)
    return Explanation(
        contract_id,
        index,
        contract,
        milestone,
        {**release, **_more(row)},
        ahead,
        tuple(notes),
        tuple(read_history(connection, dict(row))),
        tuple(read_comments(connection, row["id"])),
    )


def _connections(connection: sa.Connection, contract: Contract | None) -> list[str]:
    """What is wrong with where its issues live: nothing can be read there until it is mended."""
    found = known_problems(connection, contract.repositories) if contract else []
    return [f"{one.about}: {one.said}. {one.mend}" for one in found]


def _more(row: sa.RowMapping) -> dict[str, Any]:
    """What the list of releases leaves out."""
    return {
        "decided_at": row["decided_at"],
        "due_at": row["due_at"],
        "approved_by": row["approved_by"],
        "recalled": json.loads(row["recalled"]) if row["recalled"] else None,
        "refund": json.loads(row["refund"]) if row["refund"] else None,
    }


def _differs(
    connection: sa.Connection, configuration: Configuration | None, contract_id: str, index: int
) -> list[str]:
    """Where the file says otherwise than what was decided, of this milestone or the whole contract."""
    if configuration is None:
        return []
    decided = read_decided(connection, contract_id)
    notes = []
    for one in differences(configuration, decided):
        step = one.path[3] if len(one.path) > 3 and one.path[2] == "milestones" else index - 1
        if step == index - 1:
            notes.append(f"the contract file differs: {one.message}. {one.mend}")
    return notes


def _unassigned(connection: sa.Connection, contract: Contract | None) -> list[str]:
    """Deliveries of its forges that ended nowhere: one of them may be what this milestone waits for."""
    names = sorted({key.connection for key in contract.repositories}) if contract else []
    counted = connection.execute(
        sa.select(deliveries.c.connection, deliveries.c.status, sa.func.count())
        .where(
            deliveries.c.status.in_(("waiting", "parked")),
            deliveries.c.release_id.is_(None),
            deliveries.c.source == "forge",
            deliveries.c.connection.in_(names),
        )
        .group_by(deliveries.c.connection, deliveries.c.status)
        .order_by(deliveries.c.connection, deliveries.c.status)
    )
    return [
        f"{count} of {name}'s deliveries {'is' if count == 1 else 'are'} {status} and may concern it:"
        f" closeout deliveries --status {status}"
        for name, status, count in counted
    ]


def check_milestone(
    connection: sa.Connection | None, configuration: Configuration | None, contract_id: str, index: int
) -> None:
    """Refuse a name that neither the file nor the database knows, with what was probably meant."""
    contracts = configuration.contracts if configuration else {}
    touched: dict[str, set[int]] = {}
    if connection is not None:
        for name, number in connection.execute(sa.select(releases.c.contract_id, releases.c.milestone_index)):
            touched.setdefault(name, set()).add(number)
    if contract_id not in contracts and contract_id not in touched:
        raise CloseoutError(
            f"there is no contract {contract_id!r}", mend=nearest(contract_id, {*contracts, *touched})
        )
    milestones: Sequence[Milestone] = contracts[contract_id].milestones if contract_id in contracts else ()
    numbers = touched.get(contract_id, set()) | {one.index for one in milestones}
    if index not in numbers:
        told = [f"{one.index} {one.title}" for one in milestones] or [str(one) for one in sorted(numbers)]
        raise CloseoutError(
            f"{contract_id} has no milestone {index}", mend=f"Its milestones are: {', '.join(told)}"
        )
