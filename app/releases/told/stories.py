"""What the comments tell of a release: put together from what is written down, in Closeout's own words."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from app.notices.text import Story
from app.releases.decision.evidence import billed_in
from app.releases.facts import ARRIVED, rules_of
from app.releases.holds import active
from app.releases.queries import read_releases
from app.releases.tables import approvals, audit, holds, releases
from app.releases.told.payment_words import payments
from app.releases.told.rule_words import names_of, until
from app.releases.who import Who, unnamed


def read_stories(connection: sa.Connection, ids: list[str]) -> list[Story]:
    """The stories of these releases, in the order of their ids."""
    query = sa.select(releases).where(releases.c.id.in_(ids)).order_by(releases.c.id)
    rows = {row["id"]: row for row in connection.execute(query).mappings()}
    found = {f"{one['contract']}/{one['milestone_index']}": one for one in read_releases(connection, query)}
    return [_story(connection, rows[identity], one) for identity, one in found.items()]


def _story(connection: sa.Connection, row: sa.RowMapping, one: dict[str, Any]) -> Story:
    holding = active(connection, row["id"])
    operators = _operators(connection, row)
    return Story(
        contract_title=one["contract_title"],
        milestone_title=one["title"],
        milestone_index=one["milestone_index"],
        state=one["state"],
        reason=_public(_decided(connection, row) or one["reason"], holding, operators),
        amount_minor=one["amount_minor"],
        currency=one["currency"],
        invoice_number=one["invoice"]["number"] if one["invoice"] else "",
        invoice_is_open=bool(one["invoice"]) and one["invoice"]["status"] == "open",
        invoice_is_void=bool(one["invoice"]) and one["invoice"]["status"] == "void",
        payout_count=sum(leg["status"] not in ("cancelled", "reversed") for leg in one["payouts"]),
        payouts_paid=sum(leg["status"] in ARRIVED for leg in one["payouts"]),
        notes=(
            *_payments(one),
            *(_public(note, holding, operators) for note in _notes(holding, row)),
            *(_public(way, holding, operators) for way in _ways_on(connection, holding, row)),
            *_evidence(row),
        ),
    )


def _payments(one: dict[str, Any]) -> list[str]:
    """What came in so far, and too much; how it came, and what a bank asks back, is not for everybody."""
    invoice = one["invoice"]
    if invoice is None or invoice["status"] == "void":
        return []
    return payments({**invoice, "outside_minor": 0, "credit_minor": 0, "disputed_minor": 0, "lost_minor": 0})


def _operators(connection: sa.Connection, row: sa.RowMapping) -> list[Who]:
    """Whoever held or let go, took back or approved something by the command line."""
    mine = sa.select(holds.c.by, holds.c.lifted_by).where(holds.c.release_id == row["id"])
    told = [text for pair in connection.execute(mine) for text in pair if text]
    told += connection.scalars(sa.select(approvals.c.by).where(approvals.c.release_id == row["id"]))
    found = [Who.from_json(text) for text in told]
    if row["recalled"]:
        found.append(Who(**json.loads(row["recalled"])["who"]))
    return [who for who in dict.fromkeys(found) if who.via == "command line"]


def _public(text: str, holding: list[sa.RowMapping], operators: list[Who]) -> str:
    """What the operator's account is called, and what a platform says of money, is told to nobody else."""
    for hold in holding:
        text = text.replace(hold["reason"], _holding(hold))
    for who in operators:
        text = text.replace(str(who), "the operator")
    return unnamed(text)


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
    elif row["accept_by"] and row["state"] in ("awaiting_acceptance", "held"):
        notes.append(_asking(row))
    return notes


def _ways_on(connection: sa.Connection, holding: list[sa.RowMapping], row: sa.RowMapping) -> list[str]:
    """What people can do where they read this: how a hold or a dispute ends, and who approved what."""
    ways = [
        f"{json.loads(one['by'])['name']} approved: {one['doubt']}"
        for one in connection.execute(
            sa.select(approvals).where(approvals.c.release_id == row["id"]).order_by(approvals.c.at)
        ).mappings()
        if json.loads(one["by"])["via"] != "command line"
    ]
    sources = {hold["source"] for hold in holding}
    if "dispute" in sources and row["accept_by"] and not row["accepted"]:
        ways.append("The dispute ends when the client comments /closeout accept, or the operator decides")
    elif sources & {"dispute", "reopened", "chargeback"}:
        ways.append("The operator decides whether it goes on or is given back")
    elif "comment" in sources:
        ways.append("Whoever held it, an approver or the operator lets it go on: /closeout resume")
    elif "operator" in sources:
        ways.append("The operator lets it go on")
    elif row["snapshot"] is None and any(one["key"] for one in json.loads(row["evidence"]).get("doubts", ())):
        ways.append("Mend it as it says, or let somebody else approve: an approver, by /closeout approve, or")
        ways[-1] += " the operator"
    if row["state"] == "voided":
        ways.append("Closed again, it is billed as the next revision")
    if row["state"] == "refunded":
        ways.append("A milestone bills once: closing its issues again bills nothing")
    return ways


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
    for issue in billed_in(json.loads(row["evidence"])):
        closer, labeler = issue["closed_by"], issue.get("labelled_by")
        closed = f"closed by {closer['login']} ({closer['role']})" if closer else "closed"
        via = f" by {issue['closed_via']}" if issue.get("closed_via") else ""
        told = f"#{issue['number']} {closed}{via} on {(issue['closed_at'] or '')[:10]}"
        if isinstance(labeler, dict):
            told += f", labelled by {labeler['login']} on {(issue['labelled_at'] or '')[:10]}"
        lines.append(told)
    return [*lines, f"Contract as of the decision: sha256 {row['snapshot_hash'][:12]}"]
