"""Labels that a person would take for a milestone's: they bill nothing, and the reason says what is odd."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events import ForgeEvent, Label, Repository
from app.milestones.confusables import LETTERS
from app.milestones.lookalike import difference, skeleton
from app.milestones.match import match
from tests.milestones.example import SECOND, TEXT, configuration, edited

UI = configuration(edited(("milestone:ui-prototype", "milestone:ui"), text=TEXT + SECOND))
"""Milestone 2 is milestone:ui, 3 milestone:uat."""


def closing(*labels: str, repository: str = "acme/storefront") -> ForgeEvent:
    return ForgeEvent(
        kind="issue.closed",
        event="issues",
        action="closed",
        repository=Repository("1", repository),
        issue_number=12,
        issue_id="44",
        issue_kind="issue",
        labels=tuple(Label("", name) for name in labels),
        sender=None,
    )


@pytest.mark.parametrize(
    ("label", "shown", "odd"),
    [
        (
            "milestone:u\u0456",
            "milestone:u\u0456",
            "has U+0456 CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I at 12",
        ),
        ("mil\u0435stone:ui", "mil\u0435stone:ui", "has U+0435 CYRILLIC SMALL LETTER IE at 4"),
        ("milest\u03bfne:ui", "milest\u03bfne:ui", "has U+03BF GREEK SMALL LETTER OMICRON at 7"),
        ("milest\u0585ne:ui", "milest\u0585ne:ui", "has U+0585 ARMENIAN SMALL LETTER OH at 7"),
        ("milestone\uff1aui", "milestone\uff1aui", "has U+FF1A FULLWIDTH COLON at 10"),
        ("milestone\u2236ui", "milestone\u2236ui", "has U+2236 RATIO at 10"),
        ("milestone:u\uff49", "milestone:u\uff49", "has U+FF49 FULLWIDTH LATIN SMALL LETTER I at 12"),
        ("milestone:u1", "milestone:u1", "has U+0031 DIGIT ONE at 12"),
        ("milestone:ui\u200b", "milestone:ui�", "has U+200B ZERO WIDTH SPACE at 13"),
        ("mile\u00adstone:ui", "mile�stone:ui", "has U+00AD SOFT HYPHEN at 5"),
        ("milestone:\u202eui", "milestone:�ui", "has U+202E RIGHT-TO-LEFT OVERRIDE at 11"),
        ("milestone:ui ", "milestone:ui ", "has U+0020 SPACE at 13"),
        (" milestone:ui", " milestone:ui", "has U+0020 SPACE at 1"),
        ("milestone:\u00a0ui", "milestone:�ui", "has U+00A0 NO-BREAK SPACE at 11"),
        ("Milestone:UI", "Milestone:UI", "differs in upper and lower case"),
        ("Milestone:u\u0406", "Milestone:u\u0406", "has U+0406 CYRILLIC CAPITAL LETTER BYELORUSSIAN"),
        ("rnilestone:ui", "rnilestone:ui", "has U+0072 LATIN SMALL LETTER R at 1 and U+006E"),
        (
            "\u043c\u0456l\u0435st\u043en\u0435:ui",
            "\u043c\u0456l\u0435st\u043en\u0435:ui",
            "at 1 and U+0456 CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I at 2 and"
            " U+0435 CYRILLIC SMALL LETTER IE at 4 and 2 more",
        ),
    ],
)  # fmt: skip
def test_a_label_that_looks_like_a_milestone_s_bills_nothing_and_says_what_is_odd(
    label: str, shown: str, odd: str
) -> None:
    reason = match(closing("bug", label), "github", UI)
    assert isinstance(reason, str)
    assert reason.startswith(f'the label "{shown}" on issue #12 looks like milestone:ui but ')
    assert odd in reason
    assert reason.endswith(": it bills nothing")


def test_a_space_that_the_milestone_s_label_has_is_missed() -> None:
    found = configuration(edited(("milestone:ui-prototype", "milestone: ui")))
    assert match(closing("milestone:ui"), "github", found) == (
        'the label "milestone:ui" on issue #12 looks like milestone: ui but lacks U+0020 SPACE:'
        " it bills nothing"
    )


@pytest.mark.parametrize("label", ["milestone:ux", "milestone:u", "ui", "milestone", "bug", "ми", "étape:ui"])
def test_another_label_is_just_no_milestone_s(label: str) -> None:
    assert match(closing(label), "github", UI) == f"no milestone label on issue #12 (labels: {label})"


def test_a_look_alike_on_another_repository_is_none() -> None:
    reason = match(closing("milestone:u\u0456", repository="beta/site"), "github", UI)
    assert reason == "no milestone label on issue #12 (labels: milestone:u\u0456)"


def test_the_exact_label_counts_whatever_stands_beside_it() -> None:
    assert match(closing("milestone:uat", "milestone:u\u0456"), "github", UI) == [("con_7732_alpha", 3)]
    assert match(closing("milestone:u\u0456", "milestone:uat"), "github", UI) == [("con_7732_alpha", 3)]


def test_of_milestones_that_look_alike_each_is_found_by_its_own_label_and_the_first_is_named() -> None:
    found = configuration(
        edited(("milestone:ui-prototype", "milestone:11"), ("milestone:uat", "milestone:1l"))
    )
    assert match(closing("milestone:11"), "github", found) == [("con_7732_alpha", 2)]
    assert match(closing("milestone:1l"), "github", found) == [("con_7732_alpha", 3)]
    reason = match(closing("milestone:ll"), "github", found)
    assert isinstance(reason, str)
    assert "looks like milestone:11 but has U+006C LATIN SMALL LETTER L at 11" in reason


def test_labels_in_other_scripts_look_like_themselves_in_other_case() -> None:
    assert skeleton("Этап: Дизайн") == skeleton("ЭТАП:ДИЗАЙН")
    assert skeleton("Étape 🚀") == skeleton("étape\u00a0🚀\ufe0f")
    assert skeleton("étape") != skeleton("etape")
    assert skeleton("дизайн") != skeleton("тест")


@given(
    text=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20),
    data=st.data(),
)
def test_a_text_with_any_of_its_characters_replaced_by_a_look_alike_keeps_its_skeleton(
    text: str, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(text) - 1))
    look = text[index].casefold()
    alike = [chr(code) for code, char in LETTERS.items() if char == look]
    other = data.draw(st.sampled_from([*alike, text[index].upper(), text[index] + "\u200b"]))
    changed = text[:index] + other + text[index + 1 :]
    assert skeleton(changed) == skeleton(text)
    assert changed == text or difference(changed, text)


@given(label=st.text(max_size=30).filter(lambda text: ("github", "acme/storefront", text) not in UI.by_label))
def test_any_label_is_matched_or_gets_a_reason(label: str) -> None:
    found = match(closing(label), "github", UI)
    assert isinstance(found, str)
    assert difference(label, "milestone:ui")


def test_the_table_leads_to_characters_that_are_folded_already() -> None:
    assert all(char == char.casefold() and char.isascii() for char in LETTERS.values())
