"""What only Gitea's timelines have: closings beside the references that caused them, and deploy keys."""

from __future__ import annotations

from typing import Any

import pytest

from app.events import HistoryEntry
from app.forges.gitea import history

HOME = {"id": 7401, "full_name": "acme/storefront", "owner": {"id": 7001, "login": "acme"}}
DANA, LENA = {"id": 5, "login": "dana"}, {"id": 6, "login": "lena"}
OWNER = {"id": 7001, "login": "acme"}
SHA = "1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b"


def entry(
    kind: str, at: str = "18:00:00", user: dict[str, Any] | None = DANA, **fields: Any
) -> dict[str, Any]:
    """A timeline's entry, written by a server nine hours ahead of UTC."""
    empty = {"label": None, "milestone": None, "old_milestone": None, "ref_issue": None}
    usual = {"id": 1, "body": "", "ref_action": "none", "ref_commit_sha": "", **empty}
    return {**usual, "type": kind, "created_at": f"2026-11-20T{at}+09:00", "user": user, **fields}


def pushed(at: str = "17:59:59", user: dict[str, Any] = DANA) -> dict[str, Any]:
    return entry("commit_ref", at, user, ref_commit_sha=SHA)


def promised(merged_at: str | None, repository: int = 7401, action: str = "closes") -> dict[str, Any]:
    """The reference of pull request 7, made long before."""
    made = {
        "number": 7,
        "pull_request": {"merged": merged_at is not None, "merged_at": merged_at},
        "repository": {
            "id": repository,
            "full_name": "acme/storefront" if repository == 7401 else "acme/api",
        },
    }
    return entry("pull_ref", "12:00:00", LENA, ref_action=action, ref_issue=made)


def closing(*before: dict[str, Any], user: dict[str, Any] | None = DANA) -> HistoryEntry:
    """The closing at 09:00 UTC, after what the timeline shows before."""
    return history.entries([*before, entry("close", user=user)], HOME)[-1]


MERGED_AT = "2026-11-20T17:59:58+09:00"


@pytest.mark.parametrize(
    ("before", "via"),
    [
        ([], ""),
        ([pushed()], "commit 1a2b3c4"),
        ([pushed("17:59:40")], ""),  # a commit that only named it, and a closing by hand later
        ([pushed(user=LENA)], ""),
        ([pushed(), entry("comment")], ""),
        ([promised(MERGED_AT)], "pull request #7"),
        ([promised(MERGED_AT), entry("comment")], "pull request #7"),
        ([promised(MERGED_AT, repository=555)], "pull request acme/api#7"),
        ([promised(MERGED_AT), pushed()], "pull request #7"),
        ([promised(MERGED_AT, action="none")], ""),
        ([promised(None)], ""),
        ([promised("2026-11-20T12:00:00+09:00")], ""),  # merged long before, reopened, closed by hand
        ([entry("issue_ref", ref_action="closes", ref_issue={"number": 2, "pull_request": None})], ""),
    ],
)
def test_what_stands_before_a_closing_tells_what_it_was(before: list[dict[str, Any]], via: str) -> None:
    told = closing(*before)
    assert (told.via, told.is_vouched, told.at) == (via, True, "2026-11-20T09:00:00Z")
    assert told.by is not None
    assert told.by.id == "5"


@pytest.mark.parametrize(
    ("before", "user", "is_vouched"),
    [
        ([pushed(user=OWNER)], OWNER, False),
        ([promised(MERGED_AT), pushed(user=OWNER)], OWNER, False),
        ([promised(MERGED_AT)], OWNER, True),
        ([], OWNER, True),
        ([pushed()], DANA, True),
        ([pushed()], None, True),
    ],
)
def test_nobody_vouches_for_the_owner_as_the_one_who_pushed(
    before: list[dict[str, Any]], user: dict[str, Any] | None, is_vouched: bool
) -> None:
    """A deploy key pushes under the owner's name, whoever holds it."""
    assert closing(*before, user=user).is_vouched is is_vouched


def test_an_entry_without_an_account_is_nobodys() -> None:
    assert closing(user=None).by is None


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"milestone": {"id": 3, "title": "v1.0"}}, [("milestoned", "v1.0")]),
        ({"old_milestone": {"id": 3, "title": "v1.0"}}, [("demilestoned", "v1.0")]),
        (
            {"old_milestone": {"id": 3, "title": "v1.0"}, "milestone": {"id": 4, "title": "v2.0"}},
            [("demilestoned", "v1.0"), ("milestoned", "v2.0")],
        ),
        ({}, []),  # both were deleted since
    ],
)
def test_a_change_of_milestones_is_one_entry_or_two(
    fields: dict[str, Any], told: list[tuple[str, str]]
) -> None:
    found = history.entries([entry("milestone", **fields)], HOME)
    assert [(each.kind, each.name) for each in found] == told


def test_a_label_that_was_deleted_since_leaves_an_entry_without_a_name() -> None:
    told = history.entries([entry("label", body="1"), entry("label")], HOME)
    assert [(each.kind, each.name) for each in told] == [
        ("labeled", ""),
        ("unlabeled", ""),
    ]


def test_what_is_no_part_of_the_history_is_passed_over() -> None:
    others = ["comment", "issue_ref", "commit_ref", "assignees", "change_title", "lock", "a new one"]
    assert history.entries([entry(kind) for kind in others], HOME) == []
