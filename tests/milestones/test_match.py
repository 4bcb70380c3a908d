"""Which milestones an event concerns, and the reason in words where it concerns none."""

from __future__ import annotations

from collections import UserDict
from dataclasses import replace
from typing import Any

import pytest

from app.events import ForgeEvent, IssueKind, Label, Repository
from app.milestones.match import match
from tests.milestones.example import SECOND, TEXT, configuration, edited

CONFIGURATION = configuration(TEXT + SECOND)


def event(
    *labels: str,
    repository: str = "acme/storefront",
    kind: IssueKind = "issue",
    label: str | None = None,
    milestone: str = "",
) -> ForgeEvent:
    return ForgeEvent(
        kind="issue.closed",
        event="issues",
        action="closed",
        repository=Repository("1", repository),
        issue_number=4,
        issue_id="44",
        issue_kind=kind,
        labels=tuple(Label("", name) for name in labels),
        sender=None,
        label=Label("", label) if label else None,
        milestone=milestone,
    )


def closed(title: str, repository: str = "acme/storefront") -> ForgeEvent:
    """A milestone of the forge was closed: the event is about no issue."""
    return ForgeEvent(
        kind="milestone.closed",
        event="milestone",
        action="closed",
        repository=Repository("1", repository),
        issue_number=0,
        issue_id="",
        issue_kind="other",
        labels=(),
        sender=None,
        milestone=title,
    )


NATIVE = configuration(edited(('label: "milestone:uat"', "milestone: v1.0")))
"""The example with its third milestone released by one of the forge."""


@pytest.mark.parametrize(
    ("given", "milestones"),
    [
        (event("bug", "milestone:uat"), [("con_7732_alpha", 3)]),
        (event("milestone:uat", repository="Acme/Storefront"), [("con_7732_alpha", 3)]),
        (event("milestone:rest", repository="beta/site"), [("con_2", 2)]),
        (event("milestone:uat", "milestone:kickoff"), [("con_7732_alpha", 3), ("con_7732_alpha", 1)]),
        (event("milestone:uat", label="milestone:uat"), [("con_7732_alpha", 3)]),
        (event("bug", label="milestone:launch"), [("con_7732_alpha", 4)]),
    ],
)
def test_a_label_on_the_issue_or_just_taken_off_names_the_milestone(
    given: ForgeEvent, milestones: list[tuple[str, int]]
) -> None:
    assert match(given, "github", CONFIGURATION) == milestones


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (event("milestone:uat", repository="acme/site"), "no contract names the repository github:acme/site"),
        (event("bug"), "no milestone label on issue #4 (labels: bug)"),
        (event(), "no milestone label on issue #4 (it has no labels)"),
        (event(*"abcdefg"), "no milestone label on issue #4 (labels: a, b, c, d, e and 2 more)"),
        (event("a\x1b[31mb"), "no milestone label on issue #4 (labels: a�[31mb)"),
        (event("milestone:uat", kind="pull_request"), "pull request #4"),
        (event("milestone:uat", kind="incident"), "incident #4"),
        (event("milestone:uat", kind="task"), "task #4"),
        (event("milestone:uat", kind="discussion"), "discussion #4"),
        (event("milestone:rest"), "no milestone label on issue #4 (labels: milestone:rest)"),
    ],
)
def test_an_event_that_concerns_no_milestone_says_why(given: ForgeEvent, reason: str) -> None:
    assert match(given, "github", CONFIGURATION) == reason


def test_the_same_name_at_another_connection_is_another_repository() -> None:
    assert match(event("milestone:uat"), "gitlab", CONFIGURATION) == (
        "no contract names the repository gitlab:acme/storefront"
    )


@pytest.mark.parametrize(
    ("given", "milestones"),
    [
        (closed("v1.0"), [("con_7732_alpha", 3)]),
        (closed("v1.0", repository="Acme/Storefront"), [("con_7732_alpha", 3)]),
        (event("bug", milestone="v1.0"), [("con_7732_alpha", 3)]),
        (event("milestone:launch", milestone="v1.0"), [("con_7732_alpha", 4), ("con_7732_alpha", 3)]),
        (event("milestone:launch", milestone="v2.0"), [("con_7732_alpha", 4)]),
    ],
)
def test_a_milestone_of_the_forge_names_the_milestone(
    given: ForgeEvent, milestones: list[tuple[str, int]]
) -> None:
    assert match(given, "github", NATIVE) == milestones


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (closed("v2.0"), "no contract bills the forge's milestone v2.0"),
        (closed("V1.0"), "no contract bills the forge's milestone V1.0"),
        (closed("a\x1b[31mb"), "no contract bills the forge's milestone a�[31mb"),
        (closed("v1.0", repository="acme/site"), "no contract names the repository github:acme/site"),
        (event("milestone:uat", milestone="v1.0", kind="pull_request"), "pull request #4"),
        (event(milestone="v1.0", kind="task"), "task #4"),
        (
            event("milestone:uat", milestone="v2.0"),
            "no milestone label on issue #4 (labels: milestone:uat),"
            " and no contract bills the forge's milestone v2.0",
        ),
    ],
)
def test_a_milestone_of_the_forge_that_bills_nothing_says_why(given: ForgeEvent, reason: str) -> None:
    assert match(given, "github", NATIVE) == reason


def test_a_label_called_like_a_milestone_of_the_forge_is_not_one() -> None:
    assert match(event("v1.0"), "github", NATIVE) == "no milestone label on issue #4 (labels: v1.0)"


class Counting(UserDict[Any, Any]):
    """An index that counts its look-ups and refuses to be walked."""

    def __init__(self, index: dict[Any, Any]) -> None:
        super().__init__(index)
        self.lookups = 0

    def get(self, key: Any, default: Any = None) -> Any:
        self.lookups += 1
        return self.data.get(key, default)

    def __iter__(self) -> Any:
        raise AssertionError("matching walked over the contracts")


def test_matching_looks_up_labels_and_never_walks_over_contracts() -> None:
    index, contracts = Counting(CONFIGURATION.by_label), Counting(dict(CONFIGURATION.contracts))
    looks = Counting(CONFIGURATION.by_look)
    watched: Any = replace(CONFIGURATION, by_label=index, by_look=looks, contracts=contracts)  # type: ignore[arg-type]
    assert match(event("bug", "milestone:uat"), "github", watched) == [("con_7732_alpha", 3)]
    assert (index.lookups, looks.lookups) == (2, 0)
    assert isinstance(match(event("bug", "docs"), "github", watched), str)
    assert (index.lookups, looks.lookups) == (4, 2)
    assert contracts.lookups == 0


def test_every_milestone_of_a_contract_in_two_repositories_is_found_in_both() -> None:
    two = '["github:acme/storefront", "github:acme/backend"]'
    found = configuration(edited(('["github:acme/storefront"]', two)))
    for repository in ("acme/storefront", "acme/backend"):
        assert match(event("milestone:uat", repository=repository), "github", found) == [
            ("con_7732_alpha", 3)
        ]
