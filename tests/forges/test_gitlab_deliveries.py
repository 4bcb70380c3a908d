"""GitLab's deliveries: what their ids are, and what the less common ones mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.errors import PayloadError
from app.events import ForgeEvent, ForgeEventKind, Ignored, Label
from app.forges.gitlab.parse import GitLabParser
from tests.fakes.gitlab import PretendGitLab

UAT, BUG = Label(id="11", name="milestone:uat"), Label(id="12", name="bug")


def delivery(**changes: Any) -> dict[str, Any]:
    """A small issue delivery; `changes` replace parts of it."""
    return {
        "object_kind": "issue",
        "event_type": "issue",
        "user": {"id": 5, "username": "dana"},
        "project": {"id": 7401, "path_with_namespace": "acme/group/storefront"},
        "object_attributes": {"id": 900, "iid": 4, "action": "update", "type": "Issue"},
        "labels": [],
        **changes,
    }


def note(**attributes: Any) -> dict[str, Any]:
    """A comment on an issue; `attributes` are those of the note."""
    usual = {"id": 1, "note": "Fine", "noteable_type": "Issue", "system": False, "action": "create"}
    return delivery(
        object_kind="note",
        event_type="note",
        object_attributes={**usual, **attributes},
        issue={"id": 900, "iid": 4, "type": "Issue", "labels": [{"id": 11, "title": "milestone:uat"}]},
    )


def parse(payload: object) -> ForgeEvent | Ignored:
    return GitLabParser().parse({"x-gitlab-event": "Issue Hook"}, json.dumps(payload).encode())


def told(payload: object) -> ForgeEvent:
    found = parse(payload)
    assert isinstance(found, ForgeEvent), found
    return found


def shown(*labels: Label) -> list[dict[str, Any]]:
    return [{"id": int(label.id), "title": label.name} for label in labels]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"idempotency-key": "a", "webhook-id": "a", "x-gitlab-webhook-uuid": "c"}, "a"),
        ({"webhook-id": "b", "x-gitlab-webhook-uuid": "c", "x-gitlab-event-uuid": "d"}, "b"),
        ({"x-gitlab-webhook-uuid": "c", "x-gitlab-event-uuid": "d"}, "c"),
    ],
)
def test_the_id_is_the_one_that_lasts_longest(headers: dict[str, str], expected: str) -> None:
    assert GitLabParser().delivery_id(headers) == expected


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 101, "a\n"])
def test_an_id_that_can_not_be_stored_is_refused(key: str) -> None:
    with pytest.raises(PayloadError):
        GitLabParser().delivery_id({"idempotency-key": key})


def test_an_event_id_that_several_deliveries_share_is_no_delivery_id() -> None:
    with pytest.raises(PayloadError, match=r"16\.2"):
        GitLabParser().delivery_id({"x-gitlab-event-uuid": "d"})


@pytest.mark.parametrize(
    ("before", "after", "kind", "label"),
    [
        ([], [UAT], "issue.labeled", UAT),
        ([BUG], [BUG, UAT], "issue.labeled", UAT),
        ([UAT, BUG], [BUG], "issue.unlabeled", UAT),
        ([], [UAT, BUG], "issue.labels_changed", None),
        ([UAT], [BUG], "issue.labels_changed", None),
        ([UAT, BUG], [], "issue.labels_changed", None),
        ([UAT], [UAT], "issue.edited", None),
        ([UAT], [Label(id="11", name="milestone:launch")], "issue.labels_changed", None),
    ],
)
def test_an_update_says_what_became_of_the_labels(
    before: list[Label], after: list[Label], kind: ForgeEventKind, label: Label | None
) -> None:
    changes = {"labels": {"previous": shown(*before), "current": shown(*after)}}
    event = told(delivery(labels=shown(*after), changes=changes))
    assert (event.kind, event.label, event.labels) == (kind, label, tuple(after))


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"milestone_id": {"previous": None, "current": 3}}, "issue.milestoned"),
        ({"milestone_id": {"previous": 3, "current": None}}, "issue.milestoned"),
        ({"title": {"previous": "a", "current": "b"}}, "issue.edited"),
        (None, "issue.edited"),
        # Which label it was is worth more: the milestone's title is not told anyway.
        (
            {
                "milestone_id": {"previous": None, "current": 3},
                "labels": {"previous": [], "current": shown(UAT)},
            },
            "issue.labeled",
        ),
    ],
)
def test_an_update_says_whether_the_milestone_changed(changes: object, kind: ForgeEventKind) -> None:
    event = told(delivery(changes=changes, labels=shown(UAT)))
    assert (event.kind, event.milestone) == (kind, "")


def milestone_delivery(**changes: Any) -> dict[str, Any]:
    """The closing of a milestone; `changes` replace parts of it."""
    return {
        "object_kind": "milestone",
        "event_type": "milestone",
        "project": {"id": 7401, "path_with_namespace": "acme/group/storefront"},
        "object_attributes": {"id": 61, "iid": 10, "title": "v1.0", "state": "closed", "project_id": 7401},
        "action": "close",
        **changes,
    }


def test_the_closing_of_a_milestone_is_about_no_issue_and_names_nobody() -> None:
    event = told(milestone_delivery())
    assert (event.kind, event.action, event.milestone) == ("milestone.closed", "close", "v1.0")
    assert (event.issue_number, event.issue_id, event.issue_kind, event.labels) == (0, "", "issue", ())
    assert (event.repository.id, event.repository.full_name) == ("7401", "acme/group/storefront")
    assert event.sender is None


def test_a_milestone_that_is_opened_again_is_reopened() -> None:
    event = parse(milestone_delivery(action="reopen"))
    assert isinstance(event, ForgeEvent)
    assert (event.kind, event.milestone) == ("milestone.reopened", "v1.0")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"action": "create"}, "closing"),
        ({"action": None}, "closing"),
        ({"project": None}, "group"),
    ],
)
def test_other_events_of_milestones_are_ignored_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    found = parse(milestone_delivery(**changes))
    assert isinstance(found, Ignored)
    assert (found.event, reason in found.reason) == ("milestone", True)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"object_attributes": None}, "object_attributes"),
        ({"object_attributes": {"id": 61}}, "object_attributes.title"),
        ({"project": {"id": 7401}}, "project.path_with_namespace"),
    ],
)
def test_the_closing_of_a_milestone_that_can_not_be_read_says_where(
    changes: dict[str, Any], where: str
) -> None:
    with pytest.raises(PayloadError) as caught:
        parse(milestone_delivery(**changes))
    assert caught.value.where == where


def test_a_closing_that_lists_labels_as_changed_stays_a_closing() -> None:
    attributes = {"id": 900, "iid": 4, "action": "close", "type": "Issue"}
    changes = {"labels": {"previous": [], "current": shown(UAT)}}
    event = told(delivery(object_attributes=attributes, changes=changes, labels=shown(UAT)))
    assert (event.kind, event.labels) == ("issue.closed", (UAT,))


@pytest.mark.parametrize("action", [None, "approve"])
def test_an_action_that_we_do_not_know_is_told_as_other(action: str | None) -> None:
    attributes = {"id": 900, "iid": 4, "action": action, "type": "Issue"}
    assert told(delivery(object_attributes=attributes)).kind == "issue.other"


@pytest.mark.parametrize(
    ("event_type", "item_type", "kind"),
    [
        ("issue", None, "issue"),
        ("issue", "Incident", "incident"),
        ("work_item", "Task", "task"),
        ("work_item", "Issue", "issue"),
        ("work_item", "Key Result", "other"),
        ("work_item", None, "other"),
    ],
)
def test_only_an_issue_is_told_as_an_issue(event_type: str, item_type: str | None, kind: str) -> None:
    attributes = {"id": 900, "iid": 4, "action": "close", "type": item_type}
    event = told(delivery(object_kind=event_type, event_type=event_type, object_attributes=attributes))
    assert event.issue_kind == kind


def test_a_project_in_a_subgroup_keeps_its_whole_path() -> None:
    assert told(delivery()).repository.full_name == "acme/group/storefront"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (note(action="update"), "only new comments"),
        (note(action=None, created_at="10:44:13", updated_at="10:45:00"), "only new comments"),
        (note(system=True), "by itself"),
        (note(noteable_type="MergeRequest"), "MergeRequest"),
        (note(noteable_type="Commit"), "Commit"),
        (delivery(object_kind="merge_request"), "merge_request"),
        (delivery(object_kind="push"), "push"),
        ({"event_name": "project_create"}, "project_create"),
        (delivery(object_kind="work_item", event_type="work_item", project=None), "group"),
    ],
)
def test_what_concerns_no_issue_is_ignored_with_the_reason(payload: object, reason: str) -> None:
    found = parse(payload)
    assert isinstance(found, Ignored)
    assert reason in found.reason


@pytest.mark.parametrize(
    "attributes",
    [{}, {"action": None, "created_at": "10:44:13", "updated_at": "10:44:13"}, {"action": ""}],
)
def test_a_new_comment_is_told_also_by_servers_that_do_not_say_it_is_new(attributes: dict[str, Any]) -> None:
    event = told(note(**attributes))
    assert (event.kind, event.comment, event.labels) == ("comment.created", "Fine", (UAT,))
    assert event.comment_id == "1"


@pytest.mark.parametrize(
    ("login", "is_bot"),
    [
        ("project_7401_bot", True),
        ("project_7401_bot2", True),
        ("group_12_bot_0f3ab1", True),
        ("project_manager_bot", False),
        ("dana", False),
    ],
)
def test_a_tokens_own_account_is_a_bot(login: str, is_bot: bool) -> None:
    sender = told(delivery(user={"id": 5, "username": login})).sender
    assert sender is not None
    assert sender.is_bot is is_bot


@pytest.mark.parametrize(
    ("payload", "where"),
    [
        ({}, "object_kind"),
        ({"event": "issue"}, "object_kind"),
        (delivery(object_attributes=None), "object_attributes"),
        (delivery(object_attributes={"iid": 4, "action": "close"}), "object_attributes.id"),
        (delivery(object_attributes={"id": 900, "iid": "4", "action": "close"}), "object_attributes.iid"),
        (delivery(object_attributes={"id": 900, "iid": True, "action": "close"}), "object_attributes.iid"),
        (delivery(object_attributes={"id": 900, "iid": -4, "action": "close"}), "object_attributes.iid"),
        (delivery(project={"id": 7401}), "project.path_with_namespace"),
        (delivery(project={"id": "7401", "path_with_namespace": "a/b"}), "project.id"),
        (delivery(user={"id": [], "username": "dana"}), "user.id"),
        (delivery(labels={"id": 11}), "labels"),
        (delivery(labels=["milestone:uat"]), "labels"),
        (delivery(labels=[{"id": 11}]), "labels.title"),
    ],
)
def test_a_delivery_that_can_not_be_read_says_where(payload: object, where: str) -> None:
    with pytest.raises(PayloadError) as caught:
        parse(payload)
    assert caught.value.where == where
    assert caught.value.mend


def test_moving_an_issue_looks_like_a_closing_and_is_told_apart_by_asking() -> None:
    pretend = PretendGitLab("token")
    dana = pretend.add_person("dana", "write")
    number = pretend.open_issue("Login", ["milestone:uat"], dana)
    pretend.close(number, dana, "moved")
    sent = pretend.sent()[-1]
    event = GitLabParser().parse({name.lower(): value for name, value in sent.headers.items()}, sent.body)
    assert isinstance(event, ForgeEvent)
    assert event.kind == "issue.closed"
