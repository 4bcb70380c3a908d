"""The contract file in a repository: what comes into force, and what does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from app.configuration.kept import KeptSource, allow, forget, read_kept
from app.configured import Configured
from app.db import Database
from app.errors import CloseoutError
from app.events import PullRequestChanged, Pushed, Repository
from app.milestones.book import Book
from app.milestones.problems import ConfigurationInvalid
from app.settings import Settings
from tests.configuration.scene import BAD, CONTRACTS, DEARER, GOOD, PLACE, Scene, scene

CONTRACT = "con_7732_alpha"


@pytest.fixture
def stage(sqlite_db: Database) -> Iterator[Scene]:
    with scene(sqlite_db) as stage:
        yield stage


def total(book: Book) -> int:
    return book.current.contracts[CONTRACT].total_minor


def test_what_is_at_the_branchs_head_comes_into_force_on_every_server(db: Database) -> None:
    with scene(db) as stage:
        first = stage.look()
        other = Book(KeptSource(db, PLACE))
        assert "is in force" in first
        assert (total(stage.book), total(other)) == (3_000_000, 3_000_000)
        commit = stage.push(DEARER)
        stage.look()
        other.refresh()
        for book in (stage.book, other):
            assert (total(book), book.current.commit, book.problem) == (4_000_000, commit, None)
            assert book.current.contracts[CONTRACT].commit == commit


def test_the_server_that_takes_a_commit_decides_by_it_at_once(stage: Scene) -> None:
    names = {
        "CONFIG": str(PLACE),
        "DATABASE_URL": stage.db.url,
        "GITHUB_TOKEN": "token-of-olga",
        "GITHUB_API_URL": stage.sandbox.url,
        "GITHUB_WEBHOOK_SECRET": "a-secret-that-is-long",
        "PLATFORM_SECRET": "whsec_" + "c2VjcmV0" * 4,
    }
    settings = Settings.load({f"CLOSEOUT_{name}": value for name, value in names.items()})
    configured = Configured.of(settings, stage.db)
    commit = stage.push(DEARER)
    assert configured.fetcher is not None
    configured.fetcher.fetch()
    assert (total(configured.book), configured.book.current.commit) == (4_000_000, commit)


def test_the_commit_changes_neither_the_contract_nor_its_snapshot(stage: Scene) -> None:
    stage.look()
    before = stage.book.current.contracts[CONTRACT]
    stage.push("Contracts of acme", "README.md")
    stage.look()
    after = stage.book.current.contracts[CONTRACT]
    assert before.commit != after.commit
    assert (before, before.snapshot()) == (after, after.snapshot())


def test_a_bad_file_says_where_and_replaces_nothing(stage: Scene) -> None:
    stage.look()
    good = stage.book.current.commit
    bad = stage.push(BAD)
    stage.look()
    stage.look()
    assert (total(stage.book), stage.book.current.commit) == (3_000_000, good)
    line = next(number for number, text in enumerate(BAD.splitlines(), 1) if "dollars" in text)
    assert f"github:{CONTRACTS}@{bad[:12]}:closeout.yml:{line}:" in str(stage.book.problem)
    assert f"commit {good[:12]} stays in force" in str(stage.book.problem)
    stage.push(GOOD)
    stage.look()
    assert stage.book.problem is None


LINK, SUBMODULE = "120000", "160000"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda stage: stage.push("elsewhere.yml", mode=LINK), "a symbolic link"),
        (lambda stage: stage.push("1" * 40, mode=SUBMODULE), "a submodule"),
        (lambda stage: (stage.push(None), stage.push("x", "closeout.yml/inside.yml")), "a folder"),
        (lambda stage: stage.push(None), "there is no closeout.yml"),
        (lambda stage: stage.push("total: 1\x00"), "U+0000"),
        (lambda stage: stage.sandbox.git.delete_branch(CONTRACTS, "main"), "no such branch"),
        (lambda stage: stage.sandbox.apps.suspend(stage.installation), "suspended"),
        (lambda stage: stage.sandbox.apps.uninstall(stage.installation), "not installed there"),
        (
            lambda stage: stage.sandbox.apps.grant(stage.installation, {"metadata": "read"}),
            "does not allow the GitHub App to read contents",
        ),
        (lambda stage: stage.sandbox.fail_next("500", 9), "GitHub failed with 500"),
    ],
    ids=["link", "submodule", "folder", "removed", "nul", "branch", "suspended", "gone", "rights", "500"],
)
def test_what_can_not_be_read_leaves_what_is_in_force_and_says_why(
    stage: Scene, spoil: Callable[[Scene], object], said: str
) -> None:
    stage.look()
    before = stage.book.current
    spoil(stage)
    stage.look()
    assert stage.book.current is before
    assert said in str(stage.book.problem)
    assert f"{before.commit[:12]} stays in force" in str(stage.book.problem)


def test_an_app_that_may_not_read_contents_says_what_it_needs(sqlite_db: Database) -> None:
    with scene(sqlite_db) as stage:
        stage.sandbox.apps.grant(stage.installation, {"issues": "write", "metadata": "read"})
        stage.look()
        assert "does not allow the GitHub App to read contents" in str(stage.book.problem)
        assert "Grant it" in str(stage.book.problem)
        assert "nothing is under contract" in str(stage.book.problem)


def test_a_server_starts_with_what_is_kept_while_github_is_away(stage: Scene) -> None:
    stage.look()
    stage.sandbox.fail_next("500", 50)
    again = Book(KeptSource(stage.db, PLACE))
    assert total(again) == 3_000_000
    stage.fetcher.fetch()
    again.refresh()
    assert "GitHub failed with 500" in str(again.problem)
    assert "stays in force, read" in str(again.problem)


def test_without_anything_kept_there_is_no_configuration_and_no_guess(stage: Scene) -> None:
    with pytest.raises(ConfigurationInvalid, match="nothing was read from"):
        Book(KeptSource(stage.db, PLACE))


def test_a_renamed_repository_is_followed_and_one_made_anew_is_refused(stage: Scene) -> None:
    stage.look()
    repository = stage.sandbox.state.repositories[CONTRACTS]
    with stage.sandbox.state.lock:
        stage.sandbox.state.rename_repository(repository, "acme/agreements")
    commit = stage.sandbox.git.push("acme/agreements", {"closeout.yml": DEARER})
    stage.look()
    assert stage.book.current.commit == commit
    stage.sandbox.add_repository(CONTRACTS)
    stage.sandbox.set_role(CONTRACTS, "olga", "admin")
    stage.sandbox.git.push(CONTRACTS, {"closeout.yml": GOOD})
    with stage.sandbox.state.lock:
        stage.sandbox.state.remove_repository(repository)
    stage.look()
    assert "it is another repository now" in str(stage.book.problem)
    assert stage.book.current.commit == commit
    forget(stage.db, PLACE)
    stage.look()
    assert "was rewritten" in str(stage.book.problem)


def test_a_branch_that_was_rewritten_is_taken_only_when_a_person_says_so(stage: Scene) -> None:
    stage.look()
    first = stage.book.current.commit
    second = stage.push(DEARER)
    stage.look()
    stage.sandbox.git.force_push(CONTRACTS, first)
    stage.look()
    assert (total(stage.book), stage.book.current.commit) == (4_000_000, second)
    assert "was rewritten" in str(stage.book.problem)
    assert f"closeout configuration allow {first}" in str(stage.book.problem)
    with pytest.raises(CloseoutError, match="is not what"):
        allow(stage.db, PLACE, second)
    allow(stage.db, PLACE, first)
    stage.look()
    assert (total(stage.book), stage.book.current.commit, stage.book.problem) == (3_000_000, first, None)


def test_a_push_only_says_that_it_is_time_to_look(stage: Scene) -> None:
    stage.look()
    known = Repository(read_kept(stage.db, PLACE).repository_id, CONTRACTS)
    pushed = Pushed("push", known, "refs/heads/main")
    before = stage.book.current
    assert stage.events.take(pushed, "github").startswith("nothing is new")
    stage.book.refresh()
    assert stage.book.current is before
    commit = stage.push(DEARER)
    assert commit[:12] in stage.events.take(pushed, "github")
    stage.book.refresh()
    assert stage.book.current.commit == commit


@pytest.mark.parametrize(
    ("connection", "repository", "ref"),
    [
        ("other", "", "refs/heads/main"),
        ("github", "7", "refs/heads/main"),
        ("github", "", "refs/heads/else"),
        ("github", "", "refs/tags/main"),
    ],
)
def test_pushes_elsewhere_are_none_of_its_business(
    stage: Scene, connection: str, repository: str, ref: str
) -> None:
    stage.look()
    known = Repository(repository or read_kept(stage.db, PLACE).repository_id, CONTRACTS)
    assert stage.events.take(Pushed("push", known, ref), connection) == ""
    other = PullRequestChanged("pull_request", "opened", replace(known, id="7"), 1)
    assert stage.events.take(other, "github") == ""


def test_the_tokens_for_the_file_may_read_it_and_no_more_than_comment(stage: Scene) -> None:
    stage.look()
    opened = [grant.permissions for grant in stage.sandbox.state.apps.grants.values()]
    assert opened
    for one in opened:
        assert one == {"contents": "read", "metadata": "read", "pull_requests": "write"}


def test_a_file_in_a_folder_is_found(sqlite_db: Database) -> None:
    with scene(sqlite_db, replace(PLACE, path="money/now/closeout.yml")) as stage:
        commit = stage.push(GOOD, "money/now/closeout.yml")
        stage.look()
        assert stage.book.current.commit == commit
