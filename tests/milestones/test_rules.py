"""Rules as they come out of the file: defaults, forms, and a milestone's keys over the contract's."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from app.milestones import document
from app.milestones.contract import Contract, snapshot_hash
from app.milestones.rules import WRITERS, Acceptance, NamedPerson, People, Rules
from tests.milestones.example import EXAMPLE, configuration, problems
from tests.milestones.rulebook import contract, rules, written

EXAMPLES = EXAMPLE.parent / "examples"
LENA, DANA, ANNA = (NamedPerson("github", name) for name in ("lena", "dana", "anna"))


def test_without_rules_a_team_with_write_access_closes_and_is_paid() -> None:
    expected = Rules(
        when="all_closed",
        close_reasons=("completed",),
        closers=People(("write", "maintain", "admin"), (), bots=False),
        payees_may_close=True,
        labelers=People(("write", "maintain", "admin"), (), bots=False),
        acceptance=None,
        approve_above_minor=None,
        approvers=(),
        max_per_day_minor=None,
        grace_s=0,
        hold_label="closeout:hold",
        holidays=(),
    )
    for found in (contract().milestones, configuration().contracts["con_7732_alpha"].milestones):
        assert {milestone.rules for milestone in found} == {expected}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("when: any_closed", {"when": "any_closed"}),
        ("close_reasons: [not_planned]", {"close_reasons": ("not_planned",)}),
        ("closers: {}", {"closers": People()}),
        ("closers: {bots: true}", {"closers": People(WRITERS, (), bots=True)}),
        ("closers: {roles: [admin]}", {"closers": People(("admin",))}),
        ("closers: {users: [lena]}", {"closers": People((), (LENA,))}),
        ("closers: {roles: [], users: [lena]}", {"closers": People((), (LENA,))}),
        (
            'labelers: {roles: [admin, maintain], users: [lena, "github:dana", "ci[bot]"], bots: true}',
            {
                "labelers": People(
                    ("admin", "maintain"), (LENA, DANA, NamedPerson("github", "ci[bot]")), bots=True
                )
            },
        ),
        ("payees_may_close: false", {"payees_may_close": False}),
        ("acceptance: {by: [anna]}", {"acceptance": Acceptance((ANNA,), 5, True, "hold")}),
        (
            "acceptance: {by: [anna, lena], within: 1 day, on_silence: accept}",
            {"acceptance": Acceptance((ANNA, LENA), 1, False, "accept")},
        ),
        ("acceptance: {by: [anna], within: 7 days}", {"acceptance": Acceptance((ANNA,), 7, False, "hold")}),
        (
            "acceptance: {by: [anna], within: 1 business day}",
            {"acceptance": Acceptance((ANNA,), 1, True, "hold")},
        ),
        (
            "acceptance: {by: [anna], within: 365 business days}",
            {"acceptance": Acceptance((ANNA,), 365, True, "hold")},
        ),
        ("approve_above: 0", {"approve_above_minor": 0}),
        ("approve_above: 10000.5", {"approve_above_minor": 1_000_050}),
        ("approvers: [lena]", {"approvers": (LENA,)}),
        ("max_per_day: 20000", {"max_per_day_minor": 2_000_000}),
        ("grace: 0", {"grace_s": 0}),
        ("grace: 15m", {"grace_s": 900}),
        ("grace: 2h", {"grace_s": 7_200}),
        ("grace: 3d", {"grace_s": 259_200}),
        ("grace: 30d", {"grace_s": 2_592_000}),
        ("hold_label: wait", {"hold_label": "wait"}),
        ("holidays: [2027-01-01, 2026-12-25]", {"holidays": ("2026-12-25", "2027-01-01")}),
    ],
)
def test_each_rule_changes_itself_and_nothing_else(text: str, expected: dict[str, Any]) -> None:
    assert rules(text) == replace(Rules(), **expected)


def test_limits_are_in_the_contract_s_currency() -> None:
    text = written(rules="approve_above: 500").replace("usd", "jpy").replace("1000.00", "1000")
    assert configuration(text).contracts["con_1"].milestone(1).rules.approve_above_minor == 500


def test_a_login_may_look_like_a_number_or_belong_to_a_bot() -> None:
    assert rules("approvers: [0123, -x_.]").approvers == (
        NamedPerson("github", "0123"),
        NamedPerson("github", "-x_."),
    )


def test_a_milestone_s_key_replaces_the_contract_s_key_whole_and_leaves_the_others() -> None:
    found = contract(
        rules="grace: 15m, closers: {roles: [admin], users: [lena], bots: false}, approvers: [lena]",
        second='label: "milestone:rest", rules: {closers: {users: [anna]}, approvers: [], when: any_closed}',
    )
    whole = replace(Rules(), grace_s=900, closers=People(("admin",), (LENA,)), approvers=(LENA,))
    assert found.milestone(1).rules == whole
    assert found.milestone(2).rules == replace(
        whole, closers=People((), (ANNA,)), approvers=(), when="any_closed"
    )


def test_milestones_without_rules_share_the_contract_s() -> None:
    found = contract(rules="grace: 15m")
    assert found.milestone(1).rules is found.milestone(2).rules


def test_payees_name_their_users_at_the_forge() -> None:
    found = contract(users='dana, "github:lee"')
    assert [payee.users for payee in found.payees] == [
        (DANA, NamedPerson("github", "lee")),
        (NamedPerson("github", "noor"),),
    ]


def test_names_lie_at_the_connection_that_is_written_or_at_the_only_one() -> None:
    text = written(
        repositories='"github:acme/site", "lab:acme/site"',
        users='"github:dana", "lab:dana"',
        rules='approvers: ["lab:lena"]',
    )
    found = configuration(text.replace("users: [noor]", "users: []")).contracts["con_1"]
    assert found.payees[0].users == (DANA, NamedPerson("lab", "dana"))
    assert found.milestone(1).rules.approvers == (NamedPerson("lab", "lena"),)


@pytest.mark.parametrize(
    ("first", "trigger"),
    [
        ('label: "milestone:deposit"', "milestone:deposit"),
        ("milestone: v1.0", "milestone v1.0"),
        ("milestone: 2026, rules: {when: all_closed}", "milestone 2026"),
        ("rules: {when: manual}", "manual: Deposit"),
    ],
)
def test_a_label_a_milestone_of_the_forge_or_a_person_releases(first: str, trigger: str) -> None:
    assert contract(first=first).milestone(1).trigger == trigger


def test_a_milestone_with_a_label_may_take_back_what_its_contract_says_of_the_others() -> None:
    found = contract(rules="when: manual", first="rules: {}", second='label: "m", rules: {when: all_closed}')
    assert [(one.rules.when, one.label) for one in found.milestones] == [("manual", ""), ("all_closed", "m")]


def test_milestones_of_the_forge_are_indexed_by_repository_and_title() -> None:
    text = written(first="milestone: v1.0", repositories='"github:Acme/Site"')
    found = configuration(text)
    assert found.by_milestone == {("github", "acme/site", "v1.0"): ("con_1", 1)}
    assert found.by_label == {("github", "acme/site", "milestone:rest"): ("con_1", 2)}
    assert problems(text) == []


def full() -> Contract:
    return document.load(EXAMPLES / "rules.yml").contracts["con_7733_beta"]


def test_the_example_uses_every_rule() -> None:
    found = full()
    default = Rules()
    for name in Rules.__dataclass_fields__:
        values = {getattr(milestone.rules, name) for milestone in found.milestones}
        is_shown = name == "hold_label" or values != {getattr(default, name)}
        assert is_shown, f"the example never sets {name}"
    assert [one.trigger for one in found.milestones] == [
        "manual: Deposit",
        "milestone:prototype",
        "milestone v1.0",
        "milestone:launch",
    ]


def test_rules_survive_their_snapshot() -> None:
    found = full()
    again = json.loads(json.dumps(found.snapshot()))
    assert Contract.from_snapshot(again) == found
    assert snapshot_hash(again) == snapshot_hash(found.snapshot())


def test_a_snapshot_from_before_there_were_rules_has_the_defaults() -> None:
    found = configuration().contracts["con_7732_alpha"]
    old = found.snapshot()
    for milestone in old["milestones"]:
        del milestone["rules"], milestone["native"]
    for payee in old["payees"]:
        del payee["users"]
    assert Contract.from_snapshot(old) == found
    assert found.milestone(1).rules == Rules()
