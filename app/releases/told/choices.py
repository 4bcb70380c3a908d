"""What people can do about a milestone: who, with which command or deed, and what follows. Pure.

Rows come as mappings with the columns of their tables; amounts in them are minor units.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from app import money
from app.milestones.contract import Contract, Milestone
from app.releases.decision.evidence import closers_of
from app.releases.decision.judge import describe
from app.releases.told.rule_words import names_of

Row = Mapping[str, Any]
OPERATOR = "the operator"


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that somebody can do: who, how (a command to type, or a deed), and what follows."""

    who: str
    how: str
    effect: str


@dataclass(frozen=True, slots=True)
class Present:
    """How a milestone stands. `contract` is its snapshot once it is released, else the file's.

    `contract` and `milestone` are None where the file has neither any more. `holds` are those not lifted,
    `approved` the keys of the doubts that somebody approved.
    """

    row: Row
    contract: Contract | None
    milestone: Milestone | None
    holds: Sequence[Row] = ()
    invoice: Row | None = None
    legs: Sequence[Row] = ()
    approved: Set[str] = frozenset()

    @property
    def is_released(self) -> bool:
        return self.row["snapshot"] is not None

    @property
    def is_by_hand(self) -> bool:
        """Whether it is released by hand: then there is no issue to close, or to comment on."""
        return self.milestone is not None and self.milestone.rules.when == "manual"

    @property
    def evidence(self) -> dict[str, Any]:
        plain: dict[str, Any] = json.loads(self.row["evidence"])
        return plain

    def order(self, verb: str, more: str = "") -> str:
        """The command of an order for this milestone: `closeout releases hold con_1 2 REASON`."""
        words = ["closeout releases", verb, self.row["contract_id"], str(self.row["milestone_index"]), more]
        return " ".join(filter(None, words))

    def comment(self, who: str, words: str, effect: str) -> list[Choice]:
        """The same as a new comment on one of the issues, where there are any."""
        if self.is_by_hand:
            return []
        issues = self.evidence.get("issues", ())
        place = ", ".join(f"#{one['number']}" for one in issues[:3]) or "one of its issues"
        return [Choice(who, f"/closeout {words} as a new comment on {place}", effect)]


def lifting(present: Present, hold: Row) -> list[Choice]:
    """How a hold ends without the operator."""
    rules = present.milestone.rules if present.milestone else None
    source = hold["source"]
    if rules is None:
        return []
    if source == "label":
        return [Choice(describe(rules.labelers), f"take {rules.hold_label} off the issue", "it goes on")]
    if source == "comment":
        held_by = json.loads(hold["by"])["name"]
        who = " or ".join(dict.fromkeys([held_by, *(name.login for name in rules.approvers)]))
        return present.comment(who, "resume", "lifts this hold")
    if source == "chargeback" and present.invoice and present.invoice["disputed_minor"]:
        effect = "won, it goes on by itself; lost, it waits for the operator"
        return [Choice(OPERATOR, "answer the client's bank at the gateway", effect)]
    if source == "dispute" and may_be_accepted(present):
        return present.comment(names_of(rules), "accept", "ends the dispute; it is billed")
    if source in ("reopened", "changed") and _is_before_payment(present):
        back = "close the issue again" if source == "reopened" else "put the issue back as it was billed"
        return [Choice(describe(rules.closers), back, "lifts this hold")]
    return []


def refunds(present: Present) -> list[Choice]:
    """The ways back, and what each does at this point; none while the client's bank decides."""
    order, invoice = present.order("refund"), present.invoice
    if invoice is None:
        return [Choice(OPERATOR, order, "takes the release back; nothing was billed")]
    if invoice["status"] not in ("open", "paid") or invoice["disputed_minor"]:
        return []
    back = _giving_back(invoice)
    if not any(leg["status"] in ("sent", "paid") for leg in present.legs):
        return [Choice(OPERATOR, order, back)]
    kept = f"{back}; the payees keep theirs"
    if present.contract is not None and present.contract.on_refund == "keep":
        return [Choice(OPERATOR, order, kept)]
    return [
        Choice(OPERATOR, order, f"brings the payees' shares back, then {back}"),
        Choice(OPERATOR, f"{order} --keep-payouts", kept),
    ]


def _giving_back(invoice: Row) -> str:
    """What a refund does for the client, who has paid all of it, or a part, or nothing."""
    if not invoice["received_minor"]:
        return f"voids invoice {invoice['number']}"
    left_minor = invoice["received_minor"] - invoice["lost_minor"]
    if not left_minor:
        return f"credits invoice {invoice['number']}, of which the client's bank took all back"
    return f"gives the client {money.show(left_minor, invoice['currency'])} back"


def may_be_accepted(present: Present) -> bool:
    row = present.row
    return row["accept_by"] is not None and row["accepted"] is None and present.invoice is None


def _is_before_payment(present: Present) -> bool:
    return present.invoice is None or present.invoice["status"] == "open"


def open_doubts(present: Present) -> list[Row]:
    """What it is held for when it was decided, and nobody approved since."""
    if present.row["state"] not in ("held", "voided"):
        return []
    doubts = present.evidence.get("doubts", ())
    return [doubt for doubt in doubts if not (doubt["key"] and doubt["key"] in present.approved)]


def approving(present: Present) -> list[Choice]:
    """Who may approve what it is held for; what has no key can only be mended, and says how."""
    doubts = open_doubts(present)
    if present.milestone is None or not any(doubt["key"] for doubt in doubts):
        return []
    is_mended_too = not all(doubt["key"] for doubt in doubts)
    effect = "approves what can be; the rest has to be mended" if is_mended_too else "it is released"
    return approval(present, effect)


def approval(present: Present, effect: str) -> list[Choice]:
    """Who may approve: the contract's approvers, or the operator, but nobody who closed one of the issues."""
    rules = present.milestone.rules if present.milestone else None
    closers = list(dict.fromkeys(login for _, _, login in closers_of(present.evidence)))
    named = ", ".join(closers)
    did = "released it" if present.is_by_hand else "closed"
    if rules is None or not rules.approvers:
        but = f", but not as {named}, who {did}" if closers else ""
        return [Choice(f"{OPERATOR}{but}", present.order("approve"), effect)]
    about = [login for doubt in open_doubts(present) for _, _, login in doubt.get("by", ())]
    approvers = [name.login for name in rules.approvers if name.login not in (*closers, *about)]
    if not approvers:
        effect = "then there is somebody to approve it"
        if present.is_by_hand:
            return [Choice(OPERATOR, f"name another approver than {named} in the contract", effect)]
        who = f"{describe(rules.closers)}, but no approver"
        return [Choice(who, "reopen the issue and close it", effect)]
    by_operator = present.order("approve", f"--as {approvers[0]}")
    return [
        *present.comment(" or ".join(approvers), "approve", effect),
        Choice(f"{OPERATOR}, when {approvers[0]} said so", by_operator, effect),
    ]


def acceptance(present: Present) -> list[Choice]:
    """Who may accept, by comment or through the operator."""
    rules = present.milestone.rules if present.milestone else None
    who, effect = names_of(rules) if rules else "the client", "the invoice is issued"
    by_operator = Choice(f"{OPERATOR}, when they said so", present.order("accept"), effect)
    return [*present.comment(who, "accept", effect), by_operator]
