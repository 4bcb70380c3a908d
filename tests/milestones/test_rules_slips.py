"""Every slip in the rules of a contract is one error at its very place, with its field and its mend."""

from __future__ import annotations

import pytest

from tests.milestones.example import problems
from tests.milestones.rulebook import the_error, written

LONG = "x" * 256


@pytest.mark.parametrize(
    ("rules", "field", "message", "mend"),
    [
        ("when: §sometimes", "when", "unknown trigger 'sometimes'", "Use all_closed, any_closed, manual"),
        ("§when: [manual]", "when", "one value is expected here", "single"),
        ("close_reasons: [§duplicate]", "close_reasons[0]", "a duplicate never bills", "Remove it"),
        ("close_reasons: [§moved]", "close_reasons[0]", "moved away never bills", "Remove it"),
        ("close_reasons: [§wontfix]", "close_reasons[0]", "unknown close reason", "completed, not_planned"),
        ("close_reasons: [completed, §completed]", "close_reasons[1]", "a second time", "Remove one"),
        ("§close_reasons: []", "close_reasons", "must not be empty", 'close_reasons: ["completed"]'),
        ("close_reasons: §completed", "close_reasons", "a list", "close_reasons: ["),
        ("§closer: {}", "closer", "unknown field 'closer'", "Did you mean 'closers'?"),
        ("closers: {§role: [write]}", "closers.role", "unknown field", "Did you mean 'roles'?"),
        ("closers: {roles: [§owner]}", "closers.roles[0]", "unknown role", "read, triage, write, maintain"),
        ("closers: {roles: [write, §write]}", "closers.roles[1]", "a second time", "Remove one"),
        ("closers: {§roles: []}", "closers.roles", "nobody could ever", "write, maintain, admin"),
        ("closers: {§users: []}", "closers.users", "nobody could ever", "write, maintain, admin"),
        ("labelers: {§roles: [], users: []}", "labelers.roles", "nobody could ever", "Name roles or users"),
        ("§closers: [lena]", "closers", "a mapping (key: value) is expected", 'closers: {"roles"'),
        ("closers: {users: [lena, §LENA]}", "closers.users[1]", "the first is at f.yml:17:31", "Remove one"),
        ('closers: {users: [lena, §"github:Lena"]}', "closers.users[1]", "a second time", "Remove one"),
        ('closers: {users: [§"lab:lena"]}', "closers.users[0]", "no repository of", "Known here: github"),
        ('closers: {users: [§"gihub:lena"]}', "closers.users[0]", "is at 'gihub'", "Did you mean 'github'?"),
        ('closers: {users: [§"@lena"]}', "closers.users[0]", "not a login", "lena or github:lena"),
        ('closers: {users: [§"lena lee"]}', "closers.users[0]", "not a login", "lena or github:lena"),
        ('closers: {users: [§"ci[bot]x"]}', "closers.users[0]", "not a login", "lena or github:lena"),
        ("closers: {users: [§lénа]}", "closers.users[0]", "not a login", "letters, digits, - _ ."),
        (f"closers: {{users: [§{LONG}]}}", "closers.users[0]", "not a login", "lena or github:lena"),
        ("closers: {bots: §yes}", "closers.bots", "neither true nor false", "Write true or false"),
        ("payees_may_close: §no", "payees_may_close", "neither true nor false", "Write true or false"),
        ("§acceptance: {}", "acceptance.by", "by is missing", 'by: ["anna"]'),
        ("§acceptance: {within: 7 days}", "acceptance.by", "by is missing", 'by: ["anna"]'),
        ("acceptance: {§by: []}", "acceptance.by", "must not be empty", 'by: ["anna"]'),
        ("acceptance: {by: [anna, §Anna]}", "acceptance.by[1]", "a second time", "Remove one"),
        ("acceptance: {by: [§Dana]}", "acceptance.by[0]", "is a payee (f.yml:16:56)", "people of the client"),
        ("acceptance: {by: [anna], within: §5}", "acceptance.within", "not a number of days", "7 days"),
        ("acceptance: {by: [anna], within: §0 days}", "acceptance.within", "not a number", "1 to 365"),
        ("acceptance: {by: [anna], within: §366 days}", "acceptance.within", "not a number", "1 to 365"),
        ("acceptance: {by: [anna], within: §2 weeks}", "acceptance.within", "not a number", "business days"),
        ("acceptance: {by: [anna], on_silence: §pay}", "acceptance.on_silence", "unknown", "accept, hold"),
        ("approve_above: §1e3", "approve_above", "is not an amount", "digits with a point"),
        ("approve_above: §-1", "approve_above", "is not an amount", "digits with a point"),
        ("approve_above: §1.005", "approve_above", "can not be represented in usd", "at most 2 digits"),
        ("max_per_day: §0.00", "max_per_day", "would hold every release", "approve_above: 0"),
        ("max_per_day: §99999999999999", "max_per_day", "too large", "Leave it out"),
        ("approvers: [lena, §lena]", "approvers[1]", "a second time", "Remove one"),
        ('approvers: [§"lab:lena"]', "approvers[0]", "no repository of this contract", "Known here: github"),
        ("grace: §15", "grace", "not a time of grace", "15m, 2h, 3d, or 0"),
        ("grace: §31d", "grace", "not a time of grace", "at most 30d"),
        ("grace: §1w", "grace", "not a time of grace", "minutes, hours or days"),
        ('hold_label: §"milestone:rest"', "hold_label", "label of milestone 2 of 'con_1'", "closeout:hold"),
        ('hold_label: §"Milestone:Rest"', "hold_label", "f.yml:20:17", "Choose another"),
        ('hold_label: §"a,b"', "hold_label", "has a comma", "Rename"),
        ("holidays: [§2026-02-30]", "holidays[0]", "is not a day", "2026-12-25"),
        ("holidays: [§25.12.2026]", "holidays[0]", "is not a day", "2026-12-25"),
        ("holidays: [2026-12-25, §2026-12-25]", "holidays[1]", "a second time", "Remove one"),
    ],
)  # fmt: skip
def test_a_slip_in_a_rule_is_told_at_its_place(rules: str, field: str, message: str, mend: str) -> None:
    error = the_error(written(rules=rules))
    assert error.field == f"contracts[0].rules.{field}"
    assert message in error.message
    assert mend in error.mend


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ("grace: §15", "grace"),
        ("closers: {§roles: []}", "closers.roles"),
        ("max_per_day: §0", "max_per_day"),
        ("acceptance: {by: [§dana]}", "acceptance.by[0]"),
        ('hold_label: §"milestone:deposit"', "hold_label"),
        ("§gracie: 15m", "gracie"),
    ],
)
def test_a_milestone_s_own_rules_are_checked_as_the_contract_s_are(rules: str, field: str) -> None:
    error = the_error(written(second=f'label: "milestone:rest", rules: {{{rules}}}'))
    assert error.field == f"contracts[0].milestones[1].rules.{field}"


