"""What only Gitea's client must know: what its lists leave out, and who may ask for whose permission."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.errors import ForgeError, ForgeNotFound, SettingsError
from app.events import Person, Repository
from app.forges.gitea.client import GiteaForge
from tests.fakes.door import serving
from tests.fakes.gitea import PretendGitea
from tests.forges.suite import LABEL


@pytest.fixture
def gitea() -> Iterator[PretendGitea]:
    yield from serving(PretendGitea("secret"))


@pytest.fixture
def forge(gitea: PretendGitea) -> GiteaForge:
    return GiteaForge(gitea.token, gitea.api_url, timeout_s=5)


@pytest.fixture
def dana(gitea: PretendGitea) -> Person:
    return gitea.add_person("dana", "write")


def test_a_connection_without_an_address_is_refused_at_once() -> None:
    with pytest.raises(SettingsError, match="api_url"):
        GiteaForge("token", "")


@pytest.mark.parametrize("suffix", ["", "/", "/api/v1", "/api/v1/"])
def test_the_api_url_may_end_in_the_apis_path_or_not(gitea: PretendGitea, dana: Person, suffix: str) -> None:
    number = gitea.open_issue("Login", [LABEL], dana)
    found = GiteaForge(gitea.token, gitea.api_url + suffix).read_issue(gitea.repository, number)
    assert found.number == number


def test_times_are_told_in_utc_whatever_the_servers_zone(
    gitea: PretendGitea, forge: GiteaForge, dana: Person
) -> None:
    number = gitea.open_issue("Login", [LABEL], dana)
    gitea.close(number, dana)
    closed_at = gitea.tickets[number].closed_at
    assert closed_at is not None
    assert forge.read_issue(gitea.repository, number).closed_at == closed_at.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_pull_request_is_read_as_what_it_is(gitea: PretendGitea, forge: GiteaForge, dana: Person) -> None:
    number = gitea.open_issue("Change", [LABEL], dana, "pull_request")
    assert forge.read_issue(gitea.repository, number).kind == "pull_request"


def test_the_last_of_several_closers_is_the_closer(
    gitea: PretendGitea, forge: GiteaForge, dana: Person
) -> None:
    lena = gitea.add_person("lena", "admin")
    number = gitea.open_issue("Login", [LABEL], dana)
    gitea.close(number, dana)
    gitea.reopen(number, dana)
    gitea.close(number, lena)
    assert forge.read_issue(gitea.repository, number).closed_by == lena


def test_no_closer_is_named_when_the_history_does_not_show_this_closing(
    gitea: PretendGitea, forge: GiteaForge, dana: Person
) -> None:
    number = gitea.open_issue("Login", [LABEL], dana)
    gitea.close(number, dana)
    gitea.reopen(number, dana)
    for _ in range(70):  # a second each
        gitea.now()
    gitea.close(number, gitea.add_person("mallory", "read"))
    gitea.hides = {gitea.tickets[number].history[-1].id, gitea.tickets[number].history[-2].id}
    issue = forge.read_issue(gitea.repository, number)
    assert (issue.is_open, issue.closed_by) == (False, None)


def test_whoever_reopened_it_is_not_named_as_the_closer(
    gitea: PretendGitea, forge: GiteaForge, dana: Person
) -> None:
    number = gitea.open_issue("Login", [LABEL], dana)
    gitea.close(number, dana)
    gitea.reopen(number, dana)
    gitea.close(number, gitea.add_person("mallory", "read"))
    gitea.hides = {gitea.tickets[number].history[-1].id}
    assert forge.read_issue(gitea.repository, number).closed_by is None


def test_a_label_with_a_comma_is_not_taken_for_the_labels_around_the_comma(
    gitea: PretendGitea, forge: GiteaForge, dana: Person
) -> None:
    gitea.open_issue("Half", ["phase 1"], dana)
    number = gitea.open_issue("Whole", ["phase 1,uat"], dana)
    assert [issue.number for issue in forge.list_issues(gitea.repository, "phase 1,uat")] == [number]


def test_a_label_that_no_issue_carries_does_not_cost_a_reading_of_all_issues(
    gitea: PretendGitea, forge: GiteaForge, dana: Person
) -> None:
    gitea.largest_page = 2
    gitea.unlabel(gitea.open_issue("Login", [LABEL], dana), LABEL, dana)
    for i in range(20):
        gitea.open_issue(f"Other {i}", [], dana)
    assert forge.list_issues(gitea.repository, LABEL) == []
    assert len(gitea.requests()) == 3


def test_an_issue_that_gitea_fails_to_read_is_not_taken_for_absent(
    gitea: PretendGitea, forge: GiteaForge, dana: Person
) -> None:
    whole = gitea.open_issue("Login", [LABEL], dana)
    broken = gitea.open_issue("Pay", [LABEL], dana)
    gitea.breaks_issue = broken
    assert forge.read_issue(gitea.repository, whole).number == whole
    for ask in (
        lambda: forge.read_issue(gitea.repository, broken),
        lambda: forge.list_issues(gitea.repository, LABEL),
    ):
        with pytest.raises(ForgeError) as caught:
            ask()
        assert not caught.value.permanent
        assert not isinstance(caught.value, ForgeNotFound)


def test_lists_of_any_page_size_are_read_to_their_end(
    gitea: PretendGitea, forge: GiteaForge, dana: Person
) -> None:
    gitea.largest_page = 2
    numbers = [gitea.open_issue(f"Case {i}", [LABEL], dana) for i in range(5)]
    for i in range(60):
        gitea.label(numbers[0], f"extra {i}", dana)
    assert [issue.number for issue in forge.list_issues(gitea.repository, LABEL)] == numbers
    assert len(forge.read_history(gitea.repository, numbers[0])) == 61


def test_a_label_that_was_deleted_has_no_name_in_the_history_any_more(
    gitea: PretendGitea, forge: GiteaForge, dana: Person
) -> None:
    number = gitea.open_issue("Login", ["gone", LABEL], dana)
    gitea.delete_label("gone")
    history = forge.read_history(gitea.repository, number)
    assert [entry.name for entry in history if entry.kind == "labeled"] == ["", LABEL]


def test_the_owner_is_an_administrator(gitea: PretendGitea, forge: GiteaForge, dana: Person) -> None:
    gitea.owners.add(int(dana.id))
    assert forge.read_role(gitea.repository, dana) == "admin"


def test_an_account_that_may_not_sign_in_has_no_role(
    gitea: PretendGitea, forge: GiteaForge, dana: Person
) -> None:
    gitea.account(dana).state = "barred"
    assert forge.read_role(gitea.repository, dana) == "none"


def test_a_person_that_is_not_there_any_more_has_no_role(gitea: PretendGitea, forge: GiteaForge) -> None:
    assert forge.read_role(gitea.repository, Person(id="5", login="no/body?")) == "none"


def test_a_role_in_a_repository_that_we_may_not_see_is_unknown_not_none(
    gitea: PretendGitea, forge: GiteaForge, dana: Person
) -> None:
    for repository in (Repository("999", "acme/elsewhere"), Repository("", "acme/elsewhere")):
        with pytest.raises(ForgeNotFound):
            forge.read_role(repository, dana)


def test_a_bot_without_the_right_to_ask_says_what_it_needs(
    gitea: PretendGitea, forge: GiteaForge, dana: Person
) -> None:
    gitea.robot.role = "write"
    with pytest.raises(ForgeError, match="administrator of the repository") as caught:
        forge.read_role(gitea.repository, dana)
    assert not caught.value.permanent


def test_a_netrc_file_does_not_displace_the_token(
    gitea: PretendGitea,
    forge: GiteaForge,
    dana: Person,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert forge.read_role(gitea.repository, dana) == "write"


def test_a_server_that_is_no_gitea_is_told_to_the_operator(gitea: PretendGitea) -> None:
    gitea.app.add_url_rule("/web/<path:_>", "web", lambda _: "<html>Sign in</html>")
    with pytest.raises(ForgeError, match="api_url") as caught:
        GiteaForge(gitea.token, f"{gitea.api_url}/web").read_issue(gitea.repository, 1)
    assert caught.value.permanent


def test_a_server_that_sends_us_in_circles_is_told_to_the_operator(gitea: PretendGitea) -> None:
    gitea.app.add_url_rule("/web/<path:_>", "web", lambda _: ("", 302, {"Location": "/web/again"}))
    with pytest.raises(ForgeError, match="api_url"):
        GiteaForge(gitea.token, f"{gitea.api_url}/web").read_issue(gitea.repository, 1)
