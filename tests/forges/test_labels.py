"""What only one forge says of its labels: how they are coloured, whose they are, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.errors import ForgeError, ForgeNotFound
from app.events import Label, Repository
from app.forges.base import Forge
from app.forges.colors import hex_digits
from app.forges.gitea.client import GiteaForge
from app.forges.github.client import by_token
from app.forges.gitlab.client import GitLabForge
from tests.fakes.door import serving
from tests.fakes.gitea import PretendGitea
from tests.fakes.gitlab import PretendGitLab
from tests.forges.github_driver import GitHubDriver, github_driver
from tests.forges.suite import LABEL

WANTED = Label("", LABEL, "1d76db", "Milestone 3 of 4")


@pytest.fixture
def github() -> Iterator[GitHubDriver]:
    with github_driver() as driver:
        yield driver


@pytest.fixture
def gitlab() -> Iterator[PretendGitLab]:
    yield from serving(PretendGitLab("token"))


@pytest.fixture
def gitea() -> Iterator[PretendGitea]:
    yield from serving(PretendGitea("secret"))


def _client(pretend: PretendGitLab | PretendGitea) -> Forge:
    kind = GitLabForge if isinstance(pretend, PretendGitLab) else GiteaForge
    return kind(pretend.token, pretend.api_url)


@pytest.mark.parametrize(
    ("written", "digits"), [("#1D76DB", "1d76db"), ("1d76db", "1d76db"), ("#F0a", "ff00aa"), ("", "")]
)
def test_colours_of_all_forges_are_the_same_six_digits(written: str, digits: str) -> None:
    assert hex_digits(written) == digits


@pytest.mark.parametrize("name", [LABEL, LABEL.upper()])
def test_github_says_that_the_name_is_taken_in_whatever_case(github: GitHubDriver, name: str) -> None:
    forge = by_token(github.token, github.api_url)
    forge.create_label(github.repository, WANTED)
    with pytest.raises(ForgeError, match="name: already_exists") as caught:
        forge.create_label(github.repository, Label("", name, "ffffff"))
    assert caught.value.permanent
    assert [label.name for label in forge.list_labels(github.repository)] == [LABEL]


def test_github_says_which_text_is_too_long(github: GitHubDriver) -> None:
    forge = by_token(github.token, github.api_url)
    with pytest.raises(ForgeError, match="description is too long"):
        forge.create_label(github.repository, Label("", LABEL, "ffffff", "x" * 101))
    with pytest.raises(ForgeError, match="name is too long"):
        forge.create_label(github.repository, Label("", "x" * 51, "ffffff"))
    assert forge.list_labels(github.repository) == []


def test_gitlabs_labels_of_the_group_are_shared_taken_and_not_ours_to_mend(gitlab: PretendGitLab) -> None:
    forge = GitLabForge(gitlab.token, gitlab.api_url)
    gitlab.tag(LABEL).is_shared = True
    (shared,) = forge.list_labels(gitlab.repository)
    assert shared.is_shared
    with pytest.raises(ForgeError, match="already exists"):
        forge.create_label(gitlab.repository, WANTED)
    with pytest.raises(ForgeNotFound):
        forge.edit_label(gitlab.repository, shared)
    assert gitlab.tags[LABEL].color == "0033cc"


@pytest.mark.parametrize("kind", ["gitlab", "gitea"])
def test_a_label_is_mended_by_its_id_though_another_is_called_like_that(
    gitlab: PretendGitLab, gitea: PretendGitea, kind: str
) -> None:
    pretend = gitlab if kind == "gitlab" else gitea
    forge = _client(pretend)
    first = forge.create_label(pretend.repository, WANTED)
    forge.create_label(pretend.repository, Label("", first.id, "ffffff", "Another"))
    forge.edit_label(pretend.repository, Label(first.id, LABEL, "000000", "Mended"))
    shown = {label.name: (label.color, label.description) for label in forge.list_labels(pretend.repository)}
    assert shown == {LABEL: ("000000", "Mended"), first.id: ("ffffff", "Another")}


@pytest.mark.parametrize("kind", ["gitlab", "gitea"])
def test_where_cases_tell_labels_apart_both_can_be_there(
    gitlab: PretendGitLab, gitea: PretendGitea, kind: str
) -> None:
    pretend = gitlab if kind == "gitlab" else gitea
    forge = _client(pretend)
    ids = {forge.create_label(pretend.repository, Label("", name, "ffffff")).id for name in ("uat", "UAT")}
    assert len(ids) == 2


def test_giteas_labels_of_the_organisation_are_shared_taken_and_not_ours_to_mend(gitea: PretendGitea) -> None:
    forge = GiteaForge(gitea.token, gitea.api_url)
    gitea.tag(LABEL).is_shared = True
    (shared,) = forge.list_labels(gitea.repository)
    assert shared.is_shared
    with pytest.raises(ForgeError, match="of this name already"):
        forge.create_label(gitea.repository, WANTED)
    with pytest.raises(ForgeNotFound):
        forge.edit_label(gitea.repository, shared)
    assert (len(gitea.tags), gitea.tags[LABEL].color) == (1, "0033cc")


@pytest.mark.parametrize("color", ["red", "#12345", ""])
def test_a_colour_that_is_none_is_refused_by_every_forge(
    github: GitHubDriver, gitlab: PretendGitLab, gitea: PretendGitea, color: str
) -> None:
    """GitHub takes nothing for its default."""
    forges: list[tuple[Forge, Repository]] = [
        (_client(gitlab), gitlab.repository),
        (_client(gitea), gitea.repository),
        *([(by_token(github.token, github.api_url), github.repository)] if color else []),
    ]
    for forge, repository in forges:
        with pytest.raises(ForgeError) as caught:
            forge.create_label(repository, Label("", LABEL, color))
        assert caught.value.permanent
        assert forge.list_labels(repository) == []
