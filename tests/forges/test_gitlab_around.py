"""What only GitLab has around its issues: groups with labels and milestones, former paths, reactions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.errors import ForgeError, ForgeNotFound
from app.events import IssueKind, Label, Person, Repository
from app.forges.gitlab.client import GitLabForge
from tests.fakes.door import serving
from tests.fakes.gitlab import PretendGitLab
from tests.fakes.things import Phase
from tests.forges.suite import LABEL, MARKER


@pytest.fixture
def gitlab() -> Iterator[PretendGitLab]:
    yield from serving(PretendGitLab("token"))


@pytest.fixture
def forge(gitlab: PretendGitLab) -> GitLabForge:
    return GitLabForge(gitlab.token, gitlab.api_url, timeout_s=5)


@pytest.fixture
def dana(gitlab: PretendGitLab) -> Person:
    return gitlab.add_person("dana", "write")


# Milestones


def test_a_milestone_of_the_group_shows_the_projects_issues(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person
) -> None:
    gitlab.phases.append(Phase(62001, "v1.0", is_shared=True))
    number = gitlab.open_issue("Login", [], dana)
    gitlab.add_to_milestone(number, "v1.0", dana)
    milestone = forge.read_milestone(gitlab.repository, "v1.0")
    assert (milestone.id, [issue.number for issue in milestone.issues]) == ("62001", [number])


def test_a_title_that_project_and_group_both_have_is_refused(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person
) -> None:
    gitlab.add_to_milestone(gitlab.open_issue("Login", [], dana), "v1.0", dana)
    gitlab.phases.append(Phase(62001, "v1.0", is_shared=True))
    with pytest.raises(ForgeError, match="2 milestones") as caught:
        forge.read_milestone(gitlab.repository, "v1.0")
    assert caught.value.permanent
    assert not isinstance(caught.value, ForgeNotFound)


@pytest.mark.parametrize("kind", ["incident", "task", "other"])
def test_only_real_issues_are_in_a_milestone(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person, kind: IssueKind
) -> None:
    other = gitlab.open_issue("Fire", [], dana, kind)
    number = gitlab.open_issue("Login", [], dana)
    for each in (other, number):
        gitlab.add_to_milestone(each, "v1.0", dana)
    found = forge.read_milestone(gitlab.repository, "v1.0")
    assert [issue.number for issue in found.issues] == [number]


def test_lists_name_no_closers_and_ask_for_nobody(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person
) -> None:
    number = gitlab.open_issue("Login", [LABEL], dana)
    gitlab.add_to_milestone(number, "v1.0", dana)
    gitlab.close(number, dana)
    (changed,) = forge.list_changed(gitlab.repository, "2020-01-01T00:00:00Z")
    (listed,) = forge.list_issues(gitlab.repository, LABEL)
    (inside,) = forge.read_milestone(gitlab.repository, "v1.0").issues
    assert [issue.closed_by for issue in (changed, listed, inside)] == [None] * 3
    assert not [path for _, path in gitlab.requests() if "/users/" in path]


def test_other_kinds_of_work_that_changed_are_told_as_what_they_are(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person
) -> None:
    gitlab.open_issue("Fire", [], dana, "incident")
    (changed,) = forge.list_changed(gitlab.repository, "2020-01-01T00:00:00Z")
    assert changed.kind == "incident"


# Labels


def test_labels_of_the_group_may_be_used_as_well(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person
) -> None:
    gitlab.tag(LABEL).is_shared = True
    number = gitlab.open_issue("Login", [LABEL, "bug"], dana)
    listed = forge.list_labels(gitlab.repository)
    assert sorted(label.name for label in listed) == ["bug", LABEL]
    assert Label(str(gitlab.tag(LABEL).id), LABEL) in listed
    assert set(forge.read_issue(gitlab.repository, number).labels) == set(listed)


# Former paths


def test_a_former_path_leads_to_the_project(gitlab: PretendGitLab, forge: GitLabForge, dana: Person) -> None:
    number = gitlab.open_issue("Login", [LABEL], dana)
    gitlab.rename_repository("acme/group/shop")
    by_old_path, present = Repository("", "acme/storefront"), Repository("7401", "acme/group/shop")
    assert forge.read_repository(by_old_path) == present
    assert forge.read_issue(by_old_path, number).repository == present
    assert [issue.number for issue in forge.list_issues(by_old_path, LABEL)] == [number]


def test_our_comment_is_written_under_a_former_path(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person
) -> None:
    number = gitlab.open_issue("Login", [LABEL], dana)
    gitlab.rename_repository("acme/shop")
    by_old_path = Repository("", "acme/storefront")
    forge.write_comment(by_old_path, number, MARKER, f"Billed {MARKER}")
    forge.write_comment(by_old_path, number, MARKER, f"Paid {MARKER}")
    assert gitlab.comments(number) == [(gitlab.bot.login, f"Paid {MARKER}")]


# Comments and people


def test_what_gitlab_wrote_by_itself_is_no_persons_comment(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person
) -> None:
    number = gitlab.open_issue("Login", [LABEL], dana)
    gitlab.write(gitlab.tickets[number], gitlab.account(dana), "changed the description", is_system=True)
    gitlab.comment(number, dana, "Done")
    assert [comment.text for comment in forge.list_comments(gitlab.repository, number)] == ["Done"]


def test_a_bot_is_found_as_one(gitlab: PretendGitLab, forge: GitLabForge) -> None:
    assert forge.find_person(gitlab.bot.login) == gitlab.bot


def test_no_login_finds_nobody(gitlab: PretendGitLab, forge: GitLabForge) -> None:
    """GitLab takes an empty filter for none, and lists everybody."""
    assert forge.find_person("") is None


def test_a_long_list_without_its_length_is_read_to_its_end(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fakes.gitlab._COUNTED", 150)
    numbers = [gitlab.open_issue(f"Case {i}", [], dana) for i in range(210)]
    changed = forge.list_changed(gitlab.repository, "2020-01-01T00:00:00Z")
    assert sorted(issue.number for issue in changed) == numbers
