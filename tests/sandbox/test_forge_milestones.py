"""The pretend GitHub's milestones and its list of what changed, driven with raw PyGithub and by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import requests
from github.GithubException import GithubException
from github.GithubObject import NotSet

from app.sandbox.forge import SandboxForge
from tests.sandbox.forge_people import STOREFRONT, Receiver, as_


def told(sandbox: SandboxForge, listener: Receiver) -> list[tuple[str, str, Any]]:
    """(event, action, the milestone's title) of everything that was sent."""
    sandbox.wait_until_sent()
    found = []
    for sent in listener.taken:
        payload = json.loads(sent.body)
        title = (payload.get("milestone") or {}).get("title")
        found.append((sent.headers["X-Github-Event"], payload["action"], title))
    return found


def listed(sandbox: SandboxForge, query: str) -> requests.Response:
    """The repository's issues as the owner asks for them."""
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Authorization": "token token-of-olga"}
        return session.get(f"{sandbox.url}/repos/{STOREFRONT}/issues?{query}", headers=headers, timeout=5)


def numbers(sandbox: SandboxForge, query: str) -> list[int]:
    return [one["number"] for one in listed(sandbox, query).json()]


def test_a_milestone_lives_and_everything_of_it_is_told(sandbox: SandboxForge, listener: Receiver) -> None:
    repository = as_(sandbox, "dana")
    issue = repository.create_issue("Login")
    first = repository.create_milestone("v1.0", description="The first")
    second = repository.create_milestone("v2.0")
    issue.edit(milestone=first)
    issue.edit(milestone=second)
    issue.edit(milestone=None)
    first.edit("v1.1", state="closed")
    first.edit("v1.1", state="open")
    issue.edit(milestone=second)
    second.delete()
    assert told(sandbox, listener) == [
        ("issues", "opened", None),
        ("milestone", "created", "v1.0"),
        ("milestone", "created", "v2.0"),
        ("issues", "milestoned", "v1.0"),
        ("issues", "demilestoned", "v1.0"),
        ("issues", "milestoned", "v2.0"),
        ("issues", "demilestoned", "v2.0"),
        ("milestone", "edited", "v1.1"),
        ("milestone", "closed", "v1.1"),
        ("milestone", "opened", "v1.1"),
        ("issues", "milestoned", "v2.0"),
        ("issues", "demilestoned", "v2.0"),
        ("milestone", "deleted", "v2.0"),
    ]
    assert repository.get_issue(issue.number).milestone is None
    assert [one.title for one in repository.get_milestones(state="all")] == ["v1.1"]
    events = [(one.event, one.milestone.title) for one in repository.get_issue(1).get_events()]
    assert events[0] == ("milestoned", "v1.0")  # as it was called then


def test_a_milestone_counts_its_issues_and_is_listed_by_its_state(sandbox: SandboxForge) -> None:
    repository = as_(sandbox, "dana")
    one, two = (repository.create_milestone(title) for title in ("v1.0", "v2.0"))
    for _ in range(3):
        repository.create_issue("Case", milestone=one)
    repository.get_issue(1).edit(state="closed")
    two.edit("v2.0", state="closed")
    found = repository.get_milestone(one.number)
    assert (found.open_issues, found.closed_issues) == (2, 1)
    for state, titles in (("open", ["v1.0"]), ("closed", ["v2.0"]), ("all", ["v1.0", "v2.0"])):
        assert [each.title for each in repository.get_milestones(state=state)] == titles


@pytest.mark.parametrize(("login", "status"), [("dana", 201), ("tara", 403), ("carl", 403), ("mallory", 404)])
def test_milestones_are_made_by_whoever_may_write(sandbox: SandboxForge, login: str, status: int) -> None:
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Authorization": f"token token-of-{login}"}
        url = f"{sandbox.url}/repos/{STOREFRONT}/milestones"
        assert session.post(url, json={"title": "v1.0"}, headers=headers, timeout=5).status_code == status


def test_issues_are_put_into_milestones_by_triage_and_by_nobody_less(sandbox: SandboxForge) -> None:
    milestone = as_(sandbox, "dana").create_milestone("v1.0")
    own = as_(sandbox, "carl").create_issue("Mine", milestone=milestone)

    def inside() -> list[int]:
        return numbers(sandbox, f"milestone={milestone.number}")

    assert inside() == []  # dropped without a word, as GitHub does
    own.edit(milestone=milestone)
    assert inside() == []
    as_(sandbox, "tara").get_issue(own.number).edit(milestone=milestone)
    assert inside() == [own.number]
    own.edit(milestone=None)
    assert inside() == [own.number]


@pytest.mark.parametrize(
    "fields", [{"title": ""}, {"title": " "}, {"title": "v1.0"}, {"title": "x" * 257}, {"title": 1}, {}]
)
def test_a_title_that_is_taken_or_none_is_refused(sandbox: SandboxForge, fields: dict[str, Any]) -> None:
    repository = as_(sandbox, "dana")
    repository.create_milestone("v1.0")
    with pytest.raises(GithubException) as caught:
        repository.requester.requestJsonAndCheck("POST", f"{repository.url}/milestones", input=fields)
    assert caught.value.status == 422


@pytest.mark.parametrize("number", [7, "7", "v1.0", True, 1.0, [1]])
def test_an_issue_goes_into_no_milestone_that_is_none(sandbox: SandboxForge, number: object) -> None:
    repository = as_(sandbox, "dana")
    repository.create_milestone("v1.0")
    issue = repository.create_issue("Login")
    edit = partial(repository.requester.requestJsonAndCheck, "PATCH", issue.url)
    with pytest.raises(GithubException) as caught:
        edit(input={"milestone": number})
    assert caught.value.status == 422
    assert repository.get_issue(issue.number).milestone is None


# What changed


def test_issues_are_listed_by_their_last_change_since_a_moment(sandbox: SandboxForge) -> None:
    repository = as_(sandbox, "dana")
    for i in range(4):
        repository.create_issue(f"Case {i}")
    sandbox.pass_time(60)
    repository.get_issue(2).create_comment("Here")
    sandbox.pass_time(60)
    repository.get_issue(1).edit(state="closed")
    sandbox.pass_time(60)
    repository.get_issue(4).add_to_labels("bug")
    since = repository.get_issue(2).updated_at
    assert since is not None
    stamp = since.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert numbers(sandbox, f"state=all&sort=updated&since={stamp}") == [4, 1, 2]
    assert numbers(sandbox, f"state=all&sort=updated&direction=asc&since={stamp}") == [2, 1, 4]
    assert numbers(sandbox, f"state=open&sort=updated&since={stamp}") == [4, 2]
    elsewhere = (since + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S%%2B02:00")
    assert numbers(sandbox, f"state=all&sort=created&since={elsewhere}") == [4, 2, 1]
    assert numbers(sandbox, "state=all&sort=comments&direction=desc")[0] == 2
    found = repository.get_issues(state="all", since=since.replace(tzinfo=UTC), sort="updated")
    assert [issue.number for issue in found] == [4, 1, 2]
    later = datetime.now(UTC) + timedelta(days=1)
    assert list(repository.get_issues(state="all", since=later)) == []


def test_issues_are_listed_by_their_milestone(sandbox: SandboxForge) -> None:
    repository = as_(sandbox, "dana")
    first, second = (repository.create_milestone(title) for title in ("v1.0", "v2.0"))
    for milestone in (first, second, NotSet, first):
        repository.create_issue("Case", milestone=milestone)
    repository.get_issue(4).edit(state="closed")
    assert numbers(sandbox, "state=all&milestone=1") == [4, 1]
    assert numbers(sandbox, "milestone=1") == [1]
    assert numbers(sandbox, "state=all&milestone=none") == [3]
    assert numbers(sandbox, "state=all&milestone=*") == [4, 2, 1]


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "sort=title",
        "direction=up",
        "state=gone",
        "milestone=v1.0",
        "milestone=7",
        "milestone=-1",
    ],
)
def test_a_query_that_asks_for_nonsense_is_refused(sandbox: SandboxForge, query: str) -> None:
    assert listed(sandbox, query).status_code == 422
