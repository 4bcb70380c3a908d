"""Deciding whether a milestone is released. Pure: what was read from the forge in, a decision out.

A refusal is a result that explains itself. The webhook takes no part in this: it only said when to look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from app.events import CloseReason, ForgeEventKind, Issue, Labeling, Person, Role
from app.milestones.contract import Contract, Milestone, snapshot_hash

Verdict = Literal["release", "wait", "hold"]

MAY_CLOSE: frozenset[Role] = frozenset({"write", "maintain", "admin"})
"""Whose closing counts. Triage may label and close, and anybody may close an issue of their own."""

_NOT_DONE: dict[CloseReason, str] = {
    "not_planned": "closed as not planned",
    "duplicate": "closed as a duplicate",
    "moved": "moved elsewhere",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One issue of the milestone as it is now.

    `closer_role` is the closer's present role, None where it was not asked for yet: while other issues are
    open that can wait. `labeling` is when and by whom the milestone's label was last attached, None where
    the forge does not tell, and `labeler_role` that person's present role. `other_labels` are labels on it
    that belong to other milestones.
    """

    connection: str
    issue: Issue
    closer_role: Role | None = None
    labeling: Labeling | None = None
    labeler_role: Role | None = None
    other_labels: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"#{self.issue.number}"


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, the sentence that tells it to people, and everything that it rests on."""

    verdict: Verdict
    reason: str
    evidence: dict[str, Any] = field(default_factory=dict)


def decide(contract: Contract, milestone: Milestone, seen: Sequence[Seen]) -> Decision:
    """Release when all issues that carry the label are closed as completed by people who may; else say why.

    Anything doubtful holds, and a hold outweighs a wait: a person should look even while others still work.
    """
    issues = [one for one in seen if one.issue.kind == "issue"]
    evidence = _evidence(contract, issues)
    is_final = not any(one.issue.is_open for one in issues)
    doubts = [text for one in issues if (text := _doubt(milestone, one, is_final=is_final))]
    if doubts:
        return Decision("hold", "; ".join(doubts), evidence)
    if not issues:
        return Decision("wait", f"no issue carries the label {milestone.label}", evidence)
    missing = [text for one in issues if (text := _not_done(one))]
    is_open = [one.name for one in issues if one.issue.is_open]
    if is_open or missing:
        done = len(issues) - len(is_open) - len(missing)
        parts = [f"{done} of {len(issues)} completed"]
        if is_open:
            parts.append(f"open: {', '.join(is_open)}")
        return Decision("wait", "; ".join(parts + missing), evidence)
    closers = ", ".join(
        f"{one.name} closed by {one.issue.closed_by.login} ({one.closer_role})"
        for one in issues
        if one.issue.closed_by
    )
    return (
        Decision("release", f"all {len(issues)} issues are completed: {closers}", evidence)
        if len(issues) > 1
        else Decision("release", f"completed: {closers}", evidence)
    )


CLOSING: frozenset[ForgeEventKind] = frozenset({"issue.closed", "issue.reopened"})


TAKING: frozenset[ForgeEventKind] = frozenset(
    {"issue.unlabeled", "issue.labels_changed", "issue.deleted", "issue.transferred"}
)
"""The events by which an issue leaves its milestone; done by somebody who may, that is an answer too."""


def vanished(decision: Decision, before: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The issues that carried the label at the last decision, were not completed, and are not there now.

    `before` is that decision's evidence; what it already missed stays missed until it is back.
    """
    present = {_place(one) for one in decision.evidence.get("issues", ())}
    known = [*before.get("issues", ()), *before.get("missing", ())]
    return [
        one
        for one in known
        if _place(one) not in present and (one["is_open"] or one["close_reason"] != "completed")
    ]


def missing(decision: Decision, gone: Sequence[dict[str, Any]]) -> Decision:
    """The decision, remembering what vanished: work that nobody finished is not done by losing its label."""
    if not gone:
        return decision
    evidence = {**decision.evidence, "missing": list(gone)}
    if decision.verdict != "release":
        return replace(decision, evidence=evidence)
    names = ", ".join(f"#{one['number']}" for one in gone)
    reason = (
        f"{names} carried the label before and was not completed: put it back, or let somebody with write"
        " access take it off"
    )
    return Decision("hold", reason, evidence)