@pytest.mark.parametrize(
    ("rules", "users"),
    [
        ("approvers: [§lena]", ""),
        ("closers: {users: [§lena]}", ""),
        ("acceptance: {by: [§lena]}", ""),
        ("", "§lena"),
    ],
)
def test_a_plain_login_is_refused_where_it_could_be_somebody_else_s_at_another_forge(
    rules: str, users: str
) -> None:
    both = '"github:acme/site", "lab:acme/site"'
    text = written(rules=rules, users=users, repositories=both).replace(
        "users: [noor]", 'users: ["lab:noor"]'
    )
    error = the_error(text)
    assert error.message == "'lena' may be somebody else at each of github, lab"
    assert error.mend == "Write github:lena or lab:lena"


def test_the_same_login_at_two_forges_is_two_people() -> None:
    both = '"github:acme/site", "lab:acme/site"'
    text = written(
        rules='approvers: ["github:lena", "lab:lena"]', users='"lab:dana", "github:dana"', repositories=both
    )
    assert problems(text.replace("users: [noor]", 'users: ["lab:noor"]')) == []


def test_payees_can_not_be_kept_from_closing_while_nobody_knows_who_they_are() -> None:
    text = written(rules="payees_may_close: §false", users="").replace(", users: [noor]", "")
    error = the_error(text)
    assert error.field == "contracts[0].rules.payees_may_close"
    assert "no payee names its users" in error.message
    assert "users: [dana]" in error.mend


def test_a_payee_s_user_stands_once() -> None:
    assert the_error(written(users="dana, §Dana")).field == "contracts[0].payout.to[0].users[1]"


@pytest.mark.parametrize(
    "parts",
    [
        {"second": '§lable: "milestone:rest"'},
        {"second": "rules: {§wen: manual}"},
        {"second": "rules: {when: §by_hand}"},
        {"second": "§rules: [manual]"},
        {"second": "§milestone: [v1.0]"},
        {"rules": "§wen: manual", "first": "rules: {}", "second": "rules: {}"},
        {"repositories": '§"acme/site"', "users": '"lab:dana"'},
        {"repositories": '§"gihub:acme/site"', "users": '"github:dana"'},
        {"rules": "closers: {roles: §write}"},
        {"rules": "payees_may_close: false", "users": "§a b"},
    ],
)
def test_what_only_follows_from_a_slip_is_not_told(parts: dict[str, str]) -> None:
    the_error(written(**parts).replace(", users: [noor]", ""))


def test_one_slip_in_the_rules_does_not_hide_the_others() -> None:
    text = written(
        rules="when: often, closers: {roles: [owner], users: [a b, lena, lena]}, grace: 5, max_per_day: 0",
        second='label: "m:rest", rules: {hold_label: "M:rest", acceptance: {by: [dana, x y]}}',
    )
    assert [one.field.removeprefix("contracts[0].") for one in problems(text)] == [
        "rules.when",
        "rules.closers.roles[0]",
        "rules.closers.users[0]",
        "rules.closers.users[2]",
        "rules.grace",
        "rules.max_per_day",
        "milestones[1].rules.hold_label",
        "milestones[1].rules.acceptance.by[0]",
        "milestones[1].rules.acceptance.by[1]",
    ]
