"""What a milestone waits for in its present state, and who can do what next. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app import money
from app.milestones.contract import Contract, Milestone
from app.releases.decision.evidence import billed_in
from app.releases.decision.judge import describe
from app.releases.facts import ARRIVED
from app.releases.states import State
from app.releases.told.choices import (
    OPERATOR,
    Choice,
    Present,
    Row,
    acceptance,
    approval,
    approving,
    lifting,
    may_be_accepted,
    open_doubts,
    refunds,
)
from app.releases.told.payment_words import payments, share
from app.releases.told.rule_words import names_of, triggers, until

SERVE = "closeout serve"
TRIGGERS = "releases it, within the contract's limits"


@dataclass(frozen=True, slots=True)
class Outlook:
    """`waits_for` is "" when nothing is to come."""

    waits_for: str
    choices: tuple[Choice, ...] = ()


def outlook(present: Present) -> Outlook:
    """What is next. What holds a milestone comes before its state: while it does, no money moves."""
    if present.holds:
        return _held(present)
    return _BY_STATE[present.row["state"]](present)


def first_outlook(contract: Contract, milestone: Milestone) -> Outlook:
    """The same for a milestone to which nothing has happened yet."""
    waits_for = triggers(contract, milestone)
    if milestone.rules.when == "manual":
        how = f"closeout releases trigger {contract.id} {milestone.index}"
        return Outlook(waits_for, (Choice(OPERATOR, how, TRIGGERS),))
    how = f"close the issues of {milestone.trigger} as completed"
    return Outlook(waits_for, (Choice(describe(milestone.rules.closers), how, "it is decided at once"),))


def _held(present: Present) -> Outlook:
    reasons = "; ".join(str(hold["reason"]) for hold in present.holds)
    choices = [choice for hold in present.holds for choice in lifting(present, hold)]
    goes_on = "lifts everything that holds it; it goes on where it stood"
    choices.append(Choice(OPERATOR, present.order("resume"), goes_on))
    if present.is_released:
        choices += refunds(present)
    return Outlook(reasons, tuple(dict.fromkeys(choices)))


def _undecided(present: Present) -> Outlook:
    """`waiting`, `withdrawn`, or `held` for what was found when it was decided."""
    row, milestone = present.row, present.milestone
    if milestone is None:
        return Outlook("its contract: the file has no such milestone any more, so that nothing bills it")
    if milestone.rules.when == "manual" and row["state"] != "held":
        trigger = Choice(OPERATOR, present.order("trigger"), TRIGGERS)
        return Outlook("somebody who releases it by hand", (trigger,))
    choices = approving(present)
    if row["state"] == "held" and not open_doubts(present) and present.approved:
        return Outlook(f"{SERVE}, which decides it again after the approval")
    if row["state"] != "held":
        who = describe(milestone.rules.closers)
        choices.append(Choice(who, "close what is open, as completed", "it is decided again at once"))
    again = Choice(OPERATOR, present.order("retry"), "has the forge asked and it decided again")
    return Outlook(row["reason"] or "its issues", (*choices, again))


def _ready(present: Present) -> Outlook:
    row = present.row
    stop = Choice(OPERATOR, present.order("hold", "REASON"), "stops it before anything is billed")
    if present.milestone is not None and present.milestone.rules.grace_s:
        back = Choice("whoever may close", "reopen an issue", "withdraws it, and nobody is told")
        choices = (stop,) if present.is_by_hand else (back, stop)
        return Outlook(f"the end of the grace, {until(row['due_at'])}", choices)
    return Outlook(f"{SERVE}, which takes it up at once", (stop,))


def _awaiting_acceptance(present: Present) -> Outlook:
    row, rules = present.row, present.milestone.rules if present.milestone else None
    if row["accepted"]:
        stop = Choice(OPERATOR, present.order("hold", "REASON"), "stops it before anything is billed")
        return Outlook(f"{SERVE}, which orders the invoice: it is accepted", (stop,))
    who = names_of(rules) if rules else "the client"
    silence = (
        "is acceptance"
        if rules and rules.acceptance and rules.acceptance.on_silence == "accept"
        else "holds it"
    )
    return Outlook(
        f"the word of {who}, {until(row['accept_by'])}; silence {silence}",
        (
            *acceptance(present),
            *present.comment(who, "dispute REASON", "nothing moves"),
            Choice(f"{OPERATOR}, when they said so", present.order("dispute", "REASON"), "nothing moves"),
        ),
    )


def _ordered(present: Present) -> Outlook:
    """`triggered`, `unknown`, or `refunding`: the gateway has to answer."""
    row = present.row
    due = f"; next try {until(row['due_at'], 'at')}" if row["due_at"] else ""
    recalled = f"the end of what was begun: {row['reason']}" if row["recalled"] else row["reason"]
    retry = Choice(OPERATOR, present.order("retry"), "asks the gateway at once; it can not pay twice")
    return Outlook(f"the gateway: {recalled}{'' if 'next try' in recalled else due}", (retry,))


def _failed(present: Present) -> Outlook:
    retry = Choice(OPERATOR, present.order("retry"), "tries again, once it is mended; it can not pay twice")
    hold = Choice(OPERATOR, present.order("hold", "REASON"), "stops it; then it can be refunded as well")
    unpaid = [leg["account"] for leg in present.legs if leg["status"] in ("failed", "reversed")]
    if present.row["due_at"] and not unpaid:
        return Outlook(f"{SERVE}, which tries again {until(present.row['due_at'], 'at')}", (hold,))
    effect = "says that this payee was paid another way; the share is never ordered again"
    settle = [Choice(OPERATOR, present.order("settle", f"{one} REFERENCE"), effect) for one in unpaid]
    return Outlook(f"somebody who mends it: {present.row['reason']}", (retry, *settle, hold))


def _stopped(present: Present) -> Outlook:
    """`held` or `disputed` though nothing holds it: a gateway's answer, or a client's silence."""
    if not present.is_released:
        return _undecided(present)
    row = present.row
    if row["recalled"] or row["due_at"]:
        return _ordered(present)
    if may_be_accepted(present):
        return Outlook(row["reason"], (*acceptance(present), *refunds(present)))
    retry = Choice(OPERATOR, present.order("retry"), "asks the gateway again, once it is mended")
    return Outlook(row["reason"], (retry, *refunds(present)))


def _invoiced(present: Present) -> Outlook:
    invoice = present.invoice
    if present.row["recalled"]:
        return _ordered(present)
    stop = Choice(OPERATOR, present.order("hold", "REASON"), "what is paid is not passed on meanwhile")
    if invoice is not None and invoice["received_minor"]:
        effect = "nothing moves until the operator decides"
    else:
        effect = f"voids invoice {invoice['number'] if invoice else ''}"
    reopen = Choice("whoever may close", "reopen an issue", effect)
    choices = (stop,) if present.is_by_hand else (reopen, stop)
    approve, waits_for = _approvals(present)
    return Outlook("; ".join(filter(None, (waits_for, _payment(present)))), (*approve, *choices))


def _payment(present: Present) -> str:
    """That the client pays, and what has come in so far."""
    invoice = present.invoice
    number = invoice["number"] if invoice else ""
    client = present.contract.client.name if present.contract else "the client"
    come = "".join(f"; {told}" for told in payments(invoice)) if invoice else ""
    return f"{client}, who pays invoice {number}{come}"


def _approvals(present: Present) -> tuple[list[Choice], str]:
    """Who may approve shares that wait for it, and what that is called; nothing where none does."""
    waiting = [leg for leg in present.legs if leg["status"] == "awaiting_approval"]
    if not waiting:
        return [], ""
    amount = money.show(sum(leg["amount_minor"] for leg in waiting), present.row["currency"])
    return approval(present, "pays them out"), f"an approval of the payouts over {amount}"


def _paid(present: Present) -> Outlook:
    stop = Choice(OPERATOR, present.order("hold", "REASON"), "stops the payouts that are not ordered yet")
    approve, waits_for = _approvals(present)
    if not approve:
        return Outlook(f"{SERVE}, which orders the payouts at once", (stop,))
    return Outlook(waits_for, (*approve, stop))


def _disbursing(present: Present) -> Outlook:
    left = [leg for leg in present.legs if leg["status"] not in (*ARRIVED, "cancelled", "reversed")]
    on_their_way = ", ".join(share(leg, present.row["currency"]) for leg in left)
    retry = Choice(OPERATOR, present.order("retry"), "asks the gateway at once; it can not pay twice")
    due = f"; next try {until(present.row['due_at'], 'at')}" if _waits(left) and present.row["due_at"] else ""
    return Outlook(f"the gateway, which pays {on_their_way}{due}", (retry,))


def _waits(legs: Sequence[Row]) -> bool:
    """Whether a share could not be paid yet, and is tried again."""
    return any(leg["status"] in ("owed", "unknown") and leg["reason"] for leg in legs)


def _disbursed(present: Present) -> Outlook:
    dispute = Choice(OPERATOR, present.order("dispute", "REASON"), "then it can be refunded")
    is_open = present.invoice is not None and present.invoice["status"] == "open"
    return Outlook(_payment(present) if is_open else "", (dispute,))


def _voided(present: Present) -> Outlook:
    row, effect = present.row, "bills it under the next revision"
    if present.is_by_hand:
        trigger = Choice(OPERATOR, present.order("trigger"), effect)
        return Outlook(
            "somebody who releases it again" if row["recalled"] else "", (trigger,) if row["recalled"] else ()
        )
    who = describe(present.milestone.rules.closers) if present.milestone else "whoever may close"
    issues = ", ".join(f"#{one['number']}" for one in billed_in(present.evidence)) or "the issues"
    if row["recalled"]:
        closing = Choice(who, f"close {issues} as completed", effect)
        return Outlook(f"its completion: {row['reason']}", (*approving(present), closing))
    return Outlook("", (Choice(who, f"reopen {issues} and close again", effect),))


def _refunded(_present: Present) -> Outlook:
    return Outlook("")


_BY_STATE: dict[State, Callable[[Present], Outlook]] = {
    "waiting": _undecided,
    "withdrawn": _undecided,
    "held": _stopped,
    "disputed": _stopped,
    "ready": _ready,
    "awaiting_acceptance": _awaiting_acceptance,
    "triggered": _ordered,
    "unknown": _ordered,
    "refunding": _ordered,
    "failed": _failed,
    "invoiced": _invoiced,
    "paid": _paid,
    "disbursing": _disbursing,
    "partially_disbursed": _failed,
    "disbursed": _disbursed,
    "voided": _voided,
    "refunded": _refunded,
}
