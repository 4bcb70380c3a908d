"""Storing a decision. At most one release per milestone, ever: the primary key says so, not a check."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app import money
from app.db import insert_or_ignore, later, now, serialise
from app.milestones.contract import Contract, Milestone, snapshot_hash
from app.notices.comments import mark_issue, mark_release
from app.releases import holds
from app.releases.decision.decide import doubted, limits, taken_back
from app.releases.decision.evidence import billed_in
from app.releases.decision.seen import Decision, Doubt
from app.releases.names import release_id
from app.releases.states import State, move, state_of
from app.releases.tables import approvals, billed_issues, releases
from app.releases.who import Who

_STATES: dict[str, State] = {"release": "ready", "wait": "waiting", "hold": "held"}


def is_decided_again(row: sa.RowMapping) -> bool:
    """Whether a release was taken back, its invoice void: a new closing bills it as the next revision."""
    return row["state"] == "voided" and row["recalled"] is not None


def approved_keys(connection: sa.Connection, identity: str) -> set[str]:
    """The doubts about a release that somebody approved."""
    return set(connection.scalars(sa.select(approvals.c.key).where(approvals.c.release_id == identity)))


def record(
    connection: sa.Connection,
    contract: Contract,
    milestone: Milestone,
    decision: Decision,
    issue: tuple[str, str, int] | None = None,
) -> str:
    """Write a decision in the caller's transaction, and say what became of it.

    Until a milestone is released each new decision replaces the last. Once it is, this changes nothing, and
    the release keeps the contract as it stood; one that was taken back goes on as its next revision. `issue`
    (connection, full name, number) is the one whose event led here; its comment is brought up to date.
    """
    serialise(connection, f"contract {contract.id}")
    identity = release_id(contract.id, milestone.index)
    row = _row(connection, identity) or open_row(connection, contract, milestone)
    is_again = is_decided_again(row)
    if row["snapshot"] is not None and row["label"] != milestone.trigger:
        return (
            f"{identity} was released before as {row['label']}: nothing is billed. Milestones are numbered in"
            " the file's order, so a new one has to stand after those that were released"
        )
    if row["snapshot"] is not None and not is_again:
        return f"{identity} was released before and is {row['state']}: nothing is billed again"
    decision = _checked(connection, contract, milestone, decision, json.loads(row["recalled"] or "{}"))
    to, came_from = _STATES[decision.verdict], state_of(row)
    if is_again and to != "ready":
        to = came_from  # it stays void until it is done again; why it is not is told
    is_quiet = to == "ready" and milestone.rules.grace_s > 0
    if issue is not None and not is_quiet:
        mark_issue(connection, *issue, release_id=identity)
    if to == came_from and decision.reason == row["reason"]:
        evidence = json.dumps(decision.evidence, ensure_ascii=False)
        before = json.loads(row["evidence"])
        is_news = any(before.get(name) != decision.evidence.get(name) for name in ("issues", "doubts"))
        at = now() if is_news else row["updated_at"]
        same = sa.update(releases).where(releases.c.id == identity)
        connection.execute(same.values(evidence=evidence, updated_at=at))
        return f"{identity} {to}: {decision.reason}"
    values = described(contract, milestone, decision)
    if to == "ready":
        values |= released(connection, contract, milestone, row, decision)
    move(connection, identity, came_from, to, decision.reason, decision.evidence, **values)
    if not is_quiet:
        mark_release(connection, identity, decision.evidence)
    return f"{identity} {to}: {decision.reason}"


def described(contract: Contract, milestone: Milestone, decision: Decision) -> dict[str, Any]:
    """What a decision writes beside the state, whatever it says."""
    return {
        "contract_title": contract.title,
        "label": milestone.trigger,
        "title": milestone.title,
        "amount_minor": milestone.amount_minor,
        "currency": contract.currency,
        "evidence": json.dumps(decision.evidence, ensure_ascii=False),
    }


def released(
    connection: sa.Connection,
    contract: Contract,
    milestone: Milestone,
    row: sa.RowMapping,
    decision: Decision,
) -> dict[str, Any]:
    """What a release writes beside its state: its snapshot, or its next revision; and the issues it bills."""
    mine = connection.execute(
        sa.select(billed_issues.c.connection, billed_issues.c.issue_id).where(
            billed_issues.c.release_id == row["id"]
        )
    )
    known = {tuple(one) for one in mine}
    for issue in billed_in(decision.evidence):
        if (issue["connection"], issue["id"]) not in known:  # another release's would be refused here
            place = {"connection": issue["connection"], "issue_id": issue["id"]}
            connection.execute(sa.insert(billed_issues).values(**place, release_id=row["id"]))
    due_at = later(milestone.rules.grace_s) if milestone.rules.grace_s else now()
    values: dict[str, Any] = {"due_at": due_at, "decided_at": now(), "failures": 0, "recalled": None}
    if row["snapshot"] is not None:
        return values | {
            "revision": row["revision"] + 1,
            "accepted": None,
            "accept_by": None,
        }
    plain = contract.snapshot()
    return values | {
        "snapshot": json.dumps(plain, ensure_ascii=False),
        "snapshot_hash": snapshot_hash(plain),
        "config_commit": contract.commit,
    }


def _checked(
    connection: sa.Connection,
    contract: Contract,
    milestone: Milestone,
    decision: Decision,
    recalled: Mapping[str, Any],
) -> Decision:
    """The decision, held for what only the database knows: what was billed, what holds it, today's sum."""
    identity = release_id(contract.id, milestone.index)
    # What the issues themselves said is judged by them anew, now that they are read.
    holds.clear(connection, identity, {"label", "changed", "reopened"}, Who("the issues", "rule"))
    held = [Doubt(holds.told(hold)) for hold in holds.active(connection, identity)]
    decision = doubted(decision, held)
    if decision.verdict != "release":
        return decision
    doubts = billed_before(connection, contract, milestone, decision)
    doubts += taken_back(milestone, decision, recalled)
    doubts += _over_the_total(connection, contract, milestone)
    if not doubts:
        doubts = limits(
            contract, milestone, _released_today_minor(connection, contract, identity), decision.evidence
        )
    return doubted(decision, doubts, approved_keys(connection, identity))


