"""Deciding whether a milestone is released. Pure: what was read from the forge in, a decision out.

A refusal is a result that explains itself. The webhook takes no part in this: it only said when to look.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

from app import money
from app.events import ForgeEvent, ForgeEventKind, Person, Role
from app.milestones.contract import Contract, Milestone
from app.releases.decision.evidence import billed_issues, evidence_of
from app.releases.decision.judge import Ids, describe, doubts_about, may, not_done
from app.releases.decision.seen import Decision, Doubt, Found, Seen

NOTHING: frozenset[str] = frozenset()


def decide(contract: Contract, milestone: Milestone, found: Found, approved: Set[str] = NOTHING) -> Decision:
    """Release when the issues of the milestone are closed as the rules ask, by people who may; else say why.

    Anything doubtful holds, and a hold outweighs a wait: a person should look even while others still work.
    `approved` are the keys of the doubts that somebody looked at and approved.
    """
    if milestone.rules.when == "manual":
        command = f"closeout releases trigger {contract.id} {milestone.index}"
        return Decision("wait", f"it is released by hand: {command}", evidence_of(contract, [], []))
    issues = [one for one in found.seen if one.issue.kind == "issue"]
    if milestone.rules.when == "any_closed":
        return _any_closed(contract, milestone, issues, found.ids, approved)
    is_final = not any(one.issue.is_open for one in issues)
    doubts = [
        doubt
        for one in issues
        for doubt in doubts_about(contract, milestone, one, found.ids, is_final=is_final)
    ]
    missing = [text for one in issues if (text := not_done(milestone, one))]
    is_open = [one.name for one in issues if one.issue.is_open]
    decision = Decision("release", _closings(issues), evidence_of(contract, issues, issues))
    if not issues or is_open or missing or found.is_native_open:
        decision = replace(
            decision, verdict="wait", reason=_waits(milestone, found, issues, is_open, missing)
        )
    return doubted(decision, doubts, approved)


def _any_closed(
    contract: Contract, milestone: Milestone, issues: list[Seen], ids: Ids, approved: Set[str]
) -> Decision:
    """One issue that is done is enough; only issues about which there is no doubt are billed."""
    doubts: list[Doubt] = []
    good: list[Seen] = []
    for one in issues:
        about = doubts_about(contract, milestone, one, ids, is_final=True)
        open_doubts = [doubt for doubt in about if doubt.key not in approved or not doubt.key]
        doubts += open_doubts
        if not (open_doubts or one.issue.is_open or not_done(milestone, one)):
            good.append(one)
    evidence = evidence_of(contract, issues, good)
    if good:
        return Decision("release", _closings(good), evidence)
    missing = [text for one in issues if (text := not_done(milestone, one))]
    is_open = [one.name for one in issues if one.issue.is_open]
    reason = _waits(milestone, Found(tuple(issues)), issues, is_open, missing)
    return doubted(Decision("wait", reason, evidence), doubts, approved)


def doubted(decision: Decision, doubts: list[Doubt], approved: Set[str] = NOTHING) -> Decision:
    """The decision, held for those of `doubts` that nobody approved; further ones may be added later."""
    waived = [doubt for doubt in doubts if doubt.key and doubt.key in approved]
    left = (*decision.doubts, *(doubt for doubt in doubts if doubt not in waived))
    evidence = dict(decision.evidence)
    if waived:
        texts = [doubt.text for doubt in waived]
        evidence["approved"] = [*evidence.get("approved", ()), *texts]
    if not left:
        return replace(decision, evidence=evidence)
    evidence["doubts"] = [{"text": doubt.text, "key": doubt.key} for doubt in left]
    return Decision("hold", "; ".join(doubt.text for doubt in left), evidence, left)


def limits(contract: Contract, milestone: Milestone, released_today_minor: int) -> list[Doubt]:
    """The doubts that only the amount raises; they are for a decision that would release."""
    rules, currency = milestone.rules, contract.currency
    amount = money.show(milestone.amount_minor, currency)
    found = []
    if rules.approve_above_minor is not None and milestone.amount_minor > rules.approve_above_minor:
        limit = money.show(rules.approve_above_minor, currency)
        found.append(
            Doubt(
                f"{amount} is above {limit}: {approval_of(milestone)}",
                f"amount/{milestone.amount_minor}/{currency}",
            )
        )
    total_minor = released_today_minor + milestone.amount_minor
    if rules.max_per_day_minor is not None and total_minor > rules.max_per_day_minor:
        limit, today = money.show(rules.max_per_day_minor, currency), money.show(total_minor, currency)
        found.append(
            Doubt(
                f"with this one {today} of the contract would be released today, which is above {limit}:"
                f" {approval_of(milestone)}",
                f"day/{milestone.amount_minor}/{currency}",
            )
        )
    return found


def taken_back(milestone: Milestone, decision: Decision, recalled: Mapping[str, Any]) -> list[Doubt]:
    """The doubt about what somebody ordered back: that its issues are still closed is no new completion.

    `recalled` is what was noted then, {} if nothing was. A release by hand is an order itself.
    """
    if not recalled or recalled["who"]["via"] == "forge" or milestone.rules.when == "manual":
        return []
    closed = recalled.get("closed", {})
    if any(one["closed_at"] != closed.get(one["id"]) for one in billed_issues(decision.evidence)):
        return []
    return [
        Doubt(
            f"{recalled['reason']}: to bill it all the same, reopen one of its issues and close it again",
            f"taken back/{recalled['at']}",
        )
    ]


def approval_of(milestone: Milestone) -> str:
    """Who has to approve, in words."""
    names = ", ".join(name.login for name in milestone.rules.approvers)
    who = f"one of {names}" if names else "the operator"
    return f"{who}, who did not close it, has to approve"


def caused_by(
    decision: Decision, milestone: Milestone, connection: str, sender: Person | None, role: Role, ids: Ids
) -> list[Doubt]:
    """The doubt that comes of who led to looking, by anything but a counted closing.

    Whoever instead takes a label off the last open issue, or deletes it, also makes a milestone complete,
    which triage may not: such a release is held.
    """
    closers = milestone.rules.closers
    if decision.verdict != "release":
        return []
    if sender is not None and may(closers, connection, sender, role, ids):
        return []
    who = f"{sender.login} ({role})" if sender else "somebody unknown"
    return [
        Doubt(
            f"what is left is completed, but {who} changed what belongs to the milestone:"
            f" {describe(closers)} has to reopen and close one of its issues",
            f"cause/{connection}/{sender.id if sender else ''}",
        )
    ]


def caused_before(before: Mapping[str, Any]) -> list[Doubt]:
    """The doubt of that kind that the last decision had: looking again by itself does not answer it."""
    return [
        Doubt(doubt["text"], doubt["key"])
        for doubt in before.get("doubts", ())
        if doubt["key"].startswith("cause/")
    ]


CLOSING: frozenset[ForgeEventKind] = frozenset({"issue.closed", "issue.reopened"})

TAKING: frozenset[ForgeEventKind] = frozenset(
    {"issue.unlabeled", "issue.labels_changed", "issue.deleted", "issue.milestoned"}
)
"""The events by which an issue leaves its milestone; done by somebody who may, that is an answer too.

