"""GitHub's webhooks, where they are GitHub's alone: what is ignored, what may be missing, what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.errors import PayloadError
from app.events import ForgeEvent, Ignored, Person
from app.forges.github.parse import GitHubParser

FULL_NAME = "acme/storefront"


def test_a_form_is_refused_with_the_setting_to_change() -> None:
    headers = {"x-github-event": "issues", "content-type": "application/x-www-form-urlencoded"}
    with pytest.raises(PayloadError, match="Choose application/json"):
        GitHubParser().parse(headers, b"payload=%7B%7D")


@pytest.mark.parametrize("event", ["ping", "label", "milestone", "repository", "star"])
def test_an_event_that_concerns_no_issue_is_ignored_by_name(event: str) -> None:
    ignored = GitHubParser().parse({"x-github-event": event}, b'{"action":"created","label":null}')
    assert isinstance(ignored, Ignored)
    assert (ignored.event, ignored.action) == (event, "created")
    assert ignored.reason.startswith(f"{event}: ")


@pytest.mark.parametrize("action", ["edited", "deleted"])
def test_only_new_comments_count(action: str) -> None:
    body = json.dumps({"action": action, "comment": {"body": "/approve"}}).encode()
    ignored = GitHubParser().parse({"x-github-event": "issue_comment"}, body)
    assert isinstance(ignored, Ignored)
    assert "only new comments" in ignored.reason


def payload(**fields: Any) -> dict[str, Any]:
    """The least that an issue's event must say, with other fields."""
    return {
        "action": "closed",
        "issue": {"id": 9, "number": 3},
        "repository": {"id": 7, "full_name": FULL_NAME},
    } | fields


def test_what_old_servers_leave_out_stays_empty() -> None:
    event = GitHubParser().parse({"x-github-event": "issues"}, json.dumps(payload()).encode())
    assert isinstance(event, ForgeEvent)
    assert (event.kind, event.labels, event.label, event.sender) == ("issue.closed", (), None, None)
    nulls = payload(
        label=None, sender=None, issue={"id": 9, "number": 3, "labels": None, "pull_request": None}
    )
    assert GitHubParser().parse({"x-github-event": "issues"}, json.dumps(nulls).encode()) == event


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"action": None}, "action"),
        ({"action": 1}, "action"),
        ({"issue": None}, "issue"),
        ({"issue": []}, "issue"),
        ({"issue": {"id": 9}}, "issue.number"),
        ({"issue": {"id": 9, "number": "3"}}, "issue.number"),
        ({"issue": {"id": 9, "number": True}}, "issue.number"),
        ({"issue": {"id": 9, "number": -3}}, "issue.number"),
        ({"issue": {"id": 9.5, "number": 3}}, "issue.id"),
        ({"issue": {"number": 3}}, "issue.id"),
        ({"issue": {"id": 9, "number": 3, "labels": {"name": "x"}}}, "issue.labels"),
        ({"issue": {"id": 9, "number": 3, "labels": ["x"]}}, "issue.labels"),
        ({"issue": {"id": 9, "number": 3, "labels": [{"id": 1}]}}, "issue.labels.name"),
        ({"label": "x"}, "label"),
        ({"issue": {"id": 9, "number": 3, "milestone": "v1.0"}}, "issue.milestone"),
        ({"issue": {"id": 9, "number": 3, "milestone": {"title": None}}}, "issue.milestone.title"),
        ({"action": "demilestoned", "milestone": "v1.0"}, "milestone"),
        ({"repository": None}, "repository"),
        ({"repository": {"full_name": FULL_NAME}}, "repository.id"),
        ({"repository": {"id": 7}}, "repository.full_name"),
        ({"repository": {"id": 7, "full_name": "storefront"}}, "repository.full_name"),
        ({"repository": {"id": 7, "full_name": "a/b/c"}}, "repository.full_name"),
        ({"sender": "dana"}, "sender"),
        ({"sender": {"login": "dana"}}, "sender.id"),
        ({"sender": {"id": 1}}, "sender.login"),
    ],
)
def test_a_payload_without_its_parts_is_refused_by_the_fields_name(
    fields: dict[str, Any], where: str
) -> None:
    with pytest.raises(PayloadError) as caught:
        GitHubParser().parse({"x-github-event": "issues"}, json.dumps(payload(**fields)).encode())
    assert caught.value.where == where
    assert caught.value.mend


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"action": "milestoned", "issue": {"id": 9, "number": 3, "milestone": {"title": "v1.0"}}}, "v1.0"),
        ({"action": "demilestoned", "milestone": {"title": "v1.0"}}, "v1.0"),
        ({"action": "demilestoned"}, ""),
        ({"action": "closed", "issue": {"id": 9, "number": 3, "milestone": {"title": "v1.0"}}}, "v1.0"),
        ({"action": "closed", "issue": {"id": 9, "number": 3, "milestone": None}}, ""),
        ({"action": "closed", "milestone": {"title": "not the issue's"}}, ""),
    ],
)
def test_an_issues_event_names_the_milestone_that_it_is_in_or_left(
    fields: dict[str, Any], title: str
) -> None:
    event = GitHubParser().parse({"x-github-event": "issues"}, json.dumps(payload(**fields)).encode())
    assert isinstance(event, ForgeEvent)
    assert event.milestone == title
    is_about_it = fields["action"] in {"milestoned", "demilestoned"}
    assert (event.kind == "issue.milestoned") == is_about_it


