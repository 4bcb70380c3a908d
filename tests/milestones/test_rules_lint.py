"""Warnings about rules: what can be kept but is likely to be regretted, at its place, with its mend."""

from __future__ import annotations

import pytest

from tests.milestones.example import problems
from tests.milestones.rulebook import place, told, written


@pytest.mark.parametrize(
    ("rules", "field", "message", "mend"),
    [
        (
            "acceptance: {by: [anna], on_silence: §accept}",
            "acceptance.on_silence",
            "silence pays",
            "the contract that the client signs",
        ),
        (
            "max_per_day: §399.99",
            "max_per_day",
            "the smallest milestone is 400.00 usd, so every release would wait",
            "Raise the limit",
        ),
        ("approvers: [lena, §Dana]", "approvers[1]", "'Dana' is a payee", "not paid by this contract"),
        ("closers: {roles: [write, §triage]}", "closers.roles[1]", "triage could release", "under users"),
        ("labelers: {roles: [§read]}", "labelers.roles[0]", "the role read could release", "under users"),
        ("closers: {bots: §true}", "closers.bots", "a bot could release money", "bots: false"),
        ('closers: {users: [lena, §"ci[bot]"]}', "closers.users[1]", "bots do not count", "Add bots: true"),
    ],
)
def test_a_rule_that_is_likely_to_be_regretted_is_warned_of(
    rules: str, field: str, message: str, mend: str
) -> None:
    for owner, text in (
        ("contracts[0]", written(rules=rules)),
        ("contracts[0].milestones[1]", written(second=f'label: "milestone:rest", rules: {{{rules}}}')),
    ):
        (warning,), expected = told(text, "warning")
        assert place(warning) == expected
        assert warning.field == f"{owner}.rules.{field}"
        assert message in warning.message
        assert mend in warning.mend


def test_a_payee_without_users_goes_unnoticed_where_payees_may_not_close() -> None:
    text = written(rules="payees_may_close: false").replace(", users: [noor]", "")
    (warning,), expected = told(text.replace("{account: acc_b", "§{account: acc_b"), "warning")
    assert place(warning) == expected
    assert "names no users" in warning.message


@pytest.mark.parametrize(
    "parts",
    [
        {"rules": "acceptance: {by: [anna], on_silence: hold}"},
        {"rules": "max_per_day: 400.00, approve_above: 0"},
        {"rules": "max_per_day: 600", "second": 'label: "m", rules: {max_per_day: 400}'},
        {
            "rules": "max_per_day: 1",
            "first": 'label: "d", rules: {max_per_day: 600}',
            "second": 'label: "m", rules: {max_per_day: 400}',
        },
        {"rules": "approvers: [lena], closers: {users: [dana]}, payees_may_close: false"},
        {"rules": "closers: {roles: [write], bots: false}, labelers: {users: [lena]}"},
    ],
)
def test_rules_that_fit_are_not_warned_of(parts: dict[str, str]) -> None:
    assert problems(written(**parts)) == []


@pytest.mark.parametrize("first", ["milestone: deposit-paid", "rules: {when: manual}"])
def test_a_deposit_is_recognised_whatever_releases_it(first: str) -> None:
    text = written(first=first)
    if "manual" not in first:
        text = text.replace("title: Deposit", "title: Phase one")
    assert problems(text) == []


def test_a_first_milestone_of_the_forge_that_is_no_deposit_is_warned_of() -> None:
    text = written(first="milestone: v1.0").replace("title: Deposit", "title: §Phase one")
    (warning,), expected = told(text, "warning")
    assert place(warning) == expected
    assert "there is no deposit" in warning.message