A transfer is none: the work goes on elsewhere, under labels of the same names, and a person has to look."""


def is_counted(decision: Decision, kind: ForgeEventKind, number: int) -> bool:
    """Whether the event is the closing of an issue that the decision counts, and judges by its closer."""
    return kind in CLOSING and any(one["number"] == number for one in decision.evidence.get("issues", ()))


def is_vouched(decision: Decision, event: ForgeEvent) -> bool:
    """Whether it needs no judging who led to looking: each issue that counts is judged by its own people.

    GitLab does not say who closed one of its milestones; that adds a condition and takes none away.
    """
    if event.kind == "milestone.closed" and event.sender is None:
        return True
    return is_counted(decision, event.kind, event.issue_number)


def _waits(
    milestone: Milestone, found: Found, issues: list[Seen], is_open: list[str], missing: list[str]
) -> str:
    if found.is_native_open == "missing":
        return f"the forge has no {milestone.trigger}"
    if not issues:
        return (
            f"no issue carries the label {milestone.trigger}"
            if milestone.label
            else (f"no issue is in {milestone.trigger}")
        )
    parts = [f"{len(issues) - len(is_open) - len(missing)} of {len(issues)} closed"]
    if is_open:
        parts[0] += f", open: {', '.join(is_open)}"
    if found.is_native_open:
        parts.append(f"{milestone.trigger} itself is still open at the forge")
    return "; ".join(parts + missing)


def _closings(issues: list[Seen]) -> str:
    told = []
    for one in issues:
        if one.closer:
            via = f" by {one.closing.via}" if one.closing and one.closing.via else ""
            told.append(f"{one.name} closed by {one.closer.login} ({one.closer_role}){via}")
    closings = ", ".join(told)
    return (
        f"all {len(issues)} issues are completed: {closings}" if len(issues) > 1 else f"completed: {closings}"
    )
