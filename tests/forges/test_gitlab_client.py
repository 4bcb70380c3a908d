"""What only GitLab's client must know: kinds of issues, levels of access, commands in comments."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.errors import ForgeError, ForgeNotFound
from app.events import IssueKind, Person, Repository, Role
from app.forges.gitlab.client import GitLabForge
from tests.fakes.door import serving
from tests.fakes.gitlab import PretendGitLab
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


@pytest.mark.parametrize("suffix", ["", "/", "/api/v4", "/api/v4/"])
def test_the_api_url_may_end_in_the_apis_path_or_not(
    gitlab: PretendGitLab, dana: Person, suffix: str
) -> None:
    number = gitlab.open_issue("Login", [LABEL], dana)
    found = GitLabForge(gitlab.token, gitlab.api_url + suffix).read_issue(gitlab.repository, number)
    assert found.number == number


@pytest.mark.parametrize("kind", ["issue", "incident", "task", "other"])
def test_incidents_tasks_and_test_cases_are_told_from_issues(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person, kind: IssueKind
) -> None:
    number = gitlab.open_issue("Login", [LABEL], dana, kind)
    assert forge.read_issue(gitlab.repository, number).kind == kind
    assert [issue.kind for issue in forge.list_issues(gitlab.repository, LABEL)] == [kind]


def test_a_merge_request_is_not_read_as_an_issue(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person
) -> None:
    number = gitlab.open_issue("Change", [LABEL], dana, "pull_request")
    with pytest.raises(ForgeNotFound):
        forge.read_issue(gitlab.repository, number)


def test_labels_are_known_by_id_on_issues(gitlab: PretendGitLab, forge: GitLabForge, dana: Person) -> None:
    number = gitlab.open_issue("Login", [LABEL], dana)
    labels = forge.read_issue(gitlab.repository, number).labels
    assert [label.name for label in labels] == [LABEL]
    assert labels[0].id.isdecimal()


@pytest.mark.parametrize("word", ["None", "Any"])
def test_a_label_named_like_gitlabs_wildcards_is_still_one_label(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person, word: str
) -> None:
    gitlab.open_issue("Without", [], dana)
    gitlab.open_issue("With another", [LABEL], dana)
    assert forge.list_issues(gitlab.repository, word) == []


@pytest.mark.parametrize(
    ("level", "role"),
    [
        (0, "none"),
        (5, "none"),
        (10, "read"),
        (15, "triage"),
        (20, "triage"),
        (25, "triage"),
        (30, "write"),
        (40, "maintain"),
        (50, "admin"),
    ],
)
def test_access_levels_are_roles_by_who_may_label_and_close(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person, level: int, role: Role
) -> None:
    gitlab.levels[int(dana.id)] = level
    assert forge.read_role(gitlab.repository, dana) == role


@pytest.mark.parametrize(
    ("expires_at", "role"),
    [(None, "write"), ("2999-12-31", "write"), ("2020-01-01", "none"), ("2020-01-01T00:00:00Z", "none")],
)
def test_an_expired_membership_is_none(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person, expires_at: str | None, role: Role
) -> None:
    gitlab.account(dana).expires_at = expires_at
    assert forge.read_role(gitlab.repository, dana) == role


@pytest.mark.parametrize("state", ["blocked", "deactivated", "banned", "ldap_blocked"])
def test_an_account_that_may_not_sign_in_has_no_role(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person, state: str
) -> None:
    gitlab.account(dana).state = state
    assert forge.read_role(gitlab.repository, dana) == "none"


def test_a_person_known_by_login_only_is_looked_up_to_the_letter(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person
) -> None:
    assert forge.read_role(gitlab.repository, Person(id="", login="dana")) == "write"
    assert forge.read_role(gitlab.repository, Person(id="", login="Dana")) == "none"
    assert forge.read_role(gitlab.repository, Person(id="", login="nobody")) == "none"


def test_a_role_in_a_project_that_we_may_not_see_is_unknown_not_none(
    forge: GitLabForge, gitlab: PretendGitLab, dana: Person
) -> None:
    with pytest.raises(ForgeNotFound):
        forge.read_role(Repository("999", "acme/elsewhere"), dana)


def test_a_closer_that_is_a_bot_is_known_as_one(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person
) -> None:
    number = gitlab.open_issue("Login", [LABEL], dana)
    gitlab.close(number, gitlab.bot)
    closer = forge.read_issue(gitlab.repository, number).closed_by
    assert closer == gitlab.bot
    assert closer is not None
    assert closer.is_bot


def test_accounts_are_asked_about_once_not_for_every_issue(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person
) -> None:
    for number in [gitlab.open_issue(f"Case {i}", [LABEL], dana) for i in range(5)]:
        gitlab.close(number, dana)
        assert forge.read_issue(gitlab.repository, number).closed_by == dana
    assert gitlab.requests().count(("GET", f"/api/v4/users/{dana.id}")) == 1


def test_a_closer_whose_account_is_gone_is_still_named(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person
) -> None:
    number = gitlab.open_issue("Login", [LABEL], dana)
    gitlab.close(number, dana)
    del gitlab.people[int(dana.id)]
    assert forge.read_issue(gitlab.repository, number).closed_by == dana


def test_a_label_that_was_deleted_has_no_name_in_the_history_any_more(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person
) -> None:
    number = gitlab.open_issue("Login", ["gone", LABEL], dana)
    gitlab.delete_label("gone")
    history = forge.read_history(gitlab.repository, number)
    assert [entry.name for entry in history if entry.kind == "labeled"] == ["", LABEL]


def test_a_line_that_gitlab_would_carry_out_as_a_command_stays_text(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person
) -> None:
    number = gitlab.open_issue("Login", [LABEL], dana)
    text = f"Billed for:\n/close\n{MARKER}"
    first = forge.write_comment(gitlab.repository, number, MARKER, text)
    assert forge.read_issue(gitlab.repository, number).is_open
    assert gitlab.comments(number) == [(gitlab.bot.login, f"Billed for:\n\\/close\n{MARKER}")]
    assert forge.write_comment(gitlab.repository, number, MARKER, text) == first
    assert not [method for method, _ in gitlab.requests() if method == "PUT"]


def test_a_note_that_gitlab_wrote_in_our_name_is_not_our_comment(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person
) -> None:
    number = gitlab.open_issue("Login", [LABEL], dana)
    gitlab.write(gitlab.tickets[number], gitlab.robot, f"changed the description {MARKER}", is_system=True)
    forge.write_comment(gitlab.repository, number, MARKER, f"Billed {MARKER}")
    assert gitlab.comments(number) == [(gitlab.bot.login, f"Billed {MARKER}")]


def test_a_comment_that_ends_in_blanks_is_not_edited_for_ever(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person
) -> None:
    number = gitlab.open_issue("Login", [LABEL], dana)
    for _ in range(2):
        forge.write_comment(gitlab.repository, number, MARKER, f"Billed {MARKER}\n\n")
    assert [method for method, _ in gitlab.requests() if method != "GET"] == ["POST"]


def test_lists_of_any_page_size_are_read_to_their_end(
    gitlab: PretendGitLab, forge: GitLabForge, dana: Person
) -> None:
    gitlab.largest_page = 2
    numbers = [gitlab.open_issue(f"Case {i}", [LABEL], dana) for i in range(5)]
    for i in range(5):
        gitlab.label(numbers[0], f"extra {i}", dana)
    assert [issue.number for issue in forge.list_issues(gitlab.repository, LABEL)] == numbers
    assert len(forge.read_history(gitlab.repository, numbers[0])) == 6


def test_a_server_that_is_no_gitlab_is_told_to_the_operator(gitlab: PretendGitLab, dana: Person) -> None:
    gitlab.app.add_url_rule("/web/<path:_>", "web", lambda _: "<html>Sign in</html>")
    with pytest.raises(ForgeError, match="api_url") as caught:
        GitLabForge(gitlab.token, f"{gitlab.api_url}/web").read_issue(gitlab.repository, 1)
    assert caught.value.permanent


def test_a_server_that_sends_us_in_circles_is_told_to_the_operator(gitlab: PretendGitLab) -> None:
    gitlab.app.add_url_rule("/web/<path:_>", "web", lambda _: ("", 302, {"Location": "/web/again"}))
    with pytest.raises(ForgeError, match="api_url"):
        GitLabForge(gitlab.token, f"{gitlab.api_url}/web").read_issue(gitlab.repository, 1)
