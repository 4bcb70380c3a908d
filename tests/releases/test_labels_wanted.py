"""Which labels the contracts need in which repository, and what stands on them."""

from __future__ import annotations

import pytest

from app.events import Label
from app.milestones.contract import RepositoryKey
from app.releases.labels.wanted import HOLD_COLOR, wanted_labels
from tests.milestones.example import EXAMPLE, SECOND, TEXT, configuration, edited

STOREFRONT = RepositoryKey("github", "acme/storefront")
RULES = (EXAMPLE.parent / "examples" / "rules.yml").read_text(encoding="utf-8")


def of_storefront(text: str = TEXT, *, shows_amounts: bool = False) -> dict[str, Label]:
    found = wanted_labels(configuration(text), shows_amounts=shows_amounts)
    return {label.name: label for label in found[STOREFRONT]}


def test_every_milestone_has_a_label_with_its_place_and_no_amount() -> None:
    assert {name: label.description for name, label in of_storefront().items()} == {
        "milestone:kickoff": "Milestone 1 of 4: Kickoff Deposit (Alpha storefront)",
        "milestone:ui-prototype": "Milestone 2 of 4: Midway UI Prototype Sign-off (Alpha storefront)",
        "milestone:uat": "Milestone 3 of 4: Testing and Integration (Alpha storefront)",
        "milestone:launch": "Milestone 4 of 4: Final Sign-off and Launch (Alpha storefront)",
        "closeout:hold": "Closeout: nothing of the milestone moves while one of its issues carries this",
    }


def test_colours_tell_milestones_apart_and_the_hold_label_from_them() -> None:
    colors = {name: label.color for name, label in of_storefront().items()}
    assert len(set(colors.values())) == 5
    assert colors["closeout:hold"] == HOLD_COLOR
    assert all(len(color) == 6 and color == color.lower() for color in colors.values())


def test_more_milestones_than_colours_begin_again() -> None:
    lines = [
        f'      - {{label: "m:{i}", title: Part {i}, share: 10%, criteria: [Deployed]}}\n' for i in range(10)
    ]
    text = TEXT[: TEXT.index("      - {label")] + "".join(lines)
    colors = [label.color for label in of_storefront(text).values()]
    assert colors[0] == colors[6]
    assert HOLD_COLOR not in colors[:10]


def test_an_amount_is_shown_only_when_asked_for() -> None:
    shown = of_storefront(shows_amounts=True)["milestone:ui-prototype"].description
    assert shown == "Milestone 2 of 4: Midway UI Prototype Sign-off (Alpha storefront), 7,500.00 usd"
    assert "usd" not in "".join(label.description for label in of_storefront().values())


@pytest.mark.parametrize(
    ("title", "contract", "shows_amounts", "shown"),
    [
        ("Kickoff", "A" * 90, False, f"Milestone 1 of 4: Kickoff ({'A' * 71}…)"),
        ("K" * 90, "Alpha", False, f"Milestone 1 of 4: {'K' * 81}…"),
        ("K" * 70, "Alpha storefront", False, f"Milestone 1 of 4: {'K' * 70} (Alpha st…)"),
        ("K" * 74, "Alpha", False, f"Milestone 1 of 4: {'K' * 74} (Alpha)"),
        ("K" * 75, "Alpha", False, f"Milestone 1 of 4: {'K' * 75}"),
        ("K" * 90, "Alpha", True, f"Milestone 1 of 4: {'K' * 67}…, 9,000.00 usd"),
        ("Kickoff", "A" * 90, True, f"Milestone 1 of 4: Kickoff ({'A' * 57}…), 9,000.00 usd"),
        ("Use of <b> tags", "A -> B", False, "Milestone 1 of 4: Use of ‹b› tags (A -› B)"),
    ],
)
def test_titles_are_cut_to_the_forges_limit_and_numbers_never(
    title: str, contract: str, shows_amounts: bool, shown: str
) -> None:
    text = edited(
        ("title: Kickoff Deposit,             ", f'title: "{title}",'),
        ("title: Alpha storefront", f'title: "{contract}"'),
    )
    found = of_storefront(text, shows_amounts=shows_amounts)["milestone:kickoff"].description
    assert found == shown
    assert len(found) <= 100


def test_what_the_forges_own_milestone_or_a_person_releases_needs_no_label() -> None:
    found = wanted_labels(configuration(RULES))
    assert {str(key): [label.name for label in labels] for key, labels in found.items()} == {
        "github:acme/warehouse": ["milestone:prototype", "milestone:launch", "closeout:hold"],
        "github:acme/warehouse-app": ["milestone:prototype", "milestone:launch", "closeout:hold"],
    }


def test_a_contract_without_issues_needs_no_label_at_all() -> None:
    begin = TEXT[: TEXT.index("      - {label")]
    text = begin + "      - {title: All, share: 100%, criteria: [Deployed], rules: {when: manual}}\n"
    assert wanted_labels(configuration(text)) == {}


def test_every_hold_label_of_the_rules_is_there_once() -> None:
    text = edited(
        ("    milestones:  #", "    rules: {hold_label: wait}\n    milestones:  #"),
        ("[Contract signed by both parties]}", "[Signed], rules: {hold_label: stop}}"),
    )
    names = list(of_storefront(text))
    assert names[4:] == ["stop", "wait"]


def test_a_repository_of_two_contracts_gets_the_labels_of_both() -> None:
    text = TEXT + SECOND.replace("github:beta/site", "github:Acme/Storefront")
    found = wanted_labels(configuration(text))
    assert list(found) == [STOREFRONT]
    assert [label.name for label in found[STOREFRONT]] == [
        "milestone:kickoff",
        "milestone:ui-prototype",
        "milestone:uat",
        "milestone:launch",
        "closeout:hold",
        "milestone:deposit",
        "milestone:rest",
    ]
