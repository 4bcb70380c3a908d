"""Who may say what in a comment: the people whom the contract lists for it, by numeric id, never bots."""

from __future__ import annotations

import sqlalchemy as sa

from app.events import Person
from app.milestones.contract import Contract, Milestone, RepositoryKey
from app.milestones.rules import NamedPerson
from app.releases.decision.gather import Reader
from app.releases.decision.judge import describe, is_named, may
from app.releases.holds import active
from app.releases.who import Who

NOT_BY_COMMENT = frozenset({"operator", "reopened", "dispute", "gateway"})
"""Holds that no comment lifts: what made them was said by the operator, the client or the platform."""


def authorise(
    connection: sa.Connection,
    reader: Reader,
    contract: Contract,
    milestone: Milestone,
    row: sa.RowMapping,
    word: str,
    person: Person | None,
    key: RepositoryKey,
) -> str:
    """Why `person` may not order `word` for this milestone, "" if they may. Raises ForgeError."""
    if person is None or person.is_bot:
        return "only people give orders"
    rules, ids = milestone.rules, reader.people(contract, milestone)
    accepting = rules.acceptance.by if rules.acceptance else ()

    def one_of(names: tuple[NamedPerson, ...]) -> bool:
        return is_named(names, key.connection, person, ids)

    if word in ("accept", "dispute"):
        allowed, who = one_of(accepting), _names(accepting) or "nobody: the contract asks for no acceptance"
    elif word == "approve":
        allowed, who = one_of(rules.approvers), _names(rules.approvers) or "the operator, by the command line"
    elif word == "hold":
        role = reader.role(key.connection, reader.identities.repository(key), person)
        allowed = one_of((*accepting, *rules.approvers)) or may(
            rules.closers, key.connection, person, role, ids
        )
        who = describe(rules.closers)
    else:
        holds = active(connection, row["id"])
        held_by = [Who.from_json(one["by"]) for one in holds]
        own = (key.connection, person.id)
        is_own = bool(holds) and all((who.connection, who.id) == own for who in held_by)
        allowed, who = is_own or one_of(rules.approvers), "whoever held it, an approver, or the operator"
        if any(one["source"] in NOT_BY_COMMENT for one in holds):
            allowed, who = False, "the operator, or the client, who accepts"
    return "" if allowed else f"refused: that is for {who}"


def _names(names: tuple[NamedPerson, ...]) -> str:
    return ", ".join(name.login for name in names)
