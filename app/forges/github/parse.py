"""GitHub's webhooks: verify, and say what they mean. Pure.

Shapes: https://docs.github.com/en/webhooks/webhook-events-and-payloads. What old servers leave out (a label's
id, a description) stays empty here; without an issue's or a repository's id nothing is believed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app import signatures, strictjson
from app.errors import PayloadError
from app.events import (
    AppChanged,
    ForgeEvent,
    ForgeEventKind,
    ForgeNews,
    Ignored,
    Label,
    Person,
    PullRequestChanged,
    Pushed,
    Repository,
)

_ACTIONS: dict[str, ForgeEventKind] = {
    "opened": "issue.opened",
    "closed": "issue.closed",
    "reopened": "issue.reopened",
    "labeled": "issue.labeled",
    "unlabeled": "issue.unlabeled",
    "edited": "issue.edited",
    "deleted": "issue.deleted",
    "transferred": "issue.transferred",
    "milestoned": "issue.milestoned",
    "demilestoned": "issue.milestoned",
}
# "opened" follows "closed"; a new one is "created".
_MILESTONES: dict[str, ForgeEventKind] = {"closed": "milestone.closed", "opened": "milestone.reopened"}
_REASONS = {
    "ping": "ping: GitHub only greets a new webhook",
    "label": "label: a label itself was changed; issues are judged by the labels that they carry when read",
    "repository": "repository: the repository itself was changed; no issue was",
}
_OF_APPS = frozenset({"installation", "installation_repositories", "installation_target"})
"""They come to every App, without being subscribed to."""
_PULLS = frozenset({"opened", "synchronize", "reopened", "edited", "closed"})
"""What changes where a pull request stands, or what it would change; its labels and reviewers do not."""
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}", re.ASCII)
_FULL_NAME = re.compile(r"[^/\s]+/[^/\s]+")
_MEND = "Let GitHub send its own payload, unchanged by anything between"


class GitHubParser:
    """The ForgeParser port."""

    def delivery_id(self, headers: Mapping[str, str]) -> str:
        """`X-GitHub-Delivery`: the same GUID on a redelivery.

        https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
        """
        found = headers.get("x-github-delivery", "")
        if not _ID.fullmatch(found):
            raise PayloadError(
                "the delivery has no usable id",
                where="X-GitHub-Delivery",
                mend="Let the proxy pass this header on",
            )
        return found

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: tuple[bytes, ...]) -> None:
        """Only SHA-256 counts: `X-Hub-Signature`, beside it, is SHA-1."""
        signatures.verify_hmac_sha256(
            headers.get("x-hub-signature-256"), body, secrets, prefix="sha256=", name="X-Hub-Signature-256"
        )

    def parse(self, headers: Mapping[str, str], body: bytes) -> ForgeNews | Ignored:
        """The kind of event stands in a header only, which is not signed: a hint, like the body itself."""
        event = headers.get("x-github-event", "")
        if not event:
            raise PayloadError(
                "the delivery does not name its event",
                where="X-GitHub-Event",
                mend="Let the proxy pass this header on",
            )
        media_type = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise PayloadError(
                f"the delivery is {media_type}, not JSON",
                where="Content-Type",
                mend="Choose application/json as the content type in the webhook's settings",
            )
        payload = _object(strictjson.loads(body), "body")
        if event == "issues":
            return _issue_event(payload)
        if event == "issue_comment":
            return _comment_event(payload)
        if event == "milestone":
            return _milestone_event(payload)
        if event == "push":
            return Pushed(event, _repository(payload), _text(payload, "ref", "ref"))
        if event == "pull_request" and payload.get("action") in _PULLS:
            number = _number(payload, "number", "number")
            return PullRequestChanged(event, str(payload["action"]), _repository(payload), number)
        if event in _OF_APPS:
            return AppChanged(event, _text(payload, "action", "action"))
        action = payload.get("action")
        reason = _REASONS.get(event, f"{event}: such deliveries concern no issue")
        return Ignored(event, action if isinstance(action, str) else "", reason)


def _issue_event(payload: dict[str, Any]) -> ForgeEvent:
    action = _text(payload, "action", "action")
    issue = _object(payload.get("issue"), "issue")
    label = payload.get("label")
    return ForgeEvent(
        kind=_ACTIONS.get(action, "issue.other"),
        event="issues",
        action=action,
        **_about(payload, issue),
        # "labeled" may come without it: https://docs.github.com/en/webhooks/webhook-events-and-payloads#issues
        label=None if label is None else _label(label, "label"),
        milestone=_milestone_title(payload, action, issue),
    )


def _milestone_event(payload: dict[str, Any]) -> ForgeEvent | Ignored:
    """A milestone of GitHub itself. https://docs.github.com/en/webhooks/webhook-events-and-payloads#milestone"""
    action = _text(payload, "action", "action")
    kind = _MILESTONES.get(action)
    if kind is None:
        return Ignored("milestone", action, f"milestone: only a closed one can be done; this was {action}")
    milestone = _object(payload.get("milestone"), "milestone")
    return ForgeEvent(
        kind=kind,
        event="milestone",
        action=action,
        repository=_repository(payload),
        issue_number=0,
        issue_id="",
        issue_kind="issue",
        labels=(),
        sender=_sender(payload),
        milestone=_text(milestone, "title", "milestone.title"),
    )


