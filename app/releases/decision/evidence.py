"""What a decision rests on, as plain JSON; and what it remembers of the one before. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from app.events import HistoryEntry, Role
from app.milestones.contract import Contract, snapshot_hash
from app.releases.decision.seen import Decision, Doubt, Seen


def evidence_of(
    contract: Contract, issues: Sequence[Seen], billed: Sequence[Seen], done: Sequence[Seen]
) -> dict[str, Any]:
    """`issues` are all that were looked at, `billed` those on which a release would rest.

    `done` are those that are closed as the rules ask, without any doubt: they may leave the milestone again.
    """
    return {
        "contract": contract.id,
        "snapshot_hash": snapshot_hash(contract.snapshot()),
        "issues": [_issue(one, is_billed=one in billed, is_done=one in done) for one in issues],
    }


def _issue(one: Seen, *, is_billed: bool, is_done: bool) -> dict[str, Any]:
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
        "is_done": is_done,
    }


def _actor(entry: HistoryEntry | None, role: Role | None) -> dict[str, Any] | None:
    by = entry.by if entry else None
    return {"id": by.id, "login": by.login, "role": role} if by else None


def billed_in(evidence: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The issues that a stored decision bills; those of older ones bill all that they name."""
    return [one for one in evidence.get("issues", ()) if one.get("is_billed", True)]


def closers_of(evidence: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Who closed an issue of it, or released it by hand: (connection, id, login). No second pair of eyes."""
    by_hand = evidence.get("by_hand")
    hands = [("", "", by_hand["name"])] if by_hand else []
    return hands + [
        (one["connection"], one["closed_by"]["id"], one["closed_by"]["login"])
        for one in evidence.get("issues", ())
        if one["closed_by"]
    ]


def fingerprint(evidence: Mapping[str, Any]) -> str:
    """Which closings these are, by whom: an approval of an amount is of one set of them."""
    closings = sorted(
        f"{one['connection']}/{one['id']}/{one['closed_at']}/{(one['closed_by'] or {}).get('id')}"
        for one in billed_in(evidence)
    )
    by_hand = evidence.get("by_hand", {}).get("at", "")
    return hashlib.sha256("|".join([*closings, by_hand]).encode()).hexdigest()[:16]


def place(issue: Mapping[str, Any]) -> tuple[str, str, int]:
    """Where an issue of the evidence stands: connection, full name, number."""
    return issue["connection"], issue["repository"], issue["number"]


def vanished(decision: Decision, before: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The issues that belonged to the milestone at the last decision, were not done, and are not there now.

    `before` is that decision's evidence; what it already missed stays missed until it is back or settled.
    """
    present = {(one["connection"], one["id"]) for one in decision.evidence.get("issues", ())}
    known = [*before.get("issues", ()), *before.get("missing", ())]
    return [one for one in known if (one["connection"], one["id"]) not in present and not _was_done(one)]


def _was_done(one: Mapping[str, Any]) -> bool:
    """Older evidence does not say so; it held everything that was not completed."""
    return bool(one.get("is_done", not one["is_open"] and one["close_reason"] == "completed"))


def missed(one: Mapping[str, Any], at: str, by: str) -> Doubt:
    """Work that nobody finished is not done by leaving the milestone. `by`: who took it out, if known."""
    what = f"#{one['number']} belonged to it before and was not done"
    how = f"{what}; {by} took it out" if by else f"{what}; it is gone"
    mend = "put it back, or let somebody who may attach the label take it off"
    return Doubt(f"{how}: {mend}", f"missing/{one['connection']}/{one['id']}/{at}")
