"""Storing a decision. At most one release per milestone, ever: the primary key says so, not a check."""

from __future__ import annotations

import json

import sqlalchemy as sa

from app.db import insert_or_ignore, now
from app.milestones.contract import Contract, Milestone, snapshot_hash
from app.notices.comments import mark_issue, mark_release
from app.releases.decide import Decision
from app.releases.states import State, move, state_of
from app.releases.tables import billed_issues, releases

_STATES: dict[str, State] = {"release": "ready", "wait": "waiting", "hold": "held"}


def release_id(contract_id: str, index: int) -> str:
    """The name of a milestone's one release: "con_7732_alpha/2"."""
    return f"{contract_id}/{index}"


def record(
    connection: sa.Connection,
    contract: Contract,
    milestone: Milestone,
    decision: Decision,
    issue: tuple[str, str, int] | None = None,
) -> str:
    """Write a decision in the caller's transaction, and say what became of it.

    Until a milestone is released each new decision replaces the last. Once it is, this changes nothing:
    the release keeps the contract as it stood. `issue` (connection, full name, number) is the one whose
    event led here; its comment is brought up to date.
    """
    identity = release_id(contract.id, milestone.index)
    row = _row(connection, identity) or _open_row(connection, contract, milestone)
    if row["snapshot"] is not None and row["label"] != milestone.label:
        return (
            f"{identity} was released before as {row['label']}: nothing is billed. Milestones are numbered in"
            " the file's order, so a new one has to stand after those that were released"
        )
    if issue is not None:
        mark_issue(connection, *issue, release_id=identity)
    if row["snapshot"] is not None:
        return f"{identity} was released before and is {row['state']}: nothing is billed again"
    decision = _unless_billed(connection, contract, milestone, decision)
    to, came_from = _STATES[decision.verdict], state_of(row)
    if to == came_from and decision.reason == row["reason"]:
        evidence = json.dumps(decision.evidence, ensure_ascii=False)
        connection.execute(sa.update(releases).where(releases.c.id == identity).values(evidence=evidence))
        return f"{identity} {to}: {decision.reason}"
    values: dict[str, str | int] = {
        "contract_title": contract.title,
        "label": milestone.label,
        "title": milestone.title,
        "amount_minor": milestone.amount_minor,
        "currency": contract.currency,
        "evidence": json.dumps(decision.evidence, ensure_ascii=False),
    }
    if decision.verdict == "release":
        plain = contract.snapshot()
        values |= {
            "snapshot": json.dumps(plain, ensure_ascii=False),
            "snapshot_hash": snapshot_hash(plain),
            "due_at": now(),
        }
        billed = [
            {"connection": issue["connection"], "issue_id": issue["id"], "release_id": identity}
            for issue in decision.evidence["issues"]
        ]
        connection.execute(sa.insert(billed_issues), billed)
    move(connection, identity, came_from, to, decision.reason, decision.evidence, **values)
    mark_release(connection, identity, decision.evidence)
    return f"{identity} {to}: {decision.reason}"


def _unless_billed(
    connection: sa.Connection, contract: Contract, milestone: Milestone, decision: Decision
) -> Decision:
    """Hold what was released before under another number or name; unique indexes guarantee the same."""
    if decision.verdict != "release":
        return decision
    earlier = connection.scalar(
        sa.select(releases.c.id).where(
            releases.c.contract_id == contract.id,
            releases.c.label == milestone.label,
            releases.c.snapshot.is_not(None),
        )
    )
    if earlier is not None:
        reason = (
            f"{milestone.label} was released before as {earlier}: somebody changed the order of the"
            " milestones in the contract; put it back, and add new ones at the end"
        )
        return Decision("hold", reason, decision.evidence)
    for issue in decision.evidence["issues"]:
        place = {"connection": issue["connection"], "issue_id": issue["id"]}
        billed = connection.scalar(sa.select(billed_issues.c.release_id).filter_by(**place))
        if billed is not None:
            reason = f"#{issue['number']} was billed before as {billed}: an issue bills once"
            return Decision("hold", reason, decision.evidence)
    return decision


def _row(connection: sa.Connection, identity: str) -> sa.RowMapping | None:
    return (
        connection.execute(sa.select(releases).where(releases.c.id == identity).with_for_update())
        .mappings()
        .first()
    )


def _open_row(connection: sa.Connection, contract: Contract, milestone: Milestone) -> sa.RowMapping:
    """Insert the milestone's row; of two workers that race here, the second reads what the first wrote."""
    moment = now()
    connection.execute(
        insert_or_ignore(connection, releases).values(
            id=release_id(contract.id, milestone.index),
            contract_id=contract.id,
            milestone_index=milestone.index,
            contract_title=contract.title,
            label=milestone.label,
            title=milestone.title,
            amount_minor=milestone.amount_minor,
            currency=contract.currency,
            state="waiting",
            reason="",
            revision=1,
            run=0,
            failures=0,
            evidence="{}",
            created_at=moment,
            updated_at=moment,
        )
    )
    row = _row(connection, release_id(contract.id, milestone.index))
    if row is None:
        raise RuntimeError("a release row vanished inside its own transaction")
    return row
