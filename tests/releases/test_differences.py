"""The contract file against what was released from it: each kind of difference, and what is none."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from app.milestones.contract import Contract
from app.releases.told.differences import Decided, differences, placed
from tests.milestones.example import SECOND, TEXT, configuration, edited

KICKOFF = (
    '      - {label: "milestone:kickoff",      title: Kickoff Deposit,              share: 30%,'
    " criteria: [Contract signed by both parties]}\n"
)
LAUNCH = TEXT[TEXT.index('      - {label: "milestone:launch"') :]
NEW = (
    '      - {label: "milestone:extra", title: Extra, share: 5%, criteria: [Report of 10 pages delivered]}\n'
)
TO_25 = ("Sign-off, share: 25%", "Sign-off, share: 20%")


def decided(index: int = 2, state: str = "invoiced", contract: Contract | None = None) -> Decided:
    """Milestone `index` of the example as it was released on 28 May, unless said otherwise."""
    contract = contract or configuration().contracts["con_7732_alpha"]
    milestone = contract.milestone(index)
    return Decided(
        contract_id=contract.id,
        index=index,
        trigger=milestone.trigger,
        title=milestone.title,
        amount_minor=milestone.amount_minor,
        currency=contract.currency,
        state=state,
        decided_at="2026-05-28T09:10:20.005Z",
        triggers=frozenset(one.trigger for one in contract.milestones),
        payees=tuple((payee.account, payee.share) for payee in contract.payees),
    )


def told(text: str, *releases: Decided) -> list[str]:
    """The differences of the file `text` as lines: "10:5: error: field: message. mend"."""
    found = differences(configuration(text), releases)
    return [str(problem).removeprefix("f.yml:") for problem in placed(text.encode(), "f.yml", found)]


def at(text: str, part: str) -> str:
    """Where `part` stands in the file, as a problem names it."""
    before = text[: text.index(part)]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}: "


def test_a_file_that_still_says_what_was_decided_differs_in_nothing() -> None:
    assert told(TEXT, decided(1, "disbursed"), decided(2), decided(3, "voided")) == []


def test_what_was_never_released_may_change_as_it_likes() -> None:
    changed = edited(
        ("milestone:launch", "milestone:go-live"), ("title: Final Sign-off and Launch,", "title: Go,")
    )
    assert told(changed, decided(1), decided(2)) == []


def test_a_changed_amount_is_an_error_at_its_share_and_names_what_the_release_keeps() -> None:
    text = edited(TO_25, ("share: 20%, criteria: [Dep", "share: 25%, criteria: [Dep"))
    (line,) = told(text, decided(2))
    assert line == at(text, "20%, criteria: [Click") + (
        "error: contracts[0].milestones[1].share: this milestone is 6,000.00 usd now, but it was released"
        " before: the release keeps 7,500.00 usd as decided on 2026-05-28. Put its amount back (share and"
        " total); what was agreed anew is a milestone at the end"
    )


def test_a_changed_total_changes_the_amounts_of_what_was_released() -> None:
    text = edited(("total: 30000.00", "total: 40000.00"))
    assert ["this milestone is 10,000.00 usd now" in line for line in told(text, decided(2), decided(3))] == [
        True,
        True,
    ]


def test_a_total_below_what_was_released_is_an_error_at_the_total() -> None:
    text = edited(("total: 30000.00", "total: 15000.00"))
    lines = told(text, decided(1, "disbursed"), decided(2))
    (line,) = [one for one in lines if "contracts[0].total" in one]
    assert line.startswith(at(text, "15000.00") + "error: ")
    assert "the total is 15,000.00 usd, but 16,500.00 usd of it were released before" in line


@pytest.mark.parametrize("state", ["refunded", "voided"])
def test_what_was_given_back_or_voided_does_not_count_towards_the_total(state: str) -> None:
    text = edited(("total: 30000.00", "total: 15000.00"))
    assert not [one for one in told(text, decided(1, state), decided(2)) if "contracts[0].total" in one]


def test_another_currency_is_one_error_and_amounts_are_not_compared_across_currencies() -> None:
    text = edited(("currency: usd", "currency: eur"))
    (line,) = told(text, decided(1, "disbursed"), decided(2))
    assert line.startswith(at(text, "eur") + "error: contracts[0].currency: ")
    assert "the contract is in eur now, but 2 releases of it were decided in usd" in line


def test_a_renamed_label_is_an_error_at_the_label() -> None:
    text = edited(("milestone:ui-prototype", "milestone:ui"))
    (line,) = told(text, decided(2))
    assert line.startswith(at(text, '"milestone:ui",') + "error: contracts[0].milestones[1].label: ")
    assert "milestone 2 was released as 'milestone:ui-prototype' and is 'milestone:ui' now" in line
    assert "nothing bills that number again" in line


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("{milestone: v1.0, title: Midway UI Prototype Sign-off, share: 25%}", "milestone"),
        ("{title: Midway UI Prototype Sign-off, share: 25%, rules: {when: manual}}", "title"),
    ],
)
def test_another_kind_of_trigger_is_an_error_where_it_stands(line: str, field: str) -> None:
    start = TEXT.index('{label: "milestone:ui-prototype"')
    text = TEXT[:start] + line + TEXT[TEXT.index("\n", start) :]
    (told_line,) = told(text, decided(2))
    assert f"error: contracts[0].milestones[1].{field}: " in told_line


def test_another_title_is_a_warning() -> None:
    text = edited(("title: Kickoff Deposit,", "title: Deposit,"))
    (line,) = told(text, decided(1))
    assert line.startswith(at(text, "Deposit,") + "warning: contracts[0].milestones[0].title: ")
    assert "the title was 'Kickoff Deposit' when it was released on 2026-05-28" in line


def test_milestones_that_changed_places_are_told_with_both_numbers() -> None:
    text = TEXT.replace(KICKOFF, "").replace(LAUNCH, KICKOFF + LAUNCH)
    lines = told(text, decided(1, "disbursed"), decided(2))
    assert len(lines) == 2
    assert "'milestone:ui-prototype' was released as number 2 and is number 1 now" in lines[0]
    assert "'milestone:kickoff' was released as number 1 and is number 3 now" in lines[1]
    assert all("error: contracts[0].milestones[" in line for line in lines)


def test_a_milestone_inserted_above_released_ones_is_one_error_at_the_new_one() -> None:
    text = edited((KICKOFF, NEW + KICKOFF), ("share: 20%, criteria: [Dep", "share: 15%, criteria: [Dep"))
    (line,) = told(text, decided(1, "disbursed"), decided(2))
    assert line.startswith(at(text, '{label: "milestone:extra"') + "error: contracts[0].milestones[0]: ")
    assert "'milestone:extra' is new and stands above 'milestone:kickoff', 'milestone:ui-prototype'" in line
    assert "put the new one at the end" in line


def test_a_milestone_at_the_end_is_no_difference() -> None:
    text = edited(("share: 20%, criteria: [Dep", "share: 15%, criteria: [Dep")) + NEW
    assert told(text, decided(1, "disbursed"), decided(2)) == []


@pytest.mark.parametrize(
    ("state", "count"), [("invoiced", 1), ("disputed", 1), ("disbursed", 0), ("voided", 0)]
)
def test_a_milestone_that_is_gone_is_told_while_its_release_is_unfinished(state: str, count: int) -> None:
    text = edited((LAUNCH, ""), ("share: 30%", "share: 50%"))
    lines = told(text, decided(4, state))
    assert len(lines) == count
    for line in lines:
        assert line.startswith(at(text, "milestones:") + "error: contracts[0].milestones: ")
        assert f"milestone 4 ('milestone:launch') is gone, but its release is {state}" in line
        assert "the release keeps 6,000.00 usd as decided on 2026-05-28" in line


@pytest.mark.parametrize(("state", "count"), [("paid", 1), ("refunded", 0)])
def test_a_contract_that_is_gone_is_told_while_a_release_is_unfinished(state: str, count: int) -> None:
    other = configuration(TEXT + SECOND).contracts["con_2"]
    lines = told(TEXT, decided(1, state, other), decided(2, "disbursed", other))
    assert len(lines) == count
    for line in lines:
        assert line.startswith(at(TEXT, "contracts:") + "error: contracts: the contract 'con_2' is gone")
        assert "milestone 1 is paid" in line
        assert "milestone 2" not in line


def test_changed_payees_are_a_warning_that_names_whom_the_release_still_pays() -> None:
    text = edited(
        (
            "{account: acc_dev_team_44, share: 100%}",
            "{account: acc_new, share: 60%}, {account: acc_b, share: 40%}",
        )
    )
    (line,) = told(text, decided(1, "disbursed"), decided(2), decided(3, "paid"))
    assert "warning: contracts[0].payout.to: the payees changed, but the release of milestone 2, 3" in line
    assert "still pays acc_dev_team_44 100%" in line


def test_changed_shares_of_the_same_payees_are_told_and_their_order_is_not() -> None:
    before = replace(decided(2), payees=(("acc_b", Fraction(1, 3)), ("acc_a", Fraction(2, 3))))
    two = "{account: acc_a, share: 66.666667%}, {account: acc_b, share: 33.333333%}"
    text = edited(("{account: acc_dev_team_44, share: 100%}", two))
    (line,) = told(text, before)
    assert "still pays acc_b 33.333333%, acc_a 66.666667%" in line
    same = replace(
        before, payees=(("acc_b", Fraction(33333333, 10**8)), ("acc_a", Fraction(66666667, 10**8)))
    )
    assert told(text, same) == []


def test_each_difference_is_found_in_its_own_contract() -> None:
    text = (TEXT + SECOND).replace("total: 100.00", "total: 200.00")
    other = configuration(TEXT + SECOND).contracts["con_2"]
    (line,) = told(text, decided(2), decided(1, "invoiced", other))
    assert "contracts[1].milestones[0].share: this milestone is 120.00 usd now" in line