def _milestone_title(payload: dict[str, Any], action: str, issue: dict[str, Any]) -> str:
    """The one that the issue is in, or has just left: then it stands beside the issue."""
    where = "milestone" if action == "demilestoned" else "issue.milestone"
    found = payload.get("milestone") if action == "demilestoned" else issue.get("milestone")
    return "" if found is None else _text(_object(found, where), "title", f"{where}.title")


def _comment_event(payload: dict[str, Any]) -> ForgeEvent | Ignored:
    action = _text(payload, "action", "action")
    if action != "created":
        return Ignored("issue_comment", action, f"issue_comment {action}: only new comments count")
    comment = _object(payload.get("comment"), "comment")
    return ForgeEvent(
        kind="comment.created",
        event="issue_comment",
        action=action,
        **_about(payload, _object(payload.get("issue"), "issue")),
        comment=_text(comment, "body", "comment.body"),
        comment_id=str(_number(comment, "id", "comment.id")),
    )


def _about(payload: dict[str, Any], issue: dict[str, Any]) -> dict[str, Any]:
    """What both events say: the repository, the issue, its labels, who did it."""
    labels = issue.get("labels") or []
    if not isinstance(labels, list):
        raise PayloadError("this is no list", where="issue.labels", mend=_MEND)
    return {
        "repository": _repository(payload),
        "issue_number": _number(issue, "number", "issue.number"),
        "issue_id": str(_number(issue, "id", "issue.id")),
        # Every pull request is an issue too: https://docs.github.com/en/rest/issues/issues
        "issue_kind": "issue" if issue.get("pull_request") is None else "pull_request",
        "labels": tuple(_label(one, "issue.labels") for one in labels),
        "sender": _sender(payload),
    }


def _repository(payload: dict[str, Any]) -> Repository:
    repository = _object(payload.get("repository"), "repository")
    full_name = _text(repository, "full_name", "repository.full_name")
    if not _FULL_NAME.fullmatch(full_name):
        raise PayloadError("this is not owner/name", where="repository.full_name", mend=_MEND)
    return Repository(id=str(_number(repository, "id", "repository.id")), full_name=full_name)


def _sender(payload: dict[str, Any]) -> Person | None:
    if payload.get("sender") is None:
        return None
    sender = _object(payload["sender"], "sender")
    return Person(
        id=str(_number(sender, "id", "sender.id")),
        login=_text(sender, "login", "sender.login"),
        is_bot=sender.get("type") == "Bot",
    )


def _label(value: object, where: str) -> Label:
    """A label; those of old servers have a name only."""
    label = _object(value, where)
    label_id = "" if label.get("id") is None else str(_number(label, "id", f"{where}.id"))
    return Label(id=label_id, name=_text(label, "name", f"{where}.name"))


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PayloadError("this is missing or no object", where=where, mend=_MEND)
    return value


def _text(fields: dict[str, Any], name: str, where: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise PayloadError("this is missing or no text", where=where, mend=_MEND)
    return value


def _number(fields: dict[str, Any], name: str, where: str) -> int:
    value = fields.get(name)
    if type(value) is not int or value <= 0:
        raise PayloadError("this is missing or no positive number", where=where, mend=_MEND)
    return value
