"""What the comments tell of a release: put together from what is written down, in Closeout's own words."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from app.notices.text import Story
from app.releases.decision.evidence import billed_issues
from app.releases.facts import rules_of
from app.releases.holds import active
from app.releases.queries import read_releases
from app.releases.tables import audit, releases
from app.releases.told.rule_words import names_of, until
from app.releases.who import Who


def read_stories(connection: sa.Connection, ids: list[str]) -> list[Story]:
    """The stories of these releases, in the order of their ids."""
    query = sa.select(releases).where(releases.c.id.in_(ids)).order_by(releases.c.id)
    rows = {row["id"]: row for row in connection.execute(query).mappings()}
    found = {f"{one['contract']}/{one['milestone_index']}": one for one in read_releases(connection, query)}
    return [_story(connection, rows[identity], one) for identity, one in found.items()]


def _story(connection: sa.Connection, row: sa.RowMapping, one: dict[str, Any]) -> Story:
    holding = active(connection, row["id"])
    private = [Who.from_json(hold["by"]) for hold in holding]
    if row["recalled"]:
        private.append(Who(**json.loads(row["recalled"])["who"]))
    return Story(
        contract_title=one["contract_title"],
        milestone_title=one["title"],
        milestone_index=one["milestone_index"],
        state=one["state"],
        reason=_unnamed(_decided(connection, row) or one["reason"], private),
        amount_minor=one["amount_minor"],
        currency=one["currency"],
        invoice_number=one["invoice"]["number"] if one["invoice"] else "",
        invoice_url=one["invoice"]["url"] if one["invoice"] else "",
        payout_count=len(one["payouts"]),
        payouts_paid=sum(leg["status"] == "paid" for leg in one["payouts"]),
        notes=(*(_unnamed(note, private) for note in _notes(holding, row)), *_evidence(row)),
    )


def _unnamed(text: str, people: list[Who]) -> str:
    """What the operator's account is called is no business of everybody who reads the issue."""
    for who in people:
        if who.via == "command line":
            text = text.replace(str(who), "the operator").replace(f"({who.name}, ", "(the operator, ")
    return text


def _decided(connection: sa.Connection, row: sa.RowMapping) -> str:
    """Why it was released, the last time; "" while it is not."""
    if row["snapshot"] is None:
        return ""
    decided = (
        sa.select(audit.c.reason)
        .where(audit.c.release_id == row["id"], audit.c.to_state == "ready", audit.c.from_state != "ready")
        .order_by(audit.c.id.desc())
    )
    return str(connection.scalar(decided.limit(1)) or "")


def _notes(holding: list[sa.RowMapping], row: sa.RowMapping) -> list[str]:
    notes = [_holding(hold) for hold in holding]
    if row["recalled"]:
        notes.append(json.loads(row["recalled"])["reason"])
    if row["accepted"]:
        given = json.loads(row["accepted"])
        ways = {"rule": "silence, as the contract says", "command line": "the operator for the client"}
        who = ways.get(given["via"], given["name"])
        notes.append(f"Accepted by {who} on {given['at'][:10]}")
    elif row["accept_by"] and row["state"] in ("awaiting_acceptance", "held", "disputed"):
        notes.append(_asking(row))
    return notes


def _holding(hold: sa.RowMapping) -> str:
    """What a platform says of money is for the operator; all other holds tell themselves."""
    is_ours = json.loads(hold["by"])["via"] != "rule"
    return str(hold["reason"]) if is_ours else "A person has to look at the payment platform's answer"


def _asking(row: sa.RowMapping) -> str:
    rules = rules_of(row)
    if rules.acceptance is None:
        return ""
    silence = "counts as acceptance" if rules.acceptance.on_silence == "accept" else "holds it"
    return (
        f"{until(row['accept_by'], 'Until')} {names_of(rules)} can comment /closeout accept, or"
        f" /closeout dispute and a reason; silence {silence}"
    )


def _evidence(row: sa.RowMapping) -> list[str]:
    """What a release rests on, an issue per line; nothing while there is none."""
    if row["snapshot"] is None:
        return []
    lines = []
    for issue in billed_issues(json.loads(row["evidence"])):
        closer, labeler = issue["closed_by"], issue.get("labelled_by")
        closed = f"closed by {closer['login']} ({closer['role']})" if closer else "closed"
        via = f" by {issue['closed_via']}" if issue.get("closed_via") else ""
        told = f"#{issue['number']} {closed}{via} on {(issue['closed_at'] or '')[:10]}"
        if isinstance(labeler, dict):
            told += f", labelled by {labeler['login']} on {(issue['labelled_at'] or '')[:10]}"
        lines.append(told)
    return [*lines, f"Contract as of the decision: sha256 {row['snapshot_hash'][:12]}"]
