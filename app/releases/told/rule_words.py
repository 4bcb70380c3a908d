"""A milestone's trigger and rules in sentences, for people who ask why nothing has happened yet. Pure."""

from __future__ import annotations

from app import money
from app.milestones.contract import Contract, Milestone
from app.milestones.problems import number_of
from app.milestones.rules import DEFAULT, Rules
from app.notices.text import moment
from app.releases.decision.judge import describe

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def triggers(contract: Contract, milestone: Milestone) -> str:
    """What releases it: "every issue with the label … in github:acme/site, closed as completed"."""
    rules, where = milestone.rules, ", ".join(map(str, contract.repositories))
    if rules.when == "manual":
        return "somebody who releases it by hand"
    closed = f"closed as {' or '.join(rules.close_reasons)}".replace("_", " ")
    if milestone.native:
        return f"the milestone {milestone.native} of {where}: closed itself, and each of its issues {closed}"
    which = "the first issue" if rules.when == "any_closed" else "every issue"
    return f"{which} with the label {milestone.label} in {where}, {closed}"


def in_words(contract: Contract, milestone: Milestone) -> list[str]:
    """The rules that decide about the milestone, a sentence each; those that ask for nothing are left out."""
    rules, told = milestone.rules, []
    if rules.when != "manual" and rules.closers == rules.labelers:
        told.append(f"closed and labelled by {describe(rules.closers)}")
    elif rules.when != "manual":
        told += [f"closed by {describe(rules.closers)}", f"labelled by {describe(rules.labelers)}"]
    if rules.when != "manual" and not rules.payees_may_close:
        told.append("not closed by a payee")
    for limit_minor, what in (
        (rules.approve_above_minor, "above {}"),
        (rules.max_per_day_minor, "when more than {} of the contract would be released in a day"),
    ):
        if limit_minor is not None:
            names = " or ".join(name.login for name in rules.approvers) or "the operator"
            told.append(f"{what.format(money.show(limit_minor, contract.currency))} approved by {names}")
    if rules.grace_s:
        told.append(f"released after {span(rules.grace_s)} in which nothing is reopened")
    if rules.acceptance:
        asked, kind = rules.acceptance, "business day" if rules.acceptance.is_business else "day"
        silence = "accepts" if asked.on_silence == "accept" else "holds it"
        told.append(f"accepted by {names_of(rules)} within {number_of(asked.days, kind)}; silence {silence}")
    if rules.hold_label != DEFAULT.hold_label:
        told.append(f"held by the label {rules.hold_label}")
    return told


def names_of(rules: Rules) -> str:
    """Who may accept: "anna or acme-tom"."""
    names = [name.login for name in rules.acceptance.by] if rules.acceptance else []
    return " or ".join(names) or "the client"


def until(at: str | None, word: str = "until") -> str:
    """A moment as `app.db.now` writes it, to the minute: "until 2026-06-05 00:00 UTC"."""
    return f"{word} {moment(at)}" if at else "soon"


def span(seconds: int) -> str:
    """900 → "15 minutes", in the largest unit that has no remainder."""
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    return number_of(seconds // size, unit)
