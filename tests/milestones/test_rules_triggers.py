"""What releases a milestone: exactly one thing, which means no other milestone on the same repository."""

from __future__ import annotations

import pytest

from tests.milestones.example import brief
from tests.milestones.rulebook import the_error, written

LONG = "x" * 256


@pytest.mark.parametrize(
    ("parts", "field", "message", "mend"),
    [
        (
            {"second": '§milestone: v1.0, label: "milestone:rest"'},
            "milestones[1].milestone",
            "a label and a milestone of the forge can not both",
            "Remove one of the two",
        ),
        (
            {"second": 'label: "milestone:rest", rules: {when: §manual}'},
            "milestones[1].rules.when",
            "released by hand (when: manual) is not released by a label",
            "Remove this rule, or the label",
        ),
        (
            {"second": "milestone: v1.0, rules: {when: §manual}"},
            "milestones[1].rules.when",
            "is not released by a milestone",
            "Remove this rule, or the milestone",
        ),
        (
            {"second": "milestone: v1.0, rules: {when: §any_closed}"},
            "milestones[1].rules.when",
            "when none of its issues is open",
            "Remove this rule, or the milestone",
        ),
        (
            {"rules": "when: manual", "first": "rules: {}", "second": 'label: §"milestone:rest"'},
            "milestones[1].label",
            "is not released by a label",
            "Add rules: {when: all_closed} to this milestone",
        ),
        (
            {"rules": "when: any_closed", "second": "milestone: §v1.0"},
            "milestones[1].milestone",
            "not at the first (any_closed)",
            "Add rules: {when: all_closed} to this milestone",
        ),
        (
            {"second": 'milestone: §"v1.0 "'},
            "milestones[1].milestone",
            "begins or ends with a space",
            "Remove the space",
        ),
        (
            {"second": 'milestone: §"v1\\u200b.0"'},
            "milestones[1].milestone",
            "the invisible character U+200B",
            "Remove the character",
        ),
        (
            {"second": f"milestone: §{LONG}"},
            "milestones[1].milestone",
            "256 characters are too many",
            "Use at most 255",
        ),
        (
            {"second": 'label: §"closeout:hold"'},
            "milestones[1].label",
            "closeout:hold is the label that puts a milestone on hold",
            "another hold_label",
        ),
        (
            {"first": "milestone: v1.0", "second": "milestone: §V1.0"},
            "milestones[1].milestone",
            "the forge's milestone 'V1.0' stands for milestone 1 of 'con_1' already (f.yml:19:21)",
            "for its own",
        ),
        (
            {"first": "milestone: v1.0", "second": 'label: §"milestone v1.0"'},
            "milestones[1].label",
            "'milestone v1.0' is what milestone 1 is recognised by already (f.yml:19:21)",
            "a name of its own",
        ),
    ],
)  # fmt: skip
def test_exactly_one_thing_releases_a_milestone(
    parts: dict[str, str], field: str, message: str, mend: str
) -> None:
    error = the_error(written(**parts))
    assert error.field == f"contracts[0].{field}"
    assert message in error.message
    assert mend in error.mend


def test_a_milestone_that_nothing_releases_is_refused_with_the_three_ways() -> None:
    error = the_error(written(second="rules: {}").replace("- {rules", "- §{rules"))
    assert error.field == "contracts[0].milestones[1].label"
    assert error.message == "nothing says what releases it"
    assert all(way in error.mend for way in ('label: "milestone:launch"', "milestone: v1.0", "when: manual"))


def test_two_milestones_that_are_released_by_hand_need_two_titles() -> None:
    text = written(rules="when: manual", first="rules: {}", second="rules: {}")
    error = the_error(text.replace("title: Rest", "title: §Deposit"))
    assert error.field == "contracts[0].milestones[1].title"
    assert "'manual: Deposit' is what milestone 1 is recognised by already (f.yml:19:28)" in error.message


SECOND_CONTRACT = """\
  - id: con_2
    title: Second
    client: {name: Beta Ltd, email: ap@beta.example}
    currency: usd
    total: 100.00
    gateway: platform
    repositories: ["github:Acme/Site"]
    payout: {to: [{account: acc_a, share: 100%}]}
    rules: {RULES}
    milestones: [{TRIGGER, title: Deposit, share: 100%, criteria: [Contract signed]}]
"""


@pytest.mark.parametrize(
    ("first", "rules", "trigger", "field", "message"),
    [
        (
            "milestone: v1.0",
            "",
            "milestone: §v1.0",
            "milestones[0].milestone",
            "on github:Acme/Site the forge's milestone 'v1.0' stands for milestone 1 of 'con_1' already",
        ),
        (
            'label: "stop"',
            "hold_label: §Stop",
            'label: "milestone:other"',
            "rules.hold_label",
            "this is the label of milestone 1 of 'con_1' (f.yml:19:17)",
        ),
        (
            "milestone: v1.0",
            "hold_label: stop",
            "label: §closeout:hold",
            "milestones[0].label",
            "closeout:hold is the label that puts a milestone on hold",
        ),
    ],
)
def test_contracts_that_share_a_repository_share_its_labels_and_milestones(
    first: str, rules: str, trigger: str, field: str, message: str
) -> None:
    second = SECOND_CONTRACT.replace("RULES", rules).replace("TRIGGER", trigger)
    error = the_error(written(first=first) + second)
    assert error.field == f"contracts[1].{field}"
    assert message in error.message


def test_on_other_repositories_the_same_names_are_free() -> None:
    second = SECOND_CONTRACT.replace("RULES", "hold_label: stop").replace("TRIGGER", "milestone: v1.0")
    assert brief(written(first="milestone: v1.0") + second.replace("Acme/Site", "acme/other")) == []
