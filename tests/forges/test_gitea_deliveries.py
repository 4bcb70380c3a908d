"""Gitea's and Forgejo's deliveries: what their ids are, and what the less common ones mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.errors import PayloadError, SignatureError
from app.events import ForgeEvent, ForgeEventKind, Ignored
from app.forges.gitea.parse import GiteaParser


def delivery(**changes: Any) -> dict[str, Any]:
    """A small issue delivery; `changes` replace parts of it."""
    return {
        "action": "closed",
        "issue": {"id": 900, "number": 4, "labels": [], "pull_request": None},
        "repository": {"id": 7401, "full_name": "acme/storefront"},
        "sender": {"id": 5, "login": "dana"},
        **changes,
    }


def parse(payload: object, event: str = "issues") -> ForgeEvent | Ignored:
    return GiteaParser().parse({"x-gitea-event": event}, json.dumps(payload).encode())


def told(payload: object, event: str = "issues") -> ForgeEvent:
    found = parse(payload, event)
    assert isinstance(found, ForgeEvent), found
    return found


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            {"x-gitea-delivery": "894cdf53-1e66-46cd-b072-455986df4730"},
            "894cdf53-1e66-46cd-b072-455986df4730",
        ),
        ({"x-forgejo-delivery": "f", "x-gitea-delivery": "g", "x-github-delivery": "h"}, "f"),
    ],
)
def test_the_id_is_the_forges_own(headers: dict[str, str], expected: str) -> None:
    assert GiteaParser().delivery_id(headers) == expected


@pytest.mark.parametrize("value", ["", " ", "a b", "é", "x" * 101])
def test_an_id_that_can_not_be_stored_is_refused(value: str) -> None:
    with pytest.raises(PayloadError):
        GiteaParser().delivery_id({"x-gitea-delivery": value})


def test_an_empty_header_of_forgejos_is_not_rescued_by_giteas() -> None:
    with pytest.raises(SignatureError):
        GiteaParser().verify({"x-forgejo-signature": "", "x-gitea-signature": "a" * 64}, b"{}", (b"s",))


def test_a_delivery_that_comes_as_a_form_says_what_to_change() -> None:
    headers = {"content-type": "application/x-www-form-urlencoded", "x-gitea-signature": "a" * 64}
    with pytest.raises(SignatureError, match="application/json"):
        GiteaParser().verify(headers, b"payload=%7B%7D", (b"secret",))


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("opened", "issue.opened"),
        ("closed", "issue.closed"),
        ("reopened", "issue.reopened"),
        ("edited", "issue.edited"),
        ("deleted", "issue.deleted"),
        ("label_updated", "issue.labels_changed"),
        ("label_cleared", "issue.labels_changed"),
        ("assigned", "issue.other"),
        ("milestoned", "issue.milestoned"),
        ("demilestoned", "issue.milestoned"),
    ],
)
def test_every_action_on_an_issue_has_a_meaning(action: str, kind: ForgeEventKind) -> None:
    event = told(delivery(action=action))
    assert (event.kind, event.action, event.issue_kind) == (kind, action, "issue")


@pytest.mark.parametrize(
    ("event", "payload", "reason"),
    [
        ("push", {"ref": "refs/heads/main"}, "push"),
        ("pull_request", delivery(), "pull_request"),
        ("issue_comment", delivery(action="edited"), "only new comments"),
        ("issue_comment", delivery(action="deleted"), "only new comments"),
    ],
)
def test_what_concerns_no_issue_is_ignored_with_the_reason(event: str, payload: object, reason: str) -> None:
    found = parse(payload, event)
    assert isinstance(found, Ignored)
    assert reason in found.reason


@pytest.mark.parametrize(
    "changes", [{"is_pull": True}, {"issue": {"id": 900, "number": 4, "pull_request": {"merged": False}}}]
)
def test_a_comment_on_a_pull_request_is_told_as_such(changes: dict[str, Any]) -> None:
    payload = delivery(action="created", comment={"id": 3, "body": "Fine"}, **changes)
    assert told(payload, "issue_comment").issue_kind == "pull_request"


@pytest.mark.parametrize(("numeric", "is_bot"), [(5, False), (-1, False), (-2, True)])
def test_the_actions_account_is_a_bot(numeric: int, is_bot: bool) -> None:
    sender = told(delivery(sender={"id": numeric, "login": "gitea-actions"})).sender
    assert sender is not None
    assert sender.is_bot is is_bot


@pytest.mark.parametrize(
    ("payload", "where"),
    [
        ({}, "issue"),
        (delivery(issue=None), "issue"),
        (delivery(issue={"number": 4}), "issue.id"),
        (delivery(issue={"id": 900, "number": 4.0}), "issue.number"),
        (delivery(issue={"id": 900, "number": 0}), "issue.number"),
        (delivery(issue={"id": 900, "number": 4, "labels": {"id": 1}}), "issue.labels"),
        (delivery(issue={"id": 900, "number": 4, "labels": [{"id": 1}]}), "issue.labels.name"),
        (delivery(issue={"id": 900, "number": 4, "labels": [{"name": "bug"}]}), "issue.labels.id"),
        (delivery(repository={"id": 7401}), "repository.full_name"),
        (delivery(repository={"full_name": "acme/storefront"}), "repository.id"),
        (delivery(sender={"login": "dana"}), "sender.id"),
        (delivery(issue={"id": 900, "number": 4, "milestone": []}), "issue.milestone"),
        (delivery(issue={"id": 900, "number": 4, "milestone": {"id": 3}}), "issue.milestone.title"),
    ],
)
def test_a_delivery_that_can_not_be_read_says_where(payload: object, where: str) -> None:
    with pytest.raises(PayloadError) as caught:
        parse(payload)
    assert caught.value.where == where
    assert caught.value.mend


@pytest.mark.parametrize(
    ("milestone", "title"), [(None, ""), ({"id": 3, "title": "v1.0"}, "v1.0"), ({"id": 3, "title": ""}, "")]
)
def test_the_milestone_that_the_issue_is_in_is_told(milestone: object, title: str) -> None:
    issue = {"id": 900, "number": 4, "labels": [], "pull_request": None, "milestone": milestone}
    assert told(delivery(issue=issue)).milestone == title


@pytest.mark.parametrize("comment", [None, {"body": "Fine"}, {"id": "3", "body": "Fine"}])
def test_a_comment_without_an_id_is_refused(comment: object) -> None:
    with pytest.raises(PayloadError) as caught:
        parse(delivery(action="created", comment=comment), "issue_comment")
    assert caught.value.where.startswith("comment")


def test_a_comment_has_the_id_that_the_api_shows() -> None:
    event = told(delivery(action="created", comment={"id": 3, "body": "Fine"}), "issue_comment")
    assert (event.kind, event.comment, event.comment_id) == ("comment.created", "Fine", "3")


def test_a_delivery_without_the_name_of_its_event_is_refused() -> None:
    with pytest.raises(PayloadError, match="X-Gitea-Event"):
        GiteaParser().parse({"x-github-event": "issues"}, json.dumps(delivery()).encode())
