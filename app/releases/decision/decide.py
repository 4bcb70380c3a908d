"""Deciding whether a milestone is released. Pure: what was read from the forge in, a decision out.

A refusal is a result that explains itself. The webhook takes no part in this: it only said when to look.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

from app import money
from app.events import ForgeEventKind
from app.milestones.contract import Contract, Milestone
from app.releases.decision.evidence import billed_in, evidence_of, fingerprint
from app.releases.decision.judge import doubts_about, not_done
from app.releases.decision.seen import Decision, Doubt, Found, Seen

NOTHING: frozenset[str] = frozenset()


def decide(contract: Contract, milestone: Milestone, found: Found, approved: Set[str] = NOTHING) -> Decision:
    """Release when the issues of the milestone are closed as the rules ask, by people who may; else say why.

    Anything doubtful holds, and a hold outweighs a wait: a person should look even while others still work.
    `approved` are the keys of the doubts that somebody looked at and approved.
    """
    if milestone.rules.when == "manual":
        command = f"closeout releases trigger {contract.id} {milestone.index}"
        return Decision("wait", f"it is released by hand: {command}", evidence_of(contract, [], [], []))
    issues = [one for one in found.seen if one.issue.kind == "issue"]
    is_any = milestone.rules.when == "any_closed"
    is_final = is_any or not any(one.issue.is_open for one in issues)
    doubts = {one: doubts_about(contract, milestone, one, found.ids, is_final=is_final) for one in issues}
    done = [one for one in issues if one.was_asked and not doubts[one] and _is_closed(milestone, one)]
    if is_any:
        return _any_closed(contract, milestone, found, doubts, done, approved)
    missing = [text for one in issues if (text := not_done(milestone, one))]
    is_open = [one.name for one in issues if one.issue.is_open]
    decision = Decision("release", _closings(issues), evidence_of(contract, issues, issues, done))
    if not issues or is_open or missing or found.is_native_open:
        decision = replace(
            decision, verdict="wait", reason=_waits(milestone, found, issues, is_open, missing)
        )
    return doubted(
        decision, [*_native(found), *(one for about in doubts.values() for one in about)], approved
    )


def _any_closed(
    contract: Contract,
    milestone: Milestone,
    found: Found,
    doubts: Mapping[Seen, list[Doubt]],
    done: list[Seen],
    approved: Set[str],
) -> Decision:
    """One issue that is done is enough; only issues about which no doubt is left are billed.

    What can not be approved, such as the hold label, holds the milestone on whichever issue it is.
    """
    issues = list(doubts)
    good = [
        one
        for one in issues
        if _is_closed(milestone, one) and all(doubt.key in approved for doubt in doubts[one])
    ]
    evidence = evidence_of(contract, issues, good, done)
    everything = [*_native(found), *(one for about in doubts.values() for one in about)]
    if good:
        mine = [doubt for one in good for doubt in doubts[one]]
        stops = [doubt for doubt in everything if not doubt.key]
        return doubted(Decision("release", _closings(good), evidence), [*mine, *stops], approved)
    missing = [text for one in issues if (text := not_done(milestone, one))]
    is_open = [one.name for one in issues if one.issue.is_open]
    reason = _waits(milestone, found, issues, is_open, missing)
    return doubted(Decision("wait", reason, evidence), everything, approved)


def _is_closed(milestone: Milestone, one: Seen) -> bool:
    return not one.issue.is_open and not not_done(milestone, one)


def _native(found: Found) -> list[Doubt]:
    return [Doubt(found.native_problem, f"native/{found.native_problem}")] if found.native_problem else []


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
    evidence["doubts"] = [
        {"text": doubt.text, "key": doubt.key, "by": [list(person) for person in doubt.by]} for doubt in left
    ]
    return Decision("hold", "; ".join(doubt.text for doubt in left), evidence, left)


def limits(
    contract: Contract, milestone: Milestone, released_today_minor: int, evidence: Mapping[str, Any]
) -> list[Doubt]:
    """The doubts that only the amount raises, about a decision that would release on this evidence."""
    what = fingerprint(evidence)
    rules, currency = milestone.rules, contract.currency
    amount = money.show(milestone.amount_minor, currency)
    found = []
    if rules.approve_above_minor is not None and milestone.amount_minor > rules.approve_above_minor:
        limit = money.show(rules.approve_above_minor, currency)
        found.append(
            Doubt(
                f"{amount} is above {limit}: {approval_of(milestone)}",
                f"amount/{milestone.amount_minor}/{currency}/{what}",
            )
        )
    total_minor = released_today_minor + milestone.amount_minor
    if rules.max_per_day_minor is not None and total_minor > rules.max_per_day_minor:
        limit, today = money.show(rules.max_per_day_minor, currency), money.show(total_minor, currency)
        found.append(
            Doubt(
                f"with this one {today} of the contract would be released today, which is above {limit}:"
                f" {approval_of(milestone)}",
                f"day/{milestone.amount_minor}/{currency}/{what}",
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
    billed = {one["id"]: one["closed_at"] for one in billed_in(decision.evidence)}
    if any(billed.get(known, at) != at for known, at in closed.items()):
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
    who = f"an approver ({names})" if names else "the operator"
    return f"{who} who did not close it has to approve"


def unseen(decision: Decision, number: int) -> list[Doubt]:
    """The doubt about what a sweep found closed from before Closeout ever looked: nobody saw it happen."""
    if decision.verdict != "release" or number not in {one["number"] for one in decision.evidence["issues"]}:
        return []
    return [
        Doubt(
            "it is completed, but Closeout did not see by whose doing: reopen and close one of its issues",
            f"cause/{fingerprint(decision.evidence)}",
        )
    ]


def unseen_before(decision: Decision, before: Mapping[str, Any]) -> list[Doubt]:
    """The same as the last decision had it: looking again does not answer it, closing again does."""
    key = f"cause/{fingerprint(decision.evidence)}"
    return [Doubt(doubt["text"], key) for doubt in before.get("doubts", ()) if doubt["key"] == key]


CLOSING: frozenset[ForgeEventKind] = frozenset({"issue.closed", "issue.reopened"})

TAKING: frozenset[ForgeEventKind] = frozenset(
    {"issue.unlabeled", "issue.labels_changed", "issue.deleted", "issue.milestoned"}
)
"""The events by which an issue leaves its milestone."""


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
    return f"completed: {', '.join(told)}"
