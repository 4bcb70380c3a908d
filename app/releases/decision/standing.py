"""Whether what a release rests on still stands: the issues that it billed, as they are now. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.milestones.contract import Contract, Milestone
from app.milestones.rules import NamedPerson
from app.releases.decision.judge import Ids, carries, doubts_about, is_named, may, not_done
from app.releases.decision.seen import Seen
from app.releases.who import Who, at_forge

UNKNOWN = Who("somebody unknown", "forge")
Kind = Literal["stands", "reopened", "left", "changed", "label"]
"""`left`: it was reopened, and belongs to the milestone no longer, which can be done without it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of the billed issues, and why; `who` did it, and `may` says whether they may undo one.

    `is_sound`: it stands, and nothing about it is in doubt either.
    """

    kind: Kind
    reason: str = ""
    who: Who = UNKNOWN
    may: bool = False
    is_sound: bool = False


def standing(
    contract: Contract,
    milestone: Milestone,
    looked: Sequence[tuple[Mapping[str, Any], Seen | None]],
    ids: Ids,
    approved: Set[str],
) -> Standing:
    """Compare each billed issue, as its evidence names it, with how it was seen now (None: it is gone).

    `approved` are the keys of the doubts that somebody approved.
    """
    found = [_one(contract, milestone, evidence, seen, ids, approved) for evidence, seen in looked]
    for kind in ("reopened", "left", "changed", "label"):
        for one in found:
            if one.kind == kind:
                return one
    return Standing("stands", is_sound=all(one.is_sound for one in found))


def _one(
    contract: Contract,
    milestone: Milestone,
    evidence: Mapping[str, Any],
    seen: Seen | None,
    ids: Ids,
    approved: Set[str],
) -> Standing:
    name = f"#{evidence['number']}"
    if seen is None or seen.issue.id != evidence["id"]:
        return Standing("changed", f"{name}, which was billed, was deleted, moved or made a discussion")
    if seen.issue.is_open:
        found = _reopened(milestone, seen, ids)
        return found if carries(seen.issue, milestone) else replace(found, kind="left")
    if seen.issue.kind != "issue":
        return Standing("changed", f"{name}, which was billed, is no plain issue any more")
    if text := not_done(milestone, seen):
        return Standing("changed", text)
    if not carries(seen.issue, milestone):
        return Standing("changed", f"{name}, which was billed, lost {milestone.trigger}")
    hold_label = milestone.rules.hold_label
    if any(label.name == hold_label for label in seen.issue.labels):
        return Standing("label", f"{name} carries the label {hold_label}: take it off to go on")
    about = doubts_about(contract, milestone, seen, ids, is_final=True)
    doubts = [doubt for doubt in about if doubt.key not in approved]
    before = (evidence["closed_at"], (evidence["closed_by"] or {}).get("id"))
    if doubts and (seen.issue.closed_at, seen.closer.id if seen.closer else None) != before:
        # It was opened and closed again meanwhile, by somebody who may not: nobody took back that it is open.
        return _reopened(milestone, seen, ids)
    return Standing("stands", is_sound=not doubts)


def _reopened(milestone: Milestone, seen: Seen, ids: Ids) -> Standing:
    by = seen.reopening.by if seen.reopening else None
    who = at_forge(by, seen.connection)
    rules = milestone.rules
    accepting: tuple[NamedPerson, ...] = rules.acceptance.by if rules.acceptance else ()
    allowed = by is not None and (
        may(rules.closers, seen.connection, by, seen.reopener_role, ids)
        or is_named((*accepting, *rules.approvers), seen.connection, by, ids)
    )
    return Standing("reopened", f"{seen.name} was reopened by {who.name}", who, allowed)