def _place(issue: Mapping[str, Any]) -> tuple[str, str, int]:
    return issue["connection"], issue["repository"], issue["number"]


def is_counted(decision: Decision, kind: ForgeEventKind, number: int) -> bool:
    """Whether the event is the closing of an issue that the decision counts, and judges by its closer."""
    return kind in CLOSING and any(one["number"] == number for one in decision.evidence.get("issues", ()))


def caused_by(decision: Decision, sender: Person | None, role: Role) -> Decision:
    """The decision, given who led to looking by anything but a counted closing, and their present role.

    Whoever instead takes a label off the last open issue, or deletes it,
    also makes a milestone complete, which triage may not: such a release is held.
    """
    if decision.verdict != "release" or role in MAY_CLOSE:
        return decision
    who = f"{sender.login} ({role})" if sender else "somebody unknown"
    reason = (
        f"what is left is completed, but {who} changed what belongs to the milestone:"
        " somebody with write access has to reopen and close one of its issues"
    )
    return Decision("hold", reason, decision.evidence)


def _doubt(milestone: Milestone, one: Seen, *, is_final: bool) -> str:
    """Why a person must look at this issue before its milestone can be billed, "" if nothing is odd.

    `is_final`: nothing is open any more, so that what was not asked for counts against the release.
    """
    if one.other_labels:
        others = ", ".join(one.other_labels)
        return f"{one.name} carries several milestones ({milestone.label}, {others}): leave one of the labels"
    if one.issue.is_open or one.issue.close_reason in _NOT_DONE:
        return ""
    if one.issue.close_reason != "completed":
        return (
            f"{one.name} was closed for a reason that is not known here: reopen it and close it as completed"
        )
    closer = one.issue.closed_by
    if one.closer_role is None and not is_final:
        return ""
    if closer is None:
        return f"the forge does not say who closed {one.name}: reopen it and close it again"
    if closer.is_bot:
        return f"{one.name} was closed by the bot {closer.login}: a person has to close it"
    if one.closer_role not in MAY_CLOSE:
        return (
            f"{one.name} was closed by {closer.login}, whose role is {one.closer_role or 'unknown'}:"
            " somebody with write access has to reopen and close it"
        )
    return _label_doubt(milestone, one)


def _label_doubt(milestone: Milestone, one: Seen) -> str:
    """The same about its label: it is what puts a price on the issue, so not everybody may attach it."""
    if one.labeling is None:
        return f"the forge does not say who put the label {milestone.label} on {one.name}: put it on again"
    if _is_after(one.labeling.at, one.issue.closed_at):
        return f"{one.name} got the label {milestone.label} after it was closed: reopen it and close it again"
    if one.labeler_role not in MAY_CLOSE:
        who = one.labeling.by.login if one.labeling.by else "somebody unknown"
        return (
            f"{one.name} got the label {milestone.label} from {who}, whose role is"
            f" {one.labeler_role or 'unknown'}: somebody with write access has to take it off and put it on"
        )
    return ""


def _is_after(at: str, closed_at: str | None) -> bool:
    """Within one second the forges' clocks do not tell what came first; that is not held against anybody."""
    if closed_at is None:
        return False
    return datetime.fromisoformat(at) - datetime.fromisoformat(closed_at) >= timedelta(seconds=1)


def _not_done(one: Seen) -> str:
    how = _NOT_DONE.get(one.issue.close_reason) if one.issue.close_reason else None
    return f"{one.name} was {how}, which does not bill: complete it or take the label off" if how else ""


def _evidence(contract: Contract, issues: Sequence[Seen]) -> dict[str, Any]:
    return {
        "contract": contract.id,
        "snapshot_hash": snapshot_hash(contract.snapshot()),
        "issues": [_issue_evidence(one) for one in issues],
    }


def _issue_evidence(one: Seen) -> dict[str, Any]:
    closer = one.issue.closed_by
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
        "labelled_at": one.labeling.at if one.labeling else None,
        "labelled_by": one.labeling.by.login if one.labeling and one.labeling.by else None,
        "closed_by": {"id": closer.id, "login": closer.login, "role": one.closer_role} if closer else None,
        "labels": [{"id": label.id, "name": label.name} for label in one.issue.labels],
    }
