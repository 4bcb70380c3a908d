"""What only GitLab's histories have: three lists, merge requests by other numbers, commits' authors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.errors import ForgeError
from app.events import HistoryEntry, Person
from app.forges.gitlab import history
from app.forges.gitlab.client import GitLabForge
from tests.fakes import gitlab_history as past
from tests.fakes import gitlab_shapes as shape
from tests.fakes.door import serving
from tests.fakes.gitlab import PretendGitLab
from tests.forges.suite import LABEL

DANA, LENA = {"id": 5, "username": "dana"}, {"id": 6, "username": "lena"}


@pytest.fixture
def gitlab() -> Iterator[PretendGitLab]:
    yield from serving(PretendGitLab("token"))


@pytest.fixture
def forge(gitlab: PretendGitLab) -> GitLabForge:
    return GitLabForge(gitlab.token, gitlab.api_url, timeout_s=5)


@pytest.fixture
def dana(gitlab: PretendGitLab) -> Person:
    return gitlab.add_person("dana", "write")


@pytest.fixture
def lena(gitlab: PretendGitLab) -> Person:
    return gitlab.add_person("lena", "admin")


def closing(forge: GitLabForge, gitlab: PretendGitLab, number: int) -> HistoryEntry:
    return forge.read_history(gitlab.repository, number)[-1]


def event(number: int, at: str = "2026-11-20T09:00:00.000Z", **fields: Any) -> dict[str, Any]:
    """An event as GitLab lists it; a closing by hand unless `fields` say otherwise."""
    usual = {"user": DANA, "state": "closed", "source_commit": None, "source_merge_request_id": None}
    return {"id": number, "created_at": at, **usual, **fields}


def entries(
    labels: list[dict[str, Any]] | None = None,
    milestones: list[dict[str, Any]] | None = None,
    states: list[dict[str, Any]] | None = None,
    merged: dict[int, history.Merged] | None = None,
) -> list[HistoryEntry]:
    def named(user: dict[str, Any] | None) -> Person | None:
        return Person(str(user["id"]), user["username"]) if user else None

    return history.entries(labels or [], milestones or [], states or [], merged or {}, named)


# Who closed it


def test_a_merge_request_is_named_as_people_name_it(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person, lena: Person
) -> None:
    number = gitlab.open_issue("Login", [LABEL], dana)
    made = gitlab.close_by_pull_request(number, author=dana, merger=lena)
    entry = closing(forge, gitlab, number)
    assert (entry.by, entry.via, entry.is_vouched) == (lena, f"merge request !{made}", True)


def test_a_merge_request_of_another_project_is_named_with_its_project(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person, lena: Person
) -> None:
    gitlab.elsewhere = "acme/api"
    number = gitlab.open_issue("Login", [LABEL], dana)
    made = gitlab.close_by_pull_request(number, author=dana, merger=lena)
    entry = closing(forge, gitlab, number)
    assert (entry.by, entry.via, entry.is_vouched) == (lena, f"merge request acme/api!{made}", True)


def test_nobody_vouches_for_a_merge_request_that_the_bot_may_not_see(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person, lena: Person
) -> None:
    gitlab.hides_merge_requests = True
    number = gitlab.open_issue("Login", [LABEL], dana)
    gitlab.close_by_pull_request(number, author=dana, merger=lena)
    entry = closing(forge, gitlab, number)
    assert not entry.is_vouched
    assert "may not see" in entry.via


@pytest.mark.parametrize("names_commit_authors", [True, False])
def test_nobody_vouches_for_the_closer_by_a_commit_on_any_server(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person, lena: Person, names_commit_authors: bool
) -> None:
    gitlab.names_commit_authors = names_commit_authors
    number = gitlab.open_issue("Login", [LABEL], dana)
    sha = gitlab.close_by_commit(number, author=lena, pusher=dana)
    entry = closing(forge, gitlab, number)
    assert (entry.via, entry.is_vouched) == (f"commit {sha[:7]}", False)
    assert entry.by == (lena if names_commit_authors else dana)


@pytest.mark.parametrize(("merger", "by", "is_vouched"), [(LENA, "6", True), (None, "5", False)])
def test_the_merger_counts_whoever_the_event_names(
    merger: dict[str, Any] | None, by: str, is_vouched: bool
) -> None:
    states = [event(1, source_merge_request_id=77)]
    (entry,) = entries(states=states, merged={77: history.Merged("!7", merger)})
    assert entry.by is not None
    assert (entry.by.id, entry.is_vouched) == (by, is_vouched)


def test_an_old_servers_name_for_the_merger_is_known(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person, lena: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = shape.merge_request

    def as_before_14_7(*asked: Any) -> dict[str, Any]:
        found = shown(*asked)
        return {**found, "merged_by": found.pop("merge_user")}

    monkeypatch.setattr(shape, "merge_request", as_before_14_7)
    number = gitlab.open_issue("Login", [LABEL], dana)
    gitlab.close_by_pull_request(number, author=dana, merger=lena)
    entry = closing(forge, gitlab, number)
    assert (entry.by, entry.is_vouched) == (lena, True)


def test_a_server_that_does_not_say_what_closed_an_issue_is_told_to_the_operator(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = gitlab.open_issue("Login", [LABEL], dana)
    gitlab.close(number, dana)
    old = [{"id": 1, "user": DANA, "created_at": "2026-11-20T09:00:00.000Z", "state": "closed"}]
    monkeypatch.setattr(past, "state_events", lambda _: old)
    with pytest.raises(ForgeError, match="version 16") as caught:
        forge.read_history(gitlab.repository, number)
    assert caught.value.permanent


def test_a_moved_issue_has_no_closing_in_its_history(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person
) -> None:
    number = gitlab.open_issue("Login", [LABEL], dana)
    gitlab.transfer_issue(number)
    assert [entry.kind for entry in forge.read_history(gitlab.repository, number)] == ["labeled"]


def test_an_account_that_is_gone_is_nobody() -> None:
    (entry,) = entries(states=[event(1, user=None)])
    assert (entry.kind, entry.by, entry.is_vouched) == ("closed", None, True)


def test_a_history_by_hand_costs_three_lists(gitlab: PretendGitLab, forge: GitLabForge, dana: Person) -> None:
    number = gitlab.open_issue("Login", [LABEL], dana)
    gitlab.close(number, dana)
    forge.read_history(gitlab.repository, number)  # learns who is a bot
    before = len(gitlab.requests())
    forge.read_history(gitlab.repository, number)
    assert len(gitlab.requests()) - before == 3


# One list of three


def test_what_happened_in_one_moment_ends_with_the_closing() -> None:
    label = {"id": 11, "name": LABEL}
    milestone = {"id": 3, "title": "v1.0"}
    told = entries(
        labels=[event(9, label=label, action="add")],
        milestones=[event(8, milestone=milestone, action="add")],
        states=[event(1)],
    )
    assert [entry.kind for entry in told] == ["labeled", "milestoned", "closed"]


def test_times_of_any_zone_are_put_in_order() -> None:
    label = {"id": 11, "name": LABEL}
    told = entries(
        labels=[event(1, "2026-11-20T10:00:00.250+01:00", label=label, action="add")],
        states=[event(1, "2026-11-20T08:59:59Z", state="reopened"), event(2, "2026-11-20T09:00:01.5Z")],
    )
    assert [(entry.kind, entry.at) for entry in told] == [
        ("reopened", "2026-11-20T08:59:59.000Z"),
        ("labeled", "2026-11-20T09:00:00.250Z"),
        ("closed", "2026-11-20T09:00:01.500Z"),
    ]


@pytest.mark.parametrize("state", ["reopened", "opened"])
def test_both_words_for_reopening_are_known(state: str) -> None:
    assert [entry.kind for entry in entries(states=[event(1, state=state)])] == ["reopened"]


def test_a_label_that_was_deleted_since_leaves_an_entry_without_a_name() -> None:
    (entry,) = entries(labels=[event(1, label=None, action="add")])
    assert (entry.kind, entry.name) == ("labeled", "")


def test_an_old_server_does_not_name_the_milestone_that_was_left() -> None:
    told = entries(
        milestones=[
            event(1, milestone={"id": 3, "title": "v1.0"}, action="add"),
            event(2, milestone=None, action="remove"),
        ]
    )
    assert [(entry.kind, entry.name) for entry in told] == [("milestoned", "v1.0"), ("demilestoned", "v1.0")]


def test_leaving_a_milestone_that_nobody_saw_it_enter_is_told() -> None:
    told = entries(milestones=[event(1, milestone={"id": 3, "title": "v1.0"}, action="remove")])
    assert [(entry.kind, entry.name) for entry in told] == [("demilestoned", "v1.0")]
