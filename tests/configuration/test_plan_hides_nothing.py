"""No change of a contract hides from whoever reads the plan: not behind others, nor in a long list."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import fields, replace
from fractions import Fraction
from functools import partial

import pytest

from app.configuration.changes import changes
from app.configuration.words import Plan, of_plan
from app.milestones.contract import Configuration, Contract, Milestone, Party, Payee, RepositoryKey
from app.milestones.rules import DEFAULT, Acceptance, NamedPerson, People, Rules
from tests.configuration.scene import PLACE
from tests.configuration.test_plan import BASE, BEFORE, CONTRACT, HEAD, File, edited, link


def plan(before: Configuration, after: Configuration) -> str:
    """The comment in words, without what makes it inert."""
    return of_plan(PLACE, Plan(HEAD, BASE, changes(before, after)), link).replace("\\", "")


def twenty_payees(file: File) -> None:
    file["contracts"][0]["payout"]["to"] = [
        {"account": f"acc_of_the_person_number_{number}", "share": "5%"} for number in range(20)
    ]


def swap_the_last_payee(file: File) -> None:
    file["contracts"][0]["payout"]["to"][-1]["account"] = "acc_thief"


def turn_the_payees_beside_a_title(file: File) -> None:
    file["contracts"][0]["payout"]["to"].reverse()
    file["contracts"][0]["title"] = "Another"


def two_contracts_of_a_hundred(file: File) -> None:
    first = file["contracts"][0]
    first["milestones"] = [
        {"label": f"milestone:{number}", "title": f"Phase {number}", "share": "1%"} for number in range(100)
    ]
    second = {**copy.deepcopy(first), "id": "con_second", "repositories": ["github:acme/second"]}
    file["contracts"].append(second)


def rob_the_last_behind_titles(file: File) -> None:
    for milestone in file["contracts"][0]["milestones"]:
        milestone["title"] += "."
    contract = file["contracts"][-1]
    contract["payout"] = {"auto_clear": "false", "to": [{"account": "acc_thief", "share": "100%"}]}
    contract["total"] = "12345.00"


def lengthen_a_criterion(file: File) -> None:
    file["contracts"][0]["milestones"][0]["criteria"] = [
        f"{'The API documentation is delivered and ' * 12}done",
        "It is on staging",
    ]


def change_its_end(file: File) -> None:
    file["contracts"][0]["milestones"][0]["criteria"][1] = "It is in production"


@pytest.mark.parametrize(
    ("before", "change", "said"),
    [
        (twenty_payees, swap_the_last_payee, ["payee acc_thief | – | 5%", "number_19 | 5% | –"]),
        (twenty_payees, turn_the_payees_beside_a_title, ["the order of the payees"]),
        (lengthen_a_criterion, change_its_end, ["staging |", "production |"]),
        (
            two_contracts_of_a_hundred,
            rob_the_last_behind_titles,
            ["acc_thief | –", "payouts | as", "12,345.00", "Phase 99: amount", "*and 100 more*"],
        ),
    ],
    ids=["the-last-of-many", "order-beside-a-title", "the-end-of-a-long-text", "behind-a-hundred-titles"],
)
def test_no_change_of_money_hides_behind_others(
    before: Callable[[File], None], change: Callable[[File], None], said: list[str]
) -> None:
    text = plan(edited(before), edited(before, change))
    for each in said:
        assert each in text


ACCEPTANCE: dict[str, object] = {"by": ["anna"], "within": "14 days", "on_silence": "hold"}
MANUAL: dict[str, object] = {
    "when": "manual",
    "approve_above": "100.00",
    "approvers": ["olga"],
    "acceptance": ACCEPTANCE,
    "grace": "15m",
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"approve_above": "9999.00"}, "above 9,999.00 usd approved by olga"),
        ({"approvers": ["mallory"]}, "github:mallory may approve"),
        ({"acceptance": ACCEPTANCE | {"by": ["mallory"]}}, "accepted by mallory within 14 days"),
        (
            {"acceptance": ACCEPTANCE | {"on_silence": "accept"}},
            "accepted by anna within 14 days; silence accepts",
        ),
        ({"grace": "1m"}, "released after 1 minute"),
    ],
)
def test_the_rules_of_what_is_released_by_hand_are_told(change: dict[str, object], said: str) -> None:
    def by_hand(rules: dict[str, object], file: File) -> None:
        milestone = file["contracts"][0]["milestones"][0]
        del milestone["label"]
        milestone["rules"] = rules

    text = plan(edited(partial(by_hand, MANUAL)), edited(partial(by_hand, MANUAL | change)))
    assert f"from then on: {said}" in text


ALPHA = BEFORE.contracts[CONTRACT]
SOMEBODY = (NamedPerson("github", "mallory"),)
OTHERWISE: dict[str, object] = {
    "title": "Another",
    "seller": Party("Another", "a@b.example"),
    "client": Party("Another", "a@b.example"),
    "currency": "eur",
    "total_minor": 1,
    "net_days": 1,
    "gateway": "another",
    "repositories": (RepositoryKey("github", "acme/other"),),
    "auto_clear": False,
    "account": "acc_thief",
    "share": Fraction(1, 2),
    "users": SOMEBODY,
    "index": 5,
    "label": "milestone:other",
    "amount_minor": 1,
    "criteria": ("Done",),
    "native": "v1",
    "when": "any_closed",
    "close_reasons": ("not_planned",),
    "closers": People(bots=True),
    "payees_may_close": False,
    "labelers": People(users=SOMEBODY),
    "acceptance": Acceptance(SOMEBODY, 1, is_business=False, on_silence="accept"),
    "approve_above_minor": 1,
    "approvers": SOMEBODY,
    "max_per_day_minor": 1,
    "grace_s": 60,
    "hold_label": "stop",
    "holidays": ("2026-12-24",),
    "name": "Thief Ltd",
    "disburse": "on_close",
    "partial": "pro_rata",
    "on_refund": "keep",
    "pay_online": True,
}


CHANGED: dict[type, Callable[..., Contract]] = {
    Contract: lambda **other: replace(ALPHA, **other),
    Payee: lambda **other: replace(ALPHA, payees=(replace(ALPHA.payees[0], **other),)),
    Milestone: lambda **other: _with_first(replace(ALPHA.milestones[0], **other)),
    Rules: lambda **other: _with_first(replace(ALPHA.milestones[0], rules=replace(DEFAULT, **other))),
}


def _with_first(milestone: Milestone) -> Contract:
    return replace(ALPHA, milestones=(milestone, *ALPHA.milestones[1:]))


@pytest.mark.parametrize("kind", CHANGED)
def test_nothing_that_a_contract_says_changes_unseen(kind: type) -> None:
    nested = ("id", "commit", "payees", "milestones", "rules")
    for name in [one.name for one in fields(kind) if one.name not in nested]:
        after = CHANGED[kind](**{name: OTHERWISE[name]})
        assert changes(BEFORE, replace(BEFORE, contracts={CONTRACT: after})), name
