"""Commits and pull requests at the pretend GitHub, and what their keywords close."""

from __future__ import annotations

import pytest
from github.GithubException import GithubException
from github.InputGitAuthor import InputGitAuthor
from github.Repository import Repository

from app.sandbox.forge import SandboxForge
from tests.sandbox.forge_people import STOREFRONT, as_


def branch(repository: Repository, name: str, base: str = "main") -> None:
    repository.create_git_ref(f"refs/heads/{name}", repository.get_git_ref(f"heads/{base}").object.sha)


def commit(repository: Repository, message: str, name: str = "main") -> str:
    made = repository.create_file("notes.txt", message, "text", branch=name)
    return str(made["commit"].sha)


def test_a_pull_request_is_opened_merged_and_told_with_its_merger(sandbox: SandboxForge) -> None:
    dana, olga = as_(sandbox, "dana"), as_(sandbox, "olga")
    issue = dana.create_issue("Login")
    branch(dana, "mend")
    sha = commit(dana, "Mend it", "mend")
    pull = dana.create_pull("main", "mend", title="Mend", body=f"This resolves #{issue.number}.")
    assert (pull.number, pull.merged, pull.head.sha) == (2, False, sha)
    assert [one.number for one in dana.get_pulls(state="open")] == [2]
    assert dana.get_issue(1).state == "open"

    assert olga.get_pull(2).merge().merged
    merged = dana.get_pull(2)
    assert merged.merged
    assert merged.merged_by is not None
    assert (merged.merged_by.login, merged.state) == ("olga", "closed")
    found = dana.get_issue(1)
    assert found.closed_by is not None
    assert (found.state, found.state_reason, found.closed_by.login) == ("closed", "completed", "olga")
    assert [(one.event, one.actor.login) for one in found.get_events()] == [("closed", "olga")]
    assert [one.raw_data["commit_id"] for one in found.get_events()] == [None]
    for each in (sha, merged.merge_commit_sha):
        assert [one.number for one in dana.get_commit(each or "").get_pulls()] == [2]
    timeline = [(one.event, one.source.issue.number if one.source else None) for one in found.get_timeline()]
    assert timeline == [("cross-referenced", 2), ("closed", None)]


@pytest.mark.parametrize(
    ("text", "is_closed"),
    [
        ("close #1", True),
        ("Closes: #1", True),
        ("it FIXED #1 at last", True),
        (f"resolves {STOREFRONT}#1", True),
        ("closes acme/other#1", False),
        ("closes #12", False),
        ("closing #1", False),
        ("#1", False),
        ("discloses #1", False),
        ("closes 1", False),
    ],
)
def test_only_githubs_keywords_close(sandbox: SandboxForge, text: str, is_closed: bool) -> None:
    repository = as_(sandbox, "dana")
    repository.create_issue("Login")
    commit(repository, text)
    assert (repository.get_issue(1).state == "closed") == is_closed


def test_a_pushed_commit_closes_in_the_name_that_it_carries(sandbox: SandboxForge) -> None:
    repository = as_(sandbox, "dana")
    repository.create_issue("Login")
    somebody = InputGitAuthor("Olga", "1001+olga@users.noreply.github.com")
    made = repository.create_file("x.txt", "Fixes #1", "text", committer=somebody, author=somebody)
    found = repository.get_issue(1)
    assert found.closed_by is not None
    assert found.closed_by.login == "olga"  # who pushed nothing
    closing = [(one.event, one.actor.login, one.commit_id) for one in found.get_events()]
    sha = made["commit"].sha
    assert closing == [("referenced", "olga", sha), ("closed", "olga", sha)]
    assert list(repository.get_commit(sha).get_pulls()) == []


def test_keywords_count_on_the_default_branch_only(sandbox: SandboxForge) -> None:
    repository = as_(sandbox, "dana")
    repository.create_issue("Login")
    for name in ("next", "mend"):
        branch(repository, name)
    commit(repository, "Fixes #1", "mend")
    pull = repository.create_pull("next", "mend", title="Mend", body="Closes #1")
    pull.merge()
    assert repository.get_issue(1).state == "open"
    repository.create_pull("main", "next", title="Release").merge()
    assert repository.get_issue(1).state == "closed"


def test_what_can_not_be_merged_is_refused(sandbox: SandboxForge) -> None:
    repository = as_(sandbox, "dana")
    branch(repository, "mend")
    with pytest.raises(GithubException, match="No commits between"):
        repository.create_pull("main", "mend", title="Empty")
    with pytest.raises(GithubException) as caught:
        repository.create_pull("main", "nowhere", title="Nothing")
    assert caught.value.status == 422
    commit(repository, "Mend it", "mend")
    pull = repository.create_pull("main", "mend", title="Mend")
    for login, status in (("tara", 403), ("carl", 403)):
        with pytest.raises(GithubException) as caught:
            as_(sandbox, login).get_pull(pull.number).merge()
        assert caught.value.status == status
    with pytest.raises(GithubException) as caught:
        pull.merge(sha="0" * 40)
    assert caught.value.status == 409
    pull.merge()
    with pytest.raises(GithubException) as caught:
        pull.merge()
    assert caught.value.status == 405


@pytest.mark.parametrize("login", ["tara", "carl"])
def test_only_writers_push(sandbox: SandboxForge, login: str) -> None:
    with pytest.raises(GithubException) as caught:
        commit(as_(sandbox, login), "Fixes #1")
    assert caught.value.status == 403


def test_a_commit_that_is_not_there_is_refused_by_its_hash(sandbox: SandboxForge) -> None:
    repository = as_(sandbox, "dana")
    path = f"{repository.url}/commits/{'0' * 40}/pulls"
    with pytest.raises(GithubException, match="No commit found for SHA") as caught:
        repository.requester.requestJsonAndCheck("GET", path)
    assert caught.value.status == 422


def test_a_closed_pull_request_closes_nothing(sandbox: SandboxForge) -> None:
    repository = as_(sandbox, "dana")
    repository.create_issue("Login")
    number = sandbox.open_pull_request(STOREFRONT, "Mend", "carl", "Closes #1")
    repository.get_issue(number).edit(state="closed")
    assert repository.get_issue(1).state == "open"
    assert not repository.get_pull(number).merged
