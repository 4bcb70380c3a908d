"""What a decision rests on, as plain JSON; and what it remembers of the one before. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.events import HistoryEntry, Role
from app.milestones.contract import Contract, snapshot_hash
from app.releases.decision.seen import Decision, Doubt, Seen


def evidence_of(contract: Contract, issues: Sequence[Seen], billed: Sequence[Seen]) -> dict[str, Any]:
    """`issues` are all that were looked at, `billed` those on which a release would rest."""
    return {
        "contract": contract.id,
        "snapshot_hash": snapshot_hash(contract.snapshot()),
        "issues": [_issue(one, is_billed=one in billed) for one in issues],
    }


def _issue(one: Seen, *, is_billed: bool) -> dict[str, Any]:
    closer = one.closer
    return {
        "connection": one.connection,
        "repository": one.issue.repository.full_name,
        "repository_id": one.issue.repository.id,
        "number": one.issue.number,
        "id": one.issue.id,
        "url": one.issue.url,
        "title": one.issue.title,
        "is_open": one.issue.is_open,
        "close_reason": one.issue.close_reason,
        "closed_at": one.issue.closed_at,
        "closed_by": {"id": closer.id, "login": closer.login, "role": one.closer_role} if closer else None,
        "closed_via": one.closing.via if one.closing else "",
        "labelled_at": one.labeling.at if one.labeling else None,
        "labelled_by": _actor(one.labeling, one.labeler_role),
        "labels": [{"id": label.id, "name": label.name} for label in one.issue.labels],
        "is_billed": is_billed,
    }


def _actor(entry: HistoryEntry | None, role: Role | None) -> dict[str, Any] | None:
    by = entry.by if entry else None
    return {"id": by.id, "login": by.login, "role": role} if by else None


def billed_issues(evidence: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The issues that a stored decision bills; those of older ones bill all that they name."""
    return [one for one in evidence.get("issues", ()) if one.get("is_billed", True)]


def closers_of(evidence: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Who closed what is billed, or released it by hand: (connection, id, login). No second pair of eyes."""
    by_hand = evidence.get("by_hand")
    hands = [("", "", by_hand["name"])] if by_hand else []
    return hands + [
        (one["connection"], one["closed_by"]["id"], one["closed_by"]["login"])
        for one in billed_issues(evidence)
        if one["closed_by"]
    ]


def place(issue: Mapping[str, Any]) -> tuple[str, str, int]:
    """Where an issue of the evidence stands: connection, full name, number."""
    return issue["connection"], issue["repository"], issue["number"]


def vanished(decision: Decision, before: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The issues that carried the label at the last decision, were not completed, and are not there now.

    `before` is that decision's evidence; what it already missed stays missed until it is back.
    """
    present = {place(one) for one in decision.evidence.get("issues", ())}
    known = [*before.get("issues", ()), *before.get("missing", ())]
    return [
        one
        for one in known
        if place(one) not in present and (one["is_open"] or one["close_reason"] != "completed")
    ]


def missed(gone: Sequence[Mapping[str, Any]]) -> list[Doubt]:
    """Work that nobody finished is not done by losing its label."""
    return [
        Doubt(
            f"#{one['number']} carried the label before and was not completed: put it back, or let somebody"
            " who may attach it take it off",
            f"missing/{one['connection']}/{one['id']}",
        )
        for one in gone
    ]
