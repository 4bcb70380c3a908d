"""Warnings: what good contracts do not do, each once, at its place, with its mend."""

from __future__ import annotations

import pytest

from app.milestones.subjective import subjective
from tests.milestones.example import SECOND, TEXT, brief, edited, problems

KICKOFF = "title: Kickoff Deposit,              share: 30%"
MIDDLE = "title: Midway UI Prototype Sign-off, share: 25%"
TESTING = "title: Testing and Integration,      share: 25%"
FINAL = "title: Final Sign-off and Launch,    share: 20%"


def shares(kickoff: int, middle: int, testing: int, final: int) -> str:
    """The worked example with these percentages."""
    return edited(
        (KICKOFF, KICKOFF.replace("30%", f"{kickoff}%")),
        (MIDDLE, MIDDLE.replace("25%", f"{middle}%")),
        (TESTING, TESTING.replace("25%", f"{testing}%")),
        (FINAL, FINAL.replace("20%", f"{final}%")),
    )


@pytest.mark.parametrize(
    ("percentages", "warned"),
    [
        ((30, 25, 25, 20), {}),
        ((25, 35, 25, 15), {}),
        ((30, 35, 20, 15), {}),
        ((24, 35, 24, 17), {0: "25–30%"}),
        ((31, 25, 25, 19), {0: "25–30%"}),
        ((30, 24, 26, 20), {1: "25–35%", 2: "20–25%"}),
        ((30, 36, 20, 14), {1: "25–35%", 3: "15–20%"}),
        ((27, 33, 19, 21), {2: "20–25%", 3: "15–20%"}),
        ((15, 15, 10, 60), {0: "25–30%", 1: "25–35%", 2: "20–25%", 3: "40% or less"}),
    ],
)
def test_a_share_outside_its_phase_s_range_is_one_warning_with_the_range(
    percentages: tuple[int, int, int, int], warned: dict[int, str]
) -> None:
    found = problems(shares(*percentages))
    assert {problem.field for problem in found} == {f"contracts[0].milestones[{i}].share" for i in warned}
    assert [problem.line for problem in found] == [19 + index for index in warned]
    for problem, mend in zip(found, warned.values(), strict=True):
        assert problem.severity == "warning"
        assert mend in problem.mend


@pytest.mark.parametrize(("final", "is_warned"), [("40%", False), ("40.1%", True), ("60%", True)])
def test_a_final_milestone_above_forty_percent_is_back_loaded_whatever_the_phases(
    final: str, is_warned: bool
) -> None:
    first = {"40%": "60%", "40.1%": "59.9%", "60%": "40%"}[final]
    text = edited(
        ("Rest, share: 40%", f"Rest, share: {final}"),
        ("Deposit, share: 60%", f"Deposit, share: {first}"),
        text=TEXT + SECOND,
    )
    assert brief(text, "warning") == (["33:55 contracts[1].milestones[1].share"] if is_warned else [])
    assert not is_warned or "back-loaded" in problems(text)[0].message


@pytest.mark.parametrize(
    ("title", "label", "has_deposit"),
    [
        ("Deposit", "m1", True),
        ("First phase", "milestone:kick-off", True),
        ("First phase", "milestone_kickoff", True),
        ("Kick off", "m1", True),
        ("Upfront payment", "m1", True),
        ("Project start", "m1", True),
        ("Anzahlung", "m1", True),
        ("Design", "m1", False),
        ("Startup website", "m1", False),
    ],
)
def test_the_first_milestone_s_title_or_label_says_whether_there_is_a_deposit(
    title: str, label: str, has_deposit: bool
) -> None:
    text = edited(("milestone:kickoff", label), ("title: Kickoff Deposit", f"title: {title}"))
    found = [problem for problem in problems(text) if "no deposit" in problem.message]
    assert bool(found) != has_deposit
    assert all(problem.field == "contracts[0].milestones[0].title" for problem in found)


@pytest.mark.parametrize(
    ("terms", "warned"), [("net-0", []), ("net-15", []), ("net-16", [14]), ("net-90", [14])]
)
def test_terms_longer_than_net_15_are_warned_of(terms: str, warned: list[int]) -> None:
    assert [one.line for one in problems(edited(("terms: net-15", f"terms: {terms}")))] == warned


@pytest.mark.parametrize("criteria", ["", ", criteria: []"])
def test_a_milestone_without_a_criterion_is_warned_of(criteria: str) -> None:
    (warning,) = problems(edited((", criteria: [UAT script of 40 cases passes]", criteria)))
    assert (warning.line, warning.field) == (21, "contracts[0].milestones[2].criteria")
    assert "API documentation delivered" in warning.mend


def test_a_subjective_criterion_is_warned_of_where_it_stands() -> None:
    text = edited(("[UAT script of 40 cases passes]", "[UAT script passes, Upon client satisfaction]"))
    (warning,) = problems(text)
    assert (warning.line, warning.column) == (21, 122)
    assert warning.field == "contracts[0].milestones[2].criteria[1]"
    assert "'satisfaction'" in warning.message
    assert "UAT script of 40 cases passes" in warning.mend


@pytest.mark.parametrize(
    "criterion",
    [
        "Upon client satisfaction",
        "Bug fixes as needed",
        "Reasonable performance",
        "Scope to be agreed",
        "Landing page looks good",
        "LOOKS   GOOD!",
        "TBD",
        "User-friendly checkout",
        "Pages load fast",
        "Improved conversion",
        "Cart, checkout, etc.",
        "Done",
        "Completed.",
    ],
)
def test_what_depends_on_somebody_s_mood_is_subjective(criterion: str) -> None:
    assert subjective(criterion)


@pytest.mark.parametrize(
    "criterion",
    [
        "Contract signed by both parties",
        "Clickable prototype of 12 screens on staging",
        "UAT script of 40 cases passes",
        "Deployed to production",
        "Source code repository access handed over",
        "API documentation delivered and source code repository access granted",
        "Fast: 95% of pages within 200 ms",
        "Accepted by the client in writing",
        "Breakfast menu page online",
        "About page, major browsers and many-to-many search online",
        "Stable release tagged and quick start guide delivered",
        "Delivered as agreed in SOW-12",
    ],
)
def test_what_both_sides_can_check_is_not(criterion: str) -> None:
    assert subjective(criterion) is None
