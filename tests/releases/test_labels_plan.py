"""What is to be done about each label: nothing is ever renamed, deleted, or made beside its double."""

from __future__ import annotations

import pytest

from app.events import Label
from app.milestones.contract import RepositoryKey
from app.releases.labels.plan import Action, plan

KEY = RepositoryKey("github", "Acme/Storefront")
UI = Label("", "milestone:ui", "1d76db", "Milestone 2 of 4: Prototype")
HOLD = Label("", "closeout:hold", "b60205", "Stop")
FORGET = "closeout identities forget github label acme/storefront/milestone:ui"


def there(
    id_: str,
    name: str = UI.name,
    *,
    color: str = UI.color,
    description: str = UI.description,
    is_shared: bool = False,
) -> Label:
    return Label(id_, name, color, description, is_shared)


CASES: list[tuple[str, list[Label], dict[str, str], list[tuple[Action, str, str, str]]]] = [
    ("nothing is there", [], {}, [("create", "", UI.description, "")]),
    ("others are there", [there("1", "bug")], {}, [("create", "", UI.description, "")]),
    ("all is well", [there("7")], {}, [("keep", "7", "", "")]),
    ("all is well and known", [there("7")], {UI.name: "7"}, [("keep", "7", "", "")]),
    ("another colour", [there("7", color="ededed")], {}, [("mend", "7", "colour: ededed → 1d76db", "")]),
    (
        "nothing looks right",
        [there("7", color="ededed", description="")],
        {UI.name: "7"},
        [("mend", "7", f"colour: ededed → 1d76db, description: none → {UI.description}", "")],
    ),
    (
        "the group's looks otherwise",
        [there("7", color="ededed", is_shared=True)],
        {},
        [("keep", "7", "it belongs to the group or organisation, where its looks are not ours", "")],
    ),
    ("the group's looks so", [there("7", is_shared=True)], {}, [("keep", "7", "", "")]),
    (
        "two of the same name",
        [there("7"), there("8", is_shared=True)],
        {},
        [("leave", "", "there are 2 labels of this name (7, 8)", "Rename all but one")],
    ),
    (
        "two of the same name, one known",
        [there("7"), there("8")],
        {UI.name: "8"},
        [
            (
                "leave",
                "",
                "there are 2 labels of this name (7, 8)",
                "Rename all but 8, which was seen first",
            )
        ],
    ),
    (
        "made anew",
        [there("9", color="ededed")],
        {UI.name: "7"},
        [
            (
                "leave",
                "",
                "it is another one than before: its id was 7 at first",
                f"If that is meant: {FORGET}",
            )
        ],
    ),
    (
        "deleted",
        [there("1", "bug")],
        {UI.name: "7"},
        [("leave", "", "somebody deleted it: its id was 7", f"If that is meant: {FORGET}; then sync again")],
    ),
    (
        "renamed away",
        [there("7", "done")],
        {UI.name: "7"},
        [
            (
                "leave",
                "",
                "somebody renamed it to done",
                "Rename it back to milestone:ui: its issues keep it",
            )
        ],
    ),
    (
        "renamed into it",
        [there("7")],
        {"milestone:uat": "7"},
        [
            (
                "leave",
                "",
                "it was milestone:uat before: somebody renamed it",
                "Rename it back, and make a label milestone:ui of its own",
            )
        ],
    ),
    (
        "another case",
        [there("7", "Milestone:UI")],
        {},
        [
            (
                "leave",
                "",
                "there is Milestone:UI, which looks like it but differs in upper and lower case",
                "Rename that to exactly milestone:ui: its issues keep it",
            )
        ],
    ),
    (
        "a double beside it",
        [there("7", color="ededed"), there("8", "milestone:u\u0456")],
        {},
        [
            ("mend", "7", "colour: ededed → 1d76db", ""),
            (
                "leave",
                "8",
                "it looks like milestone:ui but has U+0456 CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I"
                " at 12: it bills nothing",
                "Rename or delete it, so that nobody takes it for the other",
            ),
        ],
    ),
    (
        "an invisible sign",
        [there("7", "milestone:\u202eui")],
        {},
        [
            (
                "leave",
                "",
                "there is milestone:�ui, which looks like it but has U+202E RIGHT-TO-LEFT OVERRIDE at 11",
                "Rename that to exactly milestone:ui: its issues keep it",
            )
        ],
    ),
]


@pytest.mark.parametrize(
    ("present", "remembered", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_label_is_made_mended_kept_or_left_to_a_person(
    present: list[Label], remembered: dict[str, str], expected: list[tuple[Action, str, str, str]]
) -> None:
    changes = plan(KEY, [UI], present, remembered)
    assert [(one.action, one.label.id, one.note, one.mend) for one in changes] == expected


def test_what_is_to_be_mended_is_written_whole_and_keeps_its_name() -> None:
    (change,) = plan(KEY, [UI], [there("7", color="ededed")], {})
    label = change.label
    assert (label.id, label.name, label.color, label.description) == (
        "7",
        UI.name,
        UI.color,
        UI.description,
    )


def test_an_amount_that_is_hidden_again_can_be_seen_to_go() -> None:
    text = f"Milestone 2 of 4: {'P' * 60}"
    hidden = Label("", UI.name, UI.color, text)
    (change,) = plan(KEY, [hidden], [there("7", description=f"{text}, 9.00 usd")], {})
    assert change.note == f"description: {text}, 9.00 usd → {text}"


def test_labels_that_the_contracts_want_are_no_doubles_of_each_other() -> None:
    one, other = Label("", "part:1", "1d76db", "One"), Label("", "part:l", "5319e7", "L")
    changes = plan(KEY, [one, other], [there("7", "part:1", color="1d76db", description="One")], {})
    assert [change.action for change in changes] == ["keep", "create"]


def test_the_order_is_that_of_the_contract() -> None:
    changes = plan(KEY, [UI, HOLD], [there("3", "closeout:hold", color="b60205", description="Stop")], {})
    assert [(change.action, change.label.name) for change in changes] == [
        ("create", "milestone:ui"),
        ("keep", "closeout:hold"),
    ]


def test_a_name_with_spaces_is_quoted_in_the_command_that_mends_it() -> None:
    label = Label("", "milestone: ui", "1d76db", "")
    (change,) = plan(KEY, [label], [], {"milestone: ui": "7"})
    assert "forget github label 'acme/storefront/milestone: ui'" in change.mend
