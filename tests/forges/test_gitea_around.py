"""What only Gitea has around its issues: organisations with labels, lists without links, former names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.errors import ForgeError, ForgeNotFound
from app.events import Person, Repository
from app.forges.gitea.client import GiteaForge
from tests.fakes.door import serving
from tests.fakes.gitea import PretendGitea
from tests.fakes.things import Phase
from tests.forges.suite import LABEL, MARKER


@pytest.fixture
def gitea() -> Iterator[PretendGitea]:
    yield from serving(PretendGitea("secret"))


@pytest.fixture
def forge(gitea: PretendGitea) -> GiteaForge:
    return GiteaForge(gitea.token, gitea.api_url, timeout_s=5)


@pytest.fixture
def dana(gitea: PretendGitea) -> Person:
    return gitea.add_person("dana", "write")


def test_labels_beyond_the_first_page_count(gitea: PretendGitea, forge: GiteaForge, dana: Person) -> None:
    """Lists of labels and milestones name no next page."""
    gitea.largest_page = 2
    for i in range(5):
        gitea.tag(f"part {i}")
    gitea.unlabel(gitea.open_issue("Login", [LABEL], dana), LABEL, dana)
    before = len(gitea.requests())
    assert forge.list_issues(gitea.repository, LABEL) == []
    assert len(gitea.requests()) - before == 1 + 1 + 3
    assert len(forge.list_labels(gitea.repository)) == 6


@pytest.mark.parametrize("is_owned_by_a_person", [False, True])
def test_labels_of_the_organisation_may_be_used_as_well(
    gitea: PretendGitea, forge: GiteaForge, dana: Person, is_owned_by_a_person: bool
) -> None:
    gitea.is_owned_by_a_person = is_owned_by_a_person
    gitea.open_issue("Login", ["bug"], dana)
    shared = gitea.tag(LABEL)
    shared.is_shared = True
    listed = [(label.id, label.name) for label in forge.list_labels(gitea.repository)]
    assert ((str(shared.id), LABEL) in listed) is not is_owned_by_a_person
    assert "bug" in {name for _, name in listed}


@pytest.mark.parametrize("takes_unknown_labels_for_none", [False, True])
def test_issues_with_a_label_of_the_organisation_are_listed(
    gitea: PretendGitea, forge: GiteaForge, dana: Person, takes_unknown_labels_for_none: bool
) -> None:
    gitea.tag(LABEL).is_shared = True
    gitea.takes_unknown_labels_for_none = takes_unknown_labels_for_none
    gitea.open_issue("Other", ["bug"], dana)
    number = gitea.open_issue("Login", [LABEL], dana)
    assert [issue.number for issue in forge.list_issues(gitea.repository, LABEL)] == [number]


def test_two_milestones_of_one_title_are_refused(
    gitea: PretendGitea, forge: GiteaForge, dana: Person
) -> None:
    gitea.add_to_milestone(gitea.open_issue("Login", [], dana), "v1.0", dana)
    gitea.phases.append(Phase(gitea.next_id(), "v1.0", is_open=False))
    with pytest.raises(ForgeError, match="2 milestones") as caught:
        forge.read_milestone(gitea.repository, "v1.0")
    assert caught.value.permanent
    assert not isinstance(caught.value, ForgeNotFound)


def test_a_milestone_is_not_taken_for_one_that_is_called_like_its_id(
    gitea: PretendGitea, forge: GiteaForge, dana: Person
) -> None:
    number, other = gitea.open_issue("Login", [], dana), gitea.open_issue("Pay", [], dana)
    gitea.add_to_milestone(number, "v1.0", dana)
    gitea.add_to_milestone(other, str(gitea.phases[0].id), dana)
    assert [issue.number for issue in forge.read_milestone(gitea.repository, "v1.0").issues] == [number]


def test_milestones_beyond_the_first_page_are_found(
    gitea: PretendGitea, forge: GiteaForge, dana: Person
) -> None:
    gitea.largest_page = 2
    numbers = [gitea.open_issue(f"Case {i}", [], dana) for i in range(5)]
    for number in numbers:
        gitea.add_to_milestone(number, f"v{number}", dana)
    found = forge.read_milestone(gitea.repository, f"v{numbers[-1]}")
    assert [issue.number for issue in found.issues] == [numbers[-1]]


def test_lists_name_no_closers(gitea: PretendGitea, forge: GiteaForge, dana: Person) -> None:
    number = gitea.open_issue("Login", [LABEL], dana)
    gitea.close(number, dana)
    (changed,) = forge.list_changed(gitea.repository, "2020-01-01T00:00:00Z")
    (listed,) = forge.list_issues(gitea.repository, LABEL)
    assert (changed.closed_by, listed.closed_by) == (None, None)
    assert not [path for _, path in gitea.requests() if path.endswith("/timeline")]


def test_a_push_under_the_owners_name_is_not_vouched_for(
    gitea: PretendGitea, forge: GiteaForge, dana: Person
) -> None:
    gitea.owner_id = int(dana.id)
    number = gitea.open_issue("Login", [LABEL], dana)
    sha = gitea.close_by_commit(number, author=dana, pusher=dana)
    entry = forge.read_history(gitea.repository, number)[-1]
    assert (entry.by, entry.via, entry.is_vouched) == (dana, f"commit {sha[:7]}", False)


def test_a_former_name_leads_to_the_repository(gitea: PretendGitea, forge: GiteaForge, dana: Person) -> None:
    number = gitea.open_issue("Login", [LABEL], dana)
    gitea.rename_repository("acme/shop")
    by_old_name, present = Repository("", "acme/storefront"), Repository("7401", "acme/shop")
    assert forge.read_repository(by_old_name) == present
    assert forge.read_issue(by_old_name, number).repository == present
    forge.write_comment(by_old_name, number, MARKER, f"Billed {MARKER}")
    assert len(gitea.comments(number)) == 1


def test_a_renamed_repository_is_found_by_its_id(
    gitea: PretendGitea, forge: GiteaForge, dana: Person
) -> None:
    number = gitea.open_issue("Login", [LABEL], dana)
    former = gitea.repository
    gitea.rename_repository("acme/shop")
    assert forge.read_issue(former, number).repository == Repository(former.id, "acme/shop")
    forge.write_comment(former, number, MARKER, f"Billed {MARKER}")
    assert len(gitea.comments(number)) == 1


def test_a_repository_made_anew_under_the_old_name_is_not_taken_for_it(
    gitea: PretendGitea, forge: GiteaForge, dana: Person
) -> None:
    gitea.open_issue("Login", [LABEL], dana)
    for ask in (forge.read_issue, forge.read_history):
        with pytest.raises(ForgeNotFound):
            ask(Repository("999", gitea.full_name), 1)
    with pytest.raises(ForgeNotFound):
        forge.write_comment(Repository("999", gitea.full_name), 1, MARKER, MARKER)
    assert gitea.comments(1) == []
