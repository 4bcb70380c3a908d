"""What an App may do at the pretend GitHub with its own token, and with those of its installations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from github.GithubException import GithubException
from github.Repository import Repository

from app.sandbox.forge import SandboxForge
from tests.sandbox.app_makers import Made, made
from tests.sandbox.forge_people import STOREFRONT, as_, client, peopled_sandbox

SHOP = "acme/shop"
BOT = "closeout-of-acme[bot]"


@pytest.fixture
def sandbox() -> Iterator[SandboxForge]:
    with peopled_sandbox() as sandbox:
        sandbox.add_repository(SHOP)
        yield sandbox


@pytest.fixture
def app(sandbox: SandboxForge) -> Made:
    return made(sandbox)


@pytest.fixture
def number(sandbox: SandboxForge, app: Made) -> int:
    """The App's installation on all of acme's repositories."""
    return sandbox.apps.install(app.slug, "acme").id


def refused(status: int, call: Callable[[], object], said: str = "") -> None:
    with pytest.raises(GithubException) as caught:
        call()
    assert caught.value.status == status
    assert said in caught.value.data["message"]


def test_an_app_knows_itself_and_finds_its_installations(
    sandbox: SandboxForge, app: Made, number: int
) -> None:
    assert app.app.get_app().slug == app.slug
    assert [one.id for one in app.app.get_installations()] == [number]
    owner, _, name = STOREFRONT.partition("/")
    for found in (
        app.app.get_repo_installation(owner, name),
        app.app.get_org_installation(owner),
        app.app.get_app_installation(number),
    ):
        assert (found.id, found.app_id, found.target_type) == (number, app.answer["id"], "Organization")
    refused(404, partial(app.app.get_user_installation, "dana"))
    refused(404, partial(app.app.get_app_installation, number + 1))


def test_the_client_id_signs_as_well_as_the_apps_number(app: Made) -> None:
    app.answer["id"] = app.answer["client_id"]
    assert app.app.get_app().slug == app.slug


def test_where_an_app_is_not_installed_it_finds_no_installation(sandbox: SandboxForge, app: Made) -> None:
    owner, _, name = STOREFRONT.partition("/")
    refused(404, partial(app.app.get_repo_installation, owner, name))
    sandbox.apps.install(app.slug, "acme", [SHOP])
    refused(404, partial(app.app.get_repo_installation, owner, name))
    refused(404, partial(app.app.get_repo_installation, owner, "nothing"))


def test_a_renamed_repositorys_installation_is_found_by_its_old_name(
    sandbox: SandboxForge, app: Made, number: int
) -> None:
    as_(sandbox, "olga").edit(name="renamed")
    moved = app.ask("GET", f"/repos/{STOREFRONT}/installation")
    assert moved.json()["id"] == number
    assert [one.status_code for one in moved.history] == [301]


def test_an_installation_acts_as_the_apps_bot(sandbox: SandboxForge, app: Made, number: int) -> None:
    github = app.at(number)
    issue = github.get_repo(STOREFRONT).create_issue("By the App", labels=["milestone:uat"])
    issue.create_comment("Billed.").edit("Paid.")
    issue.edit(state="closed")
    seen = as_(sandbox, "dana").get_issue(issue.number)
    assert (seen.user.login, seen.user.type) == (BOT, "Bot")
    assert seen.closed_by is not None
    assert seen.closed_by.login == BOT
    assert [one.user.login for one in seen.get_comments()] == [BOT]
    assert [one.name for one in seen.labels] == ["milestone:uat"]
    bot = github.get_user(BOT)
    assert (bot.id, bot.type) == (seen.user.id, "Bot")
    github.get_repo(STOREFRONT).create_label("milestone:launch", "ffffff")
    assert github.get_repo(STOREFRONT).get_collaborator_role_name("dana") == "write"


def test_a_token_says_what_it_opens(sandbox: SandboxForge, app: Made, number: int) -> None:
    place = f"/app/installations/{number}/access_tokens"
    whole = app.ask("POST", place).json()
    assert (whole["repository_selection"], "repositories" in whole) == ("all", False)
    assert whole["permissions"] == {"issues": "write", "metadata": "read"}
    assert whole["token"].startswith("ghs_")
    assert len(whole["token"]) > 200
    less = app.ask("POST", place, repositories=["shop"], permissions={"issues": "read"}).json()
    assert [one["full_name"] for one in less["repositories"]] == [SHOP]
    assert (less["repository_selection"], less["permissions"]["issues"]) == ("selected", "read")
    listed = app.ask("GET", "/installation/repositories", less["token"]).json()
    assert (listed["total_count"], listed["repository_selection"]) == (1, "selected")
    assert [one["full_name"] for one in listed["repositories"]] == [SHOP]


def test_the_repositories_of_an_installation_are_read_page_by_page(
    sandbox: SandboxForge, app: Made, number: int
) -> None:
    for i in range(5):
        sandbox.add_repository(f"acme/more-{i}")
    token, path, seen = app.token(number), "/installation/repositories?per_page=3", []
    while path:
        page = app.ask("GET", path, token)
        assert page.json()["total_count"] == 7
        seen += page.json()["repositories"]
        path = page.links.get("next", {}).get("url", "").removeprefix(sandbox.url)
    assert len({one["id"] for one in seen}) == 7
    (installation,) = app.app.get_installations()
    assert {one.id for one in installation.get_repos()} == {one["id"] for one in seen}


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"permissions": {"contents": "read"}}, "permissions requested are not granted"),
        ({"permissions": {"metadata": "write"}}, "permissions requested are not granted"),
        ({"permissions": {"nonsense": "read"}}, "permissions requested are not granted"),
        ({"permissions": {"issues": "all"}}, "permission action that is not supported"),
        ({"repositories": ["shop", "nothing"]}, "at least one repository"),
        ({"repositories": ["acme/shop"]}, "at least one repository"),
        ({"repository_ids": [7]}, "at least one repository"),
        ({"repository_ids": ["7"]}, "at least one repository"),
        ({"repositories": ["shop"] * 501}, "Too many"),
        ({"repositories": "shop"}, "Validation Failed"),
        ({"permissions": ["issues"]}, "Validation Failed"),
    ],
)
def test_no_token_is_given_for_what_was_not_granted(
    app: Made, number: int, wanted: dict[str, Any], said: str
) -> None:
    answer = app.ask("POST", f"/app/installations/{number}/access_tokens", **wanted)
    assert answer.status_code == 422
    assert said in answer.json()["message"]


def test_no_token_is_given_for_a_repository_that_was_not_selected(sandbox: SandboxForge, app: Made) -> None:
    number = sandbox.apps.install(app.slug, "acme", [STOREFRONT]).id
    place = f"/app/installations/{number}/access_tokens"
    assert app.ask("POST", place, repositories=["shop"]).status_code == 422
    outside = client(sandbox, "olga")
    sandbox.set_role(SHOP, "olga", "admin")
    assert app.ask("POST", place, repository_ids=[outside.get_repo(SHOP).id]).status_code == 422


def test_a_token_works_for_an_hour_of_the_sandboxes_clock(
    sandbox: SandboxForge, app: Made, number: int
) -> None:
    token = app.token(number)
    sandbox.pass_time(3590)
    assert app.ask("GET", "/installation/repositories", token).status_code == 200
    sandbox.pass_time(10)
    expired = app.ask("GET", "/installation/repositories", token)
    assert (expired.status_code, expired.json()["message"]) == (401, "Bad credentials")


def test_suspended_and_gone_installations_give_and_take_no_token(
    sandbox: SandboxForge, app: Made, number: int
) -> None:
    token, place = app.token(number), f"/app/installations/{number}/access_tokens"
    sandbox.apps.suspend(number)
    for refusal in (app.ask("POST", place), app.ask("GET", "/installation/repositories", token)):
        assert (refusal.status_code, "suspended" in refusal.json()["message"]) == (403, True)
    assert app.app.get_app_installation(number).suspended_at is not None
    sandbox.apps.unsuspend(number)
    assert app.ask("GET", "/installation/repositories", token).status_code == 200
    sandbox.apps.uninstall(number)
    assert app.ask("POST", place).status_code == 404
    assert app.ask("GET", "/installation/repositories", token).status_code == 401


def test_another_apps_installation_is_not_there(sandbox: SandboxForge, app: Made, number: int) -> None:
    other = made(sandbox, name="Another")
    assert other.ask("GET", f"/app/installations/{number}").status_code == 404
    assert other.ask("POST", f"/app/installations/{number}/access_tokens").status_code == 404


def test_a_revoked_token_is_worth_nothing(app: Made, number: int) -> None:
    token = app.token(number)
    assert app.ask("DELETE", "/installation/token", token).status_code == 204
    assert app.ask("GET", "/installation/repositories", token).status_code == 401


@pytest.mark.parametrize(
    ("permissions", "allowed", "forbidden"),
    [
        ({"issues": "write"}, "read list label comment make_label role", "pulls commit push hooks rename"),
        ({"issues": "read"}, "read list role", "label comment make_label pulls hooks"),
        ({"metadata": "read"}, "read role", "list label comment make_label pulls commit hooks rename"),
        ({"pull_requests": "read", "contents": "read"}, "read pulls commit", "list push merge"),
        ({"contents": "write"}, "read commit push", "list pulls"),
        ({"repository_hooks": "write"}, "read hooks", "list rename"),
        ({"administration": "write"}, "read rename", "list hooks"),
    ],
)
def test_the_granted_permissions_are_enforced(
    sandbox: SandboxForge, permissions: dict[str, str], allowed: str, forbidden: str
) -> None:
    app = made(sandbox, default_permissions=permissions, default_events=[])
    number = as_(sandbox, "dana").create_issue("Login").number
    sandbox.open_pull_request(STOREFRONT, "Mend it", "dana")
    sha = sandbox.state.repositories[STOREFRONT].branches["main"][0].sha
    github = app.at(sandbox.apps.install(app.slug, "acme").id)
    repository = github.get_repo(STOREFRONT)
    issue = as_(sandbox, "dana").get_issue(number)
    acts = _acts(repository, issue.number, sha)
    for name in allowed.split():
        acts[name]()
    for name in forbidden.split():
        refused(403, acts[name], "Resource not accessible by integration")


def _acts(repository: Repository, number: int, sha: str) -> dict[str, Callable[[], object]]:
    ask = repository.requester.requestJsonAndCheck
    place = repository.url
    return {
        "read": partial(ask, "GET", place),
        "list": partial(ask, "GET", f"{place}/issues"),
        "label": partial(ask, "POST", f"{place}/issues/{number}/labels", input=["bug"]),
        "comment": partial(ask, "POST", f"{place}/issues/{number}/comments", input={"body": "Billed"}),
        "make_label": partial(repository.create_label, "milestone:uat", "ffffff"),
        "role": partial(repository.get_collaborator_permission, "dana"),
        "pulls": partial(ask, "GET", f"{place}/pulls"),
        "merge": partial(ask, "PUT", f"{place}/pulls/{number + 1}/merge"),
        "commit": partial(repository.get_commit, sha),
        "push": partial(repository.create_git_ref, "refs/heads/more", sha),
        "hooks": partial(ask, "GET", f"{place}/hooks"),
        "rename": partial(repository.edit, name="renamed"),
    }


def test_a_permission_that_was_taken_back_is_lost_to_tokens_that_are_out(
    sandbox: SandboxForge, app: Made, number: int
) -> None:
    repository = app.at(number).get_repo(STOREFRONT)
    repository.create_issue("While it could")
    sandbox.apps.grant(number, {"issues": "read"})
    refused(403, partial(repository.create_issue, "Too late"), "Resource not accessible by integration")
    assert [one.title for one in repository.get_issues()] == ["While it could"]


def test_outside_of_its_token_a_repository_is_not_there_or_is_only_read(
    sandbox: SandboxForge, app: Made
) -> None:
    sandbox.add_repository("dana/private")
    sandbox.add_repository("dana/public", is_private=False)
    github = app.at(sandbox.apps.install(app.slug, "acme", [STOREFRONT]).id)
    for hidden in (SHOP, "dana/private", "nobody/nothing"):
        refused(404, partial(github.get_repo, hidden))
    public = github.get_repo("dana/public")
    assert list(public.get_issues()) == []
    refused(403, partial(public.create_issue, "Spam"), "Resource not accessible by integration")
    refused(403, partial(public.create_label, "spam", "ffffff"), "Resource not accessible by integration")


def test_an_installation_is_nobody(sandbox: SandboxForge, app: Made, number: int) -> None:
    token = app.token(number)
    for path in ("/user", "/user/repos"):
        answer = app.ask("GET", path, token)
        assert answer.status_code == 403
        assert answer.json()["message"] == "Resource not accessible by integration"
    assert app.ask("GET", "/app", token).status_code == 401
    assert app.ask("GET", "/installation/repositories").status_code == 401
    assert app.ask("GET", "/installation/repositories", "token-of-olga").status_code == 403


def test_the_webhook_can_be_moved_and_its_secret_changed(sandbox: SandboxForge, app: Made) -> None:
    before = app.ask("GET", "/app/hook/config").json()
    assert (before["content_type"], before["secret"]) == ("json", "********")
    changed = app.ask("PATCH", "/app/hook/config", url="http://127.0.0.1:9/new", secret="another")
    assert (changed.status_code, changed.json()["url"]) == (200, "http://127.0.0.1:9/new")
    assert sandbox.state.apps.registered[app.answer["id"]].hook.secret == "another"
    for wrong in ({"url": "https://closeout.example"}, {"content_type": "form"}, {"url": 7}):
        assert app.ask("PATCH", "/app/hook/config", **wrong).status_code == 422
    assert app.ask("GET", "/app/hook/config").json() == changed.json()
