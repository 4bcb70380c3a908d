"""Whether one issue counts: who closed it and why, who put the label on it, and what speaks against it. Pure.

People are judged by the role that they have now and by the numeric id that their name had when it was first
seen, never by what a payload says of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from app.events import CloseReason, Issue, Person, Role
from app.milestones.contract import Contract, Milestone
from app.milestones.rules import NamedPerson, People
from app.releases.decision.seen import Doubt, Seen

Ids = Mapping[NamedPerson, str]

_HOW: dict[CloseReason, str] = {
    "completed": "closed as completed",
    "not_planned": "closed as not planned",
    "duplicate": "closed as a duplicate",
    "moved": "moved elsewhere",
}


def carries(issue: Issue, milestone: Milestone) -> bool:
    """Whether the issue belongs to the milestone now."""
    if milestone.label:
        return any(label.name == milestone.label for label in issue.labels)
    return bool(milestone.native) and issue.milestone == milestone.native


def is_named(names: tuple[NamedPerson, ...], connection: str, person: Person, ids: Ids) -> bool:
    """Whether `person` is one of `names` at that connection, by id; an account without an id is nobody."""
    return bool(person.id) and any(
        name.connection == connection and ids.get(name) == person.id for name in names
    )


def may(people: People, connection: str, person: Person, role: Role | None, ids: Ids) -> bool:
    """Whether a rule's `people` include this person with this present role."""
    if person.is_bot and not people.bots:
        return False
    return role in people.roles or is_named(people.users, connection, person, ids)


def describe(people: People) -> str:
    """Whom a rule means: "somebody who may write, maintain or admin, or lena"."""
    roles = f"somebody with the role {_either(people.roles)}" if people.roles else ""
    names = _either([name.login for name in people.users])
    return " or ".join(part for part in (roles, names) if part)


def not_done(milestone: Milestone, one: Seen) -> str:
    """Why a closed issue is not done although nothing is odd about it, "" if it is done, open, or odd."""
    reason = one.issue.close_reason
    if one.issue.is_open or reason is None or reason in ("unknown", *milestone.rules.close_reasons):
        return ""
    return f"{one.name} was {_HOW[reason]}, which does not bill: complete it or take the label off"


def doubts_about(
    contract: Contract, milestone: Milestone, one: Seen, ids: Ids, *, is_final: bool
) -> list[Doubt]:
    """Why a person must look at this issue before its milestone can be billed; empty if nothing is odd.

    `is_final`: nothing is open any more, so that what was not asked for counts against the release.
    """
    rules = milestone.rules
    if one.other_labels:
        others = ", ".join(one.other_labels)
        what = f"{one.name} carries several milestones ({milestone.trigger}, {others})"
        return [Doubt(f"{what}: leave one of the labels")]
    if any(label.name == rules.hold_label for label in one.issue.labels):
        return [Doubt(f"{one.name} carries the label {rules.hold_label}: take it off to go on")]
    if one.issue.is_open or (one.issue.close_reason != "unknown" and not_done(milestone, one)):
        return []
    if one.unholding is not None and not _may_unhold(milestone, one, ids):
        person = one.unholding.by
        who = (
            f"{person.login}, whose role is {one.unholder_role or 'unknown'}"
            if person
            else "somebody unknown"
        )
        what = f"{rules.hold_label} was taken off {one.name} by {who}"
        mend = f"{describe(rules.labelers)} has to put it on and take it off"
        key = f"unheld/{one.connection}/{one.issue.id}/{one.unholding.at}"
        return [Doubt(f"{what}: {mend}", key, _people(one.connection, person))]
    if one.issue.close_reason == "unknown":
        what = f"{one.name} was closed for a reason that is not known here"
        by = _people(one.connection, one.closer)
        return [Doubt(f"{what}: reopen it and close it as completed", _key("reason", one), by)]
    if not one.was_asked and not is_final:
        return []
    return _about_closer(contract, milestone, one, ids) or _about_label(milestone, one, ids)


def _may_unhold(milestone: Milestone, one: Seen, ids: Ids) -> bool:
    by = one.unholding.by if one.unholding else None
    return by is not None and may(milestone.rules.labelers, one.connection, by, one.unholder_role, ids)


