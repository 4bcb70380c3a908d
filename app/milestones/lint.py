"""Warnings about contracts that can be billed but are likely to be regretted, each with its mend.

The ranges are those of four-phase milestone billing: deposit, middle, testing, final.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from app import money
from app.milestones import rule_lint
from app.milestones.problems import quoted
from app.milestones.sketch import ContractSketch, FileSketch, Finding, MilestoneSketch
from app.milestones.subjective import subjective

FOUR_PHASES = (
    ("the kickoff deposit", 25, 30),
    ("the middle of the project", 25, 35),
    ("testing", 20, 25),
    ("the final milestone", 15, 20),
)
"""What each phase of a four-phase contract usually takes, in percent."""

MAX_FINAL = 40
MAX_NET_DAYS = 15

_DEPOSIT = re.compile(
    r"\b(?:deposit|kick ?off|advance|up ?front|retainer|down ?payment|pre ?payment|prepaid|initial payment"
    r"|start|signing|signature|mobili[sz]ation|anzahlung|acompte|anticipo|aanbetaling)\b"
)
"""A contract has a deposit when the first milestone's title, label or name at the forge has one of these."""


def warnings(file: FileSketch) -> Iterator[Finding]:
    """All warnings about a file, in no particular order; what could not be read is passed over."""
    for contract in file.contracts:
        yield from _deposit(contract)
        yield from _balance(contract)
        yield from _terms(contract)
        yield from rule_lint.warnings(contract)
        for milestone in contract.milestones:
            yield from _criteria(milestone)


def _deposit(contract: ContractSketch) -> Iterator[Finding]:
    first = contract.milestones[0] if contract.milestones else None
    if first is None or first.title is None or first.label is None or first.native is None:
        return
    text = f"{first.title} {first.label} {first.native}"
    words = " ".join(re.findall(r"[^\W_]+", text.casefold()))
    if not _DEPOSIT.search(words):
        yield Finding(
            (*first.path, "title"),
            f"there is no deposit: {quoted(first.title)} comes first, so work starts before any money is in",
            "Begin with a deposit of 25–30% (a milestone with Deposit or Kickoff in its title)",
        )


def _balance(contract: ContractSketch) -> Iterator[Finding]:
    """A back-loaded final milestone, and the usual ranges where there are four phases."""
    shares = [milestone.share for milestone in contract.milestones]
    back_loaded = bool(shares) and _percent(shares[-1]) > MAX_FINAL
    if back_loaded:
        yield Finding(
            (*contract.milestones[-1].path, "share"),
            f"the final milestone is {_show(shares[-1])}: back-loaded, most of the work would be done unpaid",
            f"Keep it at {MAX_FINAL}% or less, better at 15–20%, and move the rest forward",
        )
    if len(shares) != len(FOUR_PHASES):
        return
    for milestone, (phase, low, high) in zip(contract.milestones, FOUR_PHASES, strict=True):
        is_final = milestone is contract.milestones[-1]
        if milestone.share is None or low <= _percent(milestone.share) <= high or (is_final and back_loaded):
            continue
        yield Finding(
            (*milestone.path, "share"),
            f"{_show(milestone.share)} is unusual for {phase} of a four-phase contract",
            f"Bring it to {low}–{high}%",
        )


def _terms(contract: ContractSketch) -> Iterator[Finding]:
    if contract.net_days is not None and contract.net_days > MAX_NET_DAYS:
        yield Finding(
            (*contract.path, "terms"),
            f"net-{contract.net_days} lets the client pay {contract.net_days} days after the invoice",
            f"Agree on net-{MAX_NET_DAYS} or less",
        )


def _criteria(milestone: MilestoneSketch) -> Iterator[Finding]:
    if not milestone.criteria:
        yield Finding(
            (*milestone.path, "criteria"),
            "there is no criterion, so nobody can tell when it is done",
            "Add a checkable metric, for example: criteria: [API documentation delivered and source code"
            " repository access granted]",
        )
    for index, criterion in enumerate(milestone.criteria):
        if words := subjective(criterion):
            yield Finding(
                (*milestone.path, "criteria", index),
                f"{quoted(words)} is a matter of opinion",
                "Write a metric that both sides can check, for example: UAT script of 40 cases passes",
            )


def _percent(share: Fraction | None) -> Fraction:
    return (share or Fraction(0)) * 100


def _show(share: Fraction | None) -> str:
    return money.show_share(share or Fraction(0))