def milestone_event(**fields: Any) -> object:
    whole = {"action": "closed", "milestone": {"title": "v1.0"}, "repository": payload()["repository"]}
    body = json.dumps(whole | fields).encode()
    return GitHubParser().parse({"x-github-event": "milestone"}, body)


def test_a_closed_milestone_is_told_about_no_issue() -> None:
    event = milestone_event(sender={"id": 5, "login": "lena", "type": "User"})
    assert isinstance(event, ForgeEvent)
    assert (event.kind, event.milestone, event.issue_number) == ("milestone.closed", "v1.0", 0)
    assert event.sender == Person("5", "lena")


def test_a_milestone_that_is_opened_again_is_reopened() -> None:
    event = milestone_event(action="opened")
    assert isinstance(event, ForgeEvent)
    assert (event.kind, event.milestone) == ("milestone.reopened", "v1.0")


@pytest.mark.parametrize("action", ["created", "edited", "deleted"])
def test_what_else_happens_to_a_milestone_is_ignored_with_the_reason(action: str) -> None:
    ignored = milestone_event(action=action, milestone=None)
    assert isinstance(ignored, Ignored)
    assert action in ignored.reason


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"action": None}, "action"),
        ({"milestone": None}, "milestone"),
        ({"milestone": {"title": 1}}, "milestone.title"),
        ({"repository": None}, "repository"),
    ],
)
def test_a_milestones_payload_without_its_parts_is_refused(fields: dict[str, Any], where: str) -> None:
    with pytest.raises(PayloadError) as caught:
        milestone_event(**fields)
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("comment", "where"),
    [
        (None, "comment"),
        ({"id": 5}, "comment.body"),
        ({"body": "/closeout accept"}, "comment.id"),
        ({"id": "5", "body": "/closeout accept"}, "comment.id"),
    ],
)
def test_a_comment_without_its_text_or_its_id_is_refused(comment: object, where: str) -> None:
    body = json.dumps(payload(action="created", comment=comment)).encode()
    with pytest.raises(PayloadError) as caught:
        GitHubParser().parse({"x-github-event": "issue_comment"}, body)
    assert caught.value.where == where


def test_a_comment_is_told_with_its_id() -> None:
    body = json.dumps(payload(action="created", comment={"id": 5, "body": "/closeout accept"})).encode()
    event = GitHubParser().parse({"x-github-event": "issue_comment"}, body)
    assert isinstance(event, ForgeEvent)
    assert (event.comment_id, event.comment) == ("5", "/closeout accept")


def test_a_delivery_that_names_no_event_is_refused() -> None:
    with pytest.raises(PayloadError, match="X-GitHub-Event"):
        GitHubParser().parse({}, json.dumps(payload()).encode())


@pytest.mark.parametrize("found", ["", " ", "a b", "x" * 101, "déjà", "1\n2", "1,2"])
def test_an_id_that_is_none_is_refused(found: str) -> None:
    with pytest.raises(PayloadError, match="X-GitHub-Delivery"):
        GitHubParser().delivery_id({"x-github-delivery": found})
