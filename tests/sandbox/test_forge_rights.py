"""Who may do what at the pretend GitHub: as at the real one, or stricter."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from github import Github
from github.GithubException import BadCredentialsException, GithubException, UnknownObjectException

from app.sandbox.forge import SandboxForge
from tests.sandbox.forge_people import PEOPLE, STOREFRONT, as_, client

HOOK_URL = "http://127.0.0.1:9/hooks/github"


def refused(status: int, call: Callable[[], object]) -> None:
    with pytest.raises(GithubException) as caught:
        call()
    assert caught.value.status == status
    assert caught.value.data["message"]


def test_nobody_without_a_token_or_with_a_wrong_one_gets_in(sandbox: SandboxForge) -> None:
    with pytest.raises(BadCredentialsException):
        client(sandbox, "nobody").get_user().login  # noqa: B018 - reading it asks
    anonymous = Github(base_url=sandbox.url, retry=None, seconds_between_requests=None)
    refused(401, partial(anonymous.get_repo, STOREFRONT))


def test_a_private_repository_is_not_there_for_strangers(sandbox: SandboxForge) -> None:
    with pytest.raises(UnknownObjectException):
        as_(sandbox, "mallory")
    with pytest.raises(UnknownObjectException):
        client(sandbox, "mallory").get_repo(as_(sandbox, "olga").id)


def test_readers_may_open_close_and_comment_on_their_own_and_no_more(sandbox: SandboxForge) -> None:
    own = as_(sandbox, "carl").create_issue("Mine", labels=["milestone:uat"])
    assert own.labels == []  # dropped in silence, as GitHub does
    refused(403, partial(own.add_to_labels, "milestone:uat"))
    own.edit(state="closed")
    closer = as_(sandbox, "dana").get_issue(own.number).closed_by
    assert closer is not None
    assert closer.login == "carl"
    own.edit(state="open")
    others = as_(sandbox, "carl").get_issue(as_(sandbox, "dana").create_issue("Yours").number)
    others.create_comment("May I?")
    refused(403, partial(others.edit, state="closed"))
    refused(403, partial(others.edit, title="Ours"))
    as_(sandbox, "dana").get_issue(own.number).edit(state="closed")
    refused(403, partial(own.edit, state="open"))


def test_triage_may_label_and_close_but_not_rewrite_or_make_labels(sandbox: SandboxForge) -> None:
    issue = as_(sandbox, "dana").create_issue("Login")
    triaged = as_(sandbox, "tara").get_issue(issue.number)
    triaged.add_to_labels("bug")
    triaged.edit(state="closed", state_reason="not_planned")
    refused(403, partial(triaged.edit, title="Sign-in"))
    refused(403, partial(as_(sandbox, "tara").create_label, "milestone:uat", "ffffff"))
    refused(403, partial(as_(sandbox, "tara").get_collaborator_role_name, "dana"))


def test_roles_are_told_to_whoever_may_write(sandbox: SandboxForge) -> None:
    repository = as_(sandbox, "dana")
    assert {login: repository.get_collaborator_role_name(login) for login in PEOPLE} == PEOPLE
    shown = {login: repository.get_collaborator_permission(login) for login in PEOPLE}
    assert shown == PEOPLE | {"tara": "read"}
    refused(404, partial(repository.get_collaborator_role_name, "nobody"))


def test_a_comment_is_edited_by_its_author_or_by_whoever_may_write(sandbox: SandboxForge) -> None:
    issue = as_(sandbox, "carl").create_issue("Login")
    comment = issue.create_comment("Mine")
    triaged = as_(sandbox, "tara").get_issue(issue.number).get_comment(comment.id)
    refused(403, partial(triaged.edit, "Ours"))
    refused(403, triaged.delete)
    sandbox.pass_time(1)
    as_(sandbox, "dana").get_issue(issue.number).get_comment(comment.id).edit("Not quite")
    assert triaged.update()
    assert (triaged.body, triaged.user.login) == ("Not quite", "carl")
    assert triaged.updated_at > triaged.created_at
    comment.edit("Mine again")


def test_hooks_are_for_administrators_and_stay_on_this_machine(
    sandbox: SandboxForge,
) -> None:
    config = {"url": HOOK_URL, "content_type": "json"}
    refused(404, partial(as_(sandbox, "dana").create_hook, "web", config))
    owner = as_(sandbox, "olga")
    for url in (
        "",
        "nowhere",
        "ftp://127.0.0.1/",
        "http://example.com/",
        "http://u:p@127.0.0.1/",
        "file:///etc",
    ):
        refused(422, partial(owner.create_hook, "web", {**config, "url": url}))
    refused(422, partial(owner.create_hook, "web", {"url": HOOK_URL}))
    refused(422, partial(owner.create_hook, "email", config))
    hook = owner.create_hook("web", config)
    refused(422, partial(owner.create_hook, "web", config))
    hook.delete()
    owner.create_hook("web", config)
