"""What moves, goes or changes its name at the pretend GitHub; and its side door, over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from github.GithubException import GithubException, UnknownObjectException

from app.sandbox.forge import SandboxForge
from tests.sandbox.forge_people import STOREFRONT, Receiver, as_, client


def told(sandbox: SandboxForge, listener: Receiver) -> list[dict[str, Any]]:
    """Every payload so far, with its event's name."""
    sandbox.wait_until_sent()
    return [json.loads(one.body) | {"event": one.headers["X-Github-Event"]} for one in listener.taken]


def door(sandbox: SandboxForge, way: str, **arguments: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.post(f"{sandbox.url}/sandbox/{way}", json=arguments, timeout=5)


def test_a_transfer_is_told_in_both_places_and_keeps_what_is_known_there(
    sandbox: SandboxForge, listener: Receiver
) -> None:
    sandbox.add_repository("acme/other")
    sandbox.set_role("acme/other", "olga", "admin")
    there = client(sandbox, "olga").get_repo("acme/other")
    there.create_label("bug", "ffffff")
    there.create_hook("web", {"url": f"{listener.url}?other", "content_type": "json"}, events=["issues"])
    issue = as_(sandbox, "dana").create_issue("Login", labels=["bug", "milestone:uat"])
    issue.create_comment("Here")
    sandbox.wait_until_sent()
    listener.taken.clear()
    sandbox.transfer_issue(STOREFRONT, issue.number, "acme/other", "dana")
    went, came = told(sandbox, listener)
    assert (went["action"], went["repository"]["full_name"]) == ("transferred", STOREFRONT)
    assert (went["issue"]["id"], went["sender"]["login"]) == (issue.id, "dana")
    assert went["changes"]["new_repository"]["full_name"] == "acme/other"
    assert (came["action"], came["repository"]["full_name"]) == ("opened", "acme/other")
    assert came["changes"]["old_issue"]["number"] == issue.number
    moved = there.get_issue(went["changes"]["new_issue"]["number"])
    assert moved.id != issue.id
    assert [label.name for label in moved.labels] == ["bug"]
    assert [comment.body for comment in moved.get_comments()] == ["Here"]
    with pytest.raises(GithubException) as caught:  # dana has no role there
        as_(sandbox, "dana").get_issue(issue.number)
    assert caught.value.status == 404


def test_a_deleted_issue_is_told_and_gone(sandbox: SandboxForge, listener: Receiver) -> None:
    issue = as_(sandbox, "dana").create_issue("Login")
    sandbox.delete_issue(STOREFRONT, issue.number)
    last = told(sandbox, listener)[-1]
    assert (last["event"], last["action"], last["sender"]["login"]) == ("issues", "deleted", "olga")
    with pytest.raises(GithubException) as caught:
        as_(sandbox, "dana").get_issue(issue.number)
    assert caught.value.status == 410


def test_an_issue_that_became_a_discussion_stays_behind_and_takes_no_change(
    sandbox: SandboxForge, listener: Receiver
) -> None:
    olga = as_(sandbox, "olga")
    issue = olga.create_issue("How does it work?")
    sandbox.convert_to_discussion(STOREFRONT, issue.number, "olga")
    assert [(one["event"], one["action"]) for one in told(sandbox, listener)] == [
        ("issues", "opened"),
        ("issues", "closed"),
        ("issues", "locked"),
        ("discussion", "created"),
    ]
    found = olga.get_issue(issue.number)
    assert (found.state, found.locked) == ("closed", True)
    assert [one.event for one in found.get_events()] == ["closed", "locked", "converted_to_discussion"]
    for change in (lambda: found.edit(state="open"), lambda: found.create_comment("Still?")):
        with pytest.raises(GithubException) as caught:
            change()
        assert caught.value.status == 403


def test_a_renamed_account_keeps_its_id_its_roles_and_its_token(
    sandbox: SandboxForge, listener: Receiver
) -> None:
    before = client(sandbox, "dana").get_user()
    number, login = before.id, before.login
    issue = as_(sandbox, "dana").create_issue("Login")
    sandbox.rename_user("dana", "dana-west")
    usurper = sandbox.add_user("Dana", "token-of-usurper")
    assert (client(sandbox, "dana").get_user().login, login) == ("dana-west", "dana")
    olga = as_(sandbox, "olga")
    assert olga.get_collaborator_role_name("dana-west") == "write"
    assert olga.get_collaborator_role_name("dana") == "none"
    assert client(sandbox, "olga").get_user("dana").id == usurper.id != number
    as_(sandbox, "dana").get_issue(issue.number).edit(state="closed")
    last = told(sandbox, listener)[-1]
    assert (last["sender"]["id"], last["sender"]["login"]) == (number, "dana-west")
    assert last["issue"]["user"]["login"] == "dana-west"
    with pytest.raises(ValueError, match="can not be taken"):
        sandbox.rename_user("dana-west", "OLGA")


def test_a_renamed_owner_takes_the_repositories_along(sandbox: SandboxForge) -> None:
    made = sandbox.add_repository("dana/site")
    sandbox.rename_user("dana", "dana-west")
    dana = client(sandbox, "dana")
    assert dana.get_repo("dana-west/site").id == made.id
    assert dana.get_repo("dana/site").full_name == "dana-west/site"  # led on


def test_a_renamed_repository_tells_and_a_removed_one_is_gone_by_name_and_id(
    sandbox: SandboxForge, listener: Receiver
) -> None:
    repository = as_(sandbox, "olga")
    number = repository.id
    repository.edit(name="shop")
    renamed = told(sandbox, listener)[-1]
    assert (renamed["event"], renamed["action"]) == ("repository", "renamed")
    assert renamed["changes"] == {"repository": {"name": {"from": "storefront"}}}
    assert renamed["repository"]["full_name"] == "acme/shop"
    with pytest.raises(GithubException) as caught:
        client(sandbox, "dana").get_repo("acme/shop").delete()
    assert caught.value.status == 403
    client(sandbox, "olga").get_repo("acme/shop").delete()
    for place in (number, "acme/shop", STOREFRONT):
        with pytest.raises(UnknownObjectException):
            client(sandbox, "olga").get_repo(place)


def test_a_renamed_label_is_told_with_its_old_name_and_history_keeps_that(
    sandbox: SandboxForge, listener: Receiver
) -> None:
    repository = as_(sandbox, "dana")
    label = repository.create_label("small fix", "1f6feb")
    issue = repository.create_issue("Login", labels=[label])
    label.edit("milestone:uat", "1f6feb")
    edited = told(sandbox, listener)[-1]
    assert (edited["event"], edited["action"]) == ("label", "edited")
    assert edited["changes"] == {"name": {"from": "small fix"}}
    assert [one.name for one in repository.get_issue(issue.number).labels] == ["milestone:uat"]
    events = [(one.event, one.label.name) for one in repository.get_issue(issue.number).get_events()]
    assert events == [("labeled", "small fix")]


# The side door


def test_the_side_door_does_what_only_pages_can(sandbox: SandboxForge) -> None:
    made = door(sandbox, "add_user", login="petra", token="token-of-petra").json()["result"]
    assert client(sandbox, "petra").get_user().id == made
    assert door(sandbox, "set_role", full_name=STOREFRONT, login="petra", role="write").ok
    issue = as_(sandbox, "petra").create_issue("Login")
    other = door(sandbox, "add_repository", full_name="acme/other").json()["result"]
    assert other > 0
    there = door(sandbox, "transfer_issue", full_name=STOREFRONT, number=issue.number, to="acme/other")
    assert there.json() == {"result": 1}
    second = as_(sandbox, "petra").create_issue("Second")
    assert door(sandbox, "delete_issue", full_name=STOREFRONT, number=second.number).json() == {
        "result": None
    }
    assert door(sandbox, "rename_user", login="petra", new_login="petra-2").ok
    assert client(sandbox, "petra").get_user().login == "petra-2"


@pytest.mark.parametrize(
    ("method", "arguments", "status"),
    [
        ("stop", {}, 404),
        ("requests", {}, 404),
        ("__init__", {}, 404),
        ("add_user", {}, 422),
        ("add_user", {"login": "olga", "token": "x"}, 422),
        ("delete_issue", {"full_name": STOREFRONT, "number": 99}, 422),
        ("rename_user", {"login": "nobody", "new_login": "somebody"}, 422),
        ("pass_time", {"seconds": "long"}, 422),
    ],
)
def test_the_side_door_refuses_what_it_can_not_do(
    sandbox: SandboxForge, method: str, arguments: dict[str, Any], status: int
) -> None:
    answer = door(sandbox, method, **arguments)
    assert answer.status_code == status
    assert answer.json()["message"]
    assert client(sandbox, "olga").get_user().login == "olga"


def test_the_side_door_makes_webhooks_fail_and_the_interface_go_wrong(
    sandbox: SandboxForge, listener: Receiver
) -> None:
    assert door(sandbox, "fail_deliveries", status="Invalid HTTP Response: 500", status_code=500).ok
    repository = as_(sandbox, "dana")
    repository.create_issue("Lost")
    assert door(sandbox, "mend_deliveries").ok
    repository.create_issue("Arrived")
    assert [one["issue"]["title"] for one in told(sandbox, listener)] == ["Arrived"]
    assert door(sandbox, "fail_next", fault="500", times=1, method="GET").ok
    with pytest.raises(GithubException) as caught:
        repository.get_issue(1)
    assert caught.value.status == 500