def _people(connection: str, *people: Person | None) -> tuple[tuple[str, str, str], ...]:
    return tuple((connection, person.id, person.login) for person in people if person is not None)


def _about_closer(contract: Contract, milestone: Milestone, one: Seen, ids: Ids) -> list[Doubt]:
    rules, closer, key = milestone.rules, one.closer, _key("closer", one)
    via = f" by {one.closing.via}" if one.closing and one.closing.via else ""
    if closer is None:
        return [
            Doubt(f"the forge does not say who closed {one.name}{via}: reopen it and close it again", key)
        ]
    mend = f": {describe(rules.closers)} has to reopen and close it"
    payees = tuple(name for payee in contract.payees for name in payee.users)
    by, who = f"{one.name} was closed by {closer.login}", _people(one.connection, closer)
    if closer.is_bot and not rules.closers.bots:
        return [Doubt(f"{one.name} was closed by the bot {closer.login}: a person has to close it", key, who)]
    if not may(rules.closers, one.connection, closer, one.closer_role, ids):
        return [Doubt(f"{by}, whose role is {one.closer_role or 'unknown'}{mend}", key, who)]
    if not rules.payees_may_close and is_named(payees, one.connection, closer, ids):
        return [Doubt(f"{by}, who gets a share of it: somebody else has to close it", key, who)]
    unknown = [name.login for name in payees if name.connection == one.connection and name not in ids]
    if not rules.payees_may_close and unknown:
        what = f"{', '.join(unknown)}, whom the contract names as payee, is no account at {one.connection}"
        return [Doubt(f"{what}: whether {closer.login} is that payee can not be told", key, who)]
    if one.closing and not one.closing.is_vouched and not _is_open_to_writers(milestone):
        # Whoever pushed could write, but may have named somebody else as the commit's author.
        what = f"{one.name} was closed by {one.closing.via}, whose author nobody checked"
        return [Doubt(f"{what}{mend} by hand", key)]
    return []


def _is_open_to_writers(milestone: Milestone) -> bool:
    """Whether everybody who can push may close, so that it does not matter who a commit says it is from."""
    return "write" in milestone.rules.closers.roles and milestone.rules.payees_may_close


def _about_label(milestone: Milestone, one: Seen, ids: Ids) -> list[Doubt]:
    """The same about its label: it is what puts a price on the issue, so not everybody may attach it."""
    labelers, trigger = milestone.rules.labelers, _named(milestone)
    if one.label_problem:
        return [Doubt(f"{one.name}: {one.label_problem}", _key("label", one))]
    if one.labeling is None:
        what = f"the forge does not say who put {trigger} on {one.name}"
        return [Doubt(f"{what}: put it on again", _key("labeler", one))]
    by = one.labeling.by
    if is_after(one.labeling.at, one.issue.closed_at):
        what = f"{one.name} got {trigger} after it was closed"
        mend = "reopen it and close it again"
        return [Doubt(f"{what}: {mend}", _key("late", one), _people(one.connection, by))]
    if by is None or not may(labelers, one.connection, by, one.labeler_role, ids):
        who = f"{by.login}, whose role is {one.labeler_role or 'unknown'}" if by else "somebody unknown"
        what = f"{one.name} got {trigger} from {who}"
        mend = f"{describe(labelers)} has to take it off and put it on"
        return [Doubt(f"{what}: {mend}", _key("labeler", one), _people(one.connection, by))]
    return []


def _named(milestone: Milestone) -> str:
    return f"the label {milestone.label}" if milestone.label else milestone.trigger


def is_after(at: str, closed_at: str | None) -> bool:
    """Within one second the forges' clocks do not tell what came first; that is not held against anybody."""
    if closed_at is None:
        return False
    return datetime.fromisoformat(at) - datetime.fromisoformat(closed_at) >= timedelta(seconds=1)


def _key(kind: str, one: Seen) -> str:
    """What an approval is about: this doubt, of this issue, closed and labelled at these moments."""
    labelled = one.labeling.at if one.labeling else ""
    closer = one.closer.id if one.closer else ""
    return f"{kind}/{one.connection}/{one.issue.id}/{one.issue.closed_at}/{closer}/{labelled}"


def _either(words: tuple[str, ...] | list[str]) -> str:
    *first, last = words or [""]
    return f"{', '.join(first)} or {last}" if first else last
