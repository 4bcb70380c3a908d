"""Every state that a milestone can be in, how it comes there, and what must be named as next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.gateways.base import Failed, Unknown
from app.releases.states import State
from tests.cli import plays
from tests.cli.prepared import Desk
from tests.milestones.example import TEXT, edited


def ruled(rules: str) -> str:
    return edited(("    milestones:  #", f"    rules: {{{rules}}}\n    milestones:  #"))


ASKING = ruled("acceptance: {by: [carl], within: 5 business days, on_silence: hold}")
FOUR_EYES = ruled("approve_above: 7000.00, approvers: [lena, marc]")
GRACE = ruled("grace: 2h")
SLOW = edited(("auto_clear: true", "auto_clear: false"))
MANUAL = edited(
    ('label: "milestone:ui-prototype", title', "title"),
    ("[Clickable prototype of 12 screens on staging]", "[Prototype of 12 screens], rules: {when: manual}"),
)
MANUAL_LIMIT = MANUAL.replace("{when: manual}", "{when: manual, approve_above: 1.00}")


@dataclass(frozen=True)
class Case:
    """A state, how it comes about, what it waits for, and by whom which orders are offered."""

    name: str
    state: State
    play: Callable[[Desk], None]
    waits_for: str
    orders: tuple[str, ...]
    others: tuple[str, ...] = ()
    text: str = TEXT


CLOSERS = "somebody with the role write, maintain or admin: "
REFUND, RESUME, RETRY = "refund", "resume", "retry"
SETTLE = "settle acc_dev_team_44 REFERENCE"
CASES = [
    Case(
        "waiting",
        "waiting",
        plays.waiting,
        "1 of 2 closed, open: #14",
        (RETRY,),
        (CLOSERS + "close what is open",),
    ),
    Case("two labels", "held", plays.held_by_label, "#12 carries several milestones", (RETRY,)),
    Case(
        "four eyes",
        "held",
        plays.closed,
        "7,500.00 usd is above 7,000.00 usd",
        ("approve --as lena", RETRY),
        ("lena or marc: /closeout approve as a new comment on #12",),
        FOUR_EYES,
    ),
    Case(
        "four eyes, of which two closed it",
        "held",
        plays.closed,
        "7,500.00 usd is above 7,000.00 usd",
        (RETRY,),
        (CLOSERS.replace(": ", ", but no approver: ") + "reopen the issue and close it",),
        FOUR_EYES.replace("[lena, marc]", "[dana]"),
    ),
    Case(
        "approved",
        "held",
        plays.approved,
        "closeout serve, which decides it again after the approval",
        (),
        (),
        FOUR_EYES,
    ),
    Case("held undecided", "held", plays.held_undecided, "held by", (RESUME,)),
    Case(
        "withdrawn", "withdrawn", plays.withdrawn, "#12 was reopened by dana", (RETRY,), (CLOSERS + "close",)
    ),
    Case("ready", "ready", Desk.released, "closeout serve, which takes it up at once", ("hold REASON",)),
    Case(
        "grace",
        "ready",
        Desk.released,
        "the end of the grace, until 20",
        ("hold REASON",),
        ("reopen",),
        GRACE,
    ),
    Case(
        "awaiting",
        "awaiting_acceptance",
        Desk.asked,
        "the word of carl, until 20",
        ("accept", "dispute REASON"),
        ("carl: /closeout accept as a new comment on #12", "carl: /closeout dispute REASON as a new"),
        ASKING,
    ),
    Case("accepted", "awaiting_acceptance", plays.accepted, "it is accepted", ("hold REASON",), (), ASKING),
    Case(
        "silent",
        "held",
        plays.silent,
        "no word of the client by",
        ("accept", REFUND),
        ("carl: /closeout acc",),
        ASKING,
    ),
    Case(
        "disputed by client",
        "disputed",
        plays.disputed_by_client,
        "disputed by carl (command line): the colours",
        (RESUME, REFUND),
        ("carl: /closeout accept",),
        ASKING,
    ),
    Case("triggered", "triggered", plays.triggered, "the gateway: completed: #12 closed by dana", (RETRY,)),
    Case(
        "unknown",
        "unknown",
        lambda desk: plays.answered(desk, Unknown("timed out")),
        "the gateway: timed out",
        (RETRY,),
    ),
    Case(
        "failed",
        "failed",
        lambda desk: plays.answered(desk, Failed("no such client")),
        "somebody who mends it: no such client",
        (RETRY, "hold REASON"),
    ),
    Case(
        "contradicted",
        "held",
        lambda desk: plays.answered(desk, Unknown("another amount", needs_person=True)),
        "another amount",
        (RETRY, REFUND),
    ),
    Case(
        "invoiced",
        "invoiced",
        Desk.invoiced,
        "Acme Corp, who pays invoice 2026-2-1",
        ("hold REASON",),
        ("reopen",),
    ),
    Case("being voided", "invoiced", plays.reopened("invoiced"), "the invoice is being voided", (RETRY,)),
    Case(
        "stranger",
        "disputed",
        plays.reopened_by_a_stranger,
        "who may not",
        (RESUME, REFUND),
        (CLOSERS + "close the",),
    ),
    Case(
        "uncollectible", "held", plays.gateway("uncollectible"), "invoice 2026-2-1 is uncollectible", (RETRY,)
    ),
    Case("voided there", "voided", plays.gateway("void"), "", (), (CLOSERS + "reopen #12 and close again",)),
    Case(
        "voided", "voided", Desk.voided, "#12 was reopened by dana", (), (CLOSERS + "close #12 as completed",)
    ),
    Case("paid", "paid", Desk.paid, "closeout serve, which orders the payouts", ("hold REASON",)),
    Case(
        "paid, to be approved",
        "paid",
        Desk.paid,
        "an approval of the payouts over 7,500.00 usd",
        ("approve", "hold REASON"),
        (),
        SLOW,
    ),
    Case(
        "disbursing",
        "disbursing",
        plays.payout("pending"),
        "the gateway, which pays acc_dev_team_44",
        (RETRY,),
    ),
    Case(
        "came back",
        "partially_disbursed",
        plays.payout("failed"),
        "account closed",
        (RETRY, SETTLE, "hold REASON"),
    ),
    Case(
        "tried again",
        "partially_disbursed",
        plays.retried,
        "closeout serve, which tries again",
        ("hold REASON",),
    ),
    Case("disbursed", "disbursed", Desk.disbursed, "", ("dispute REASON",)),
    Case("paid, reopened", "disputed", plays.reopened("paid"), "#12 was reopened by dana", (RESUME, REFUND)),
    Case(
        "disbursed, reopened",
        "disputed",
        plays.reopened("disbursed"),
        "nothing moves until the operator decides",
        (RESUME, REFUND, "refund --keep-payouts"),
    ),
    Case("refunding", "refunding", plays.refunding, "the gateway: the refund was ordered by", (RETRY,)),
    Case("refunded", "refunded", plays.refunded, "", ()),
    Case(
        "manual, to be approved",
        "held",
        plays.triggered_by_hand,
        "has to approve",
        ("approve", RETRY),
        ("the operator, but not as olga, who released it: ",),
        MANUAL_LIMIT,
    ),
    Case(
        "manual, released", "ready", plays.triggered_by_hand, "closeout serve", ("hold REASON",), (), MANUAL
    ),
    Case(
        "manual, taken back",
        "voided",
        plays.manual_taken_back,
        "somebody who releases it again",
        ("trigger",),
        (),
        MANUAL,
    ),
]