def billed_before(
    connection: sa.Connection, contract: Contract, milestone: Milestone, decision: Decision
) -> list[Doubt]:
    """What was released before under another number or name; unique indexes guarantee the same."""
    identity = release_id(contract.id, milestone.index)
    earlier = connection.scalar(
        sa.select(releases.c.id).where(
            releases.c.contract_id == contract.id,
            releases.c.label == milestone.trigger,
            releases.c.snapshot.is_not(None),
            releases.c.id != identity,
        )
    )
    if earlier is not None:
        return [
            Doubt(
                f"{milestone.trigger} was released before as {earlier}: somebody changed the order of the"
                " milestones in the contract; put it back, and add new ones at the end"
            )
        ]
    for issue in billed_in(decision.evidence):
        place = {"connection": issue["connection"], "issue_id": issue["id"]}
        billed = connection.scalar(
            sa.select(billed_issues.c.release_id)
            .filter_by(**place)
            .where(billed_issues.c.release_id != identity)
        )
        if billed is not None:
            return [Doubt(f"#{issue['number']} was billed before as {billed}: an issue bills once")]
    return []


def _over_the_total(connection: sa.Connection, contract: Contract, milestone: Milestone) -> list[Doubt]:
    """A contract never bills more than its total, however its file was changed meanwhile."""
    identity = release_id(contract.id, milestone.index)
    billed_minor = connection.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(releases.c.amount_minor), 0)).where(
            releases.c.contract_id == contract.id,
            releases.c.snapshot.is_not(None),
            releases.c.state != "refunded",
            releases.c.id != identity,
        )
    )
    sum_minor = int(billed_minor or 0) + milestone.amount_minor
    if sum_minor <= contract.total_minor:
        return []
    shown, total = (
        money.show(sum_minor, contract.currency),
        money.show(contract.total_minor, contract.currency),
    )
    return [
        Doubt(
            f"with this one {shown} would be billed of a contract over {total}: its file was changed after"
            " milestones were released; run closeout check --against-database"
        )
    ]


def _released_today_minor(connection: sa.Connection, contract: Contract, identity: str) -> int:
    found = connection.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(releases.c.amount_minor), 0)).where(
            releases.c.contract_id == contract.id,
            releases.c.decided_at >= now()[:10],
            releases.c.id != identity,
        )
    )
    return int(found or 0)


def _row(connection: sa.Connection, identity: str) -> sa.RowMapping | None:
    return (
        connection.execute(sa.select(releases).where(releases.c.id == identity).with_for_update())
        .mappings()
        .first()
    )


def open_row(connection: sa.Connection, contract: Contract, milestone: Milestone) -> sa.RowMapping:
    """Insert the milestone's row; of two workers that race here, the second reads what the first wrote."""
    moment = now()
    connection.execute(
        insert_or_ignore(connection, releases).values(
            id=release_id(contract.id, milestone.index),
            contract_id=contract.id,
            milestone_index=milestone.index,
            contract_title=contract.title,
            label=milestone.trigger,
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
