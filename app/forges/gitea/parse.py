"""Gitea's and Forgejo's webhooks: verify, and say what they mean. Pure.

Shapes: https://docs.gitea.com/usage/repository/webhooks and https://forgejo.org/docs/latest/user/webhooks.
Both also send copies of GitHub's headers, which are not looked at: a connection knows its forge.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app import signatures, strictjson
from app.errors import PayloadError, SignatureError
from app.events import ForgeEvent, ForgeEventKind, Ignored, Label, Person, Repository

_ACTIONS: dict[str, ForgeEventKind] = {
    "opened": "issue.opened",
    "closed": "issue.closed",
    "reopened": "issue.reopened",
    "edited": "issue.edited",
    "deleted": "issue.deleted",
    # Which labels came or went is not said; the labels shown are those after it. They reach us only through
    # the subscription "issue labels" (X-Gitea-Event-Type: issue_label), which is not part of "issues".
    "label_updated": "issue.labels_changed",
    "label_cleared": "issue.labels_changed",
    # The subscription "issue milestones". The milestone that was left is not named.
    "milestoned": "issue.milestoned",
    "demilestoned": "issue.milestoned",
}
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}", re.ASCII)
_MEND = "Choose the webhook type Gitea or Forgejo, and let nothing between change the payload"
_ACTIONS_BOT = -2  # models/user/user_system.go in go-gitea/gitea


class GiteaParser:
    """The ForgeParser port, for Gitea and Forgejo."""

    def delivery_id(self, headers: Mapping[str, str]) -> str:
        """The id of the hook task, as good as the event's: a task is made with one payload, and keeps both.

        One id may arrive several times with the same bytes (a task is sent again when Gitea restarts before
        it noted the answer); a replay by hand makes a new task. See models/webhook/hooktask.go.
        """
        found = headers.get(_name(headers, "Delivery").lower(), "")
        if not _ID.fullmatch(found):
            raise PayloadError(
                "the delivery has no usable id",
                where="X-Gitea-Delivery",
                mend="Let the proxy pass this header on",
            )
        return found

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: tuple[bytes, ...]) -> None:
        """The signature is bare hex, HMAC-SHA256 over the JSON."""
        if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            # The signature would cover the JSON inside (services/webhook/deliver.go), not these bytes.
            raise SignatureError(
                "this delivery is a form",
                where="Content-Type",
                mend="Set the webhook's POST Content Type to application/json",
            )
        name = _name(headers, "Signature")
        signatures.verify_hmac_sha256(headers.get(name.lower()), body, secrets, name=name)

    def parse(self, headers: Mapping[str, str], body: bytes) -> ForgeEvent | Ignored:
        """The kind of event stands in a header only. It is a hint: what was signed is the body."""
        event = headers.get(_name(headers, "Event").lower(), "")
        if not event:
            raise PayloadError(
                "the delivery does not name its event",
                where="X-Gitea-Event",
                mend="Choose the webhook type Gitea or Forgejo, and let the proxy pass this header on",
            )
        payload = _object(strictjson.loads(body), "the body")
        action = str(payload.get("action") or "")
        if event not in {"issues", "issue_comment"}:
            return Ignored(event, action, f"a {event} delivery concerns no issue")
        issue = _object(payload.get("issue"), "issue")
        if event == "issue_comment":
            return _comment_event(payload, issue, action)
        return _event(_ACTIONS.get(action, "issue.other"), event, action, payload, issue)


def _comment_event(payload: dict[str, Any], issue: dict[str, Any], action: str) -> ForgeEvent | Ignored:
    if action != "created":
        return Ignored("issue_comment", action, "only new comments count, not edited or deleted ones")
    comment = _object(payload.get("comment"), "comment")
    event = _event("comment.created", "issue_comment", action, payload, issue)
    comment_id = str(_integer(comment, "id", "comment"))
    return replace(event, comment=str(comment.get("body") or ""), comment_id=comment_id)


def _event(
    kind: ForgeEventKind,
    event: str,
    action: str,
    payload: dict[str, Any],
    issue: dict[str, Any],
) -> ForgeEvent:
    repository = _object(payload.get("repository"), "repository")
    full_name = repository.get("full_name")
    if not isinstance(full_name, str) or not full_name:
        raise PayloadError("the repository has no name", where="repository.full_name", mend=_MEND)
    return ForgeEvent(
        kind=kind,
        event=event,
        action=action,
        repository=Repository(id=str(_integer(repository, "id", "repository")), full_name=full_name),
        issue_number=_integer(issue, "number", "issue"),
        issue_id=str(_integer(issue, "id", "issue")),
        issue_kind="pull_request" if issue.get("pull_request") or payload.get("is_pull") else "issue",
        labels=_labels(issue.get("labels")),
        sender=_sender(payload),
        milestone=_milestone(issue.get("milestone")),
    )


def _name(headers: Mapping[str, str], of: str) -> str:
    """Forgejo sends its own headers and Gitea's: where its own is there, that one alone is judged."""
    return f"X-Forgejo-{of}" if f"x-forgejo-{of.lower()}" in headers else f"X-Gitea-{of}"


def _sender(payload: dict[str, Any]) -> Person | None:
    user = payload.get("sender")
    if not isinstance(user, dict) or not isinstance(user.get("login"), str):
        return None
    if type(user.get("id")) is not int:
        raise PayloadError("this is missing or no number", where="sender.id", mend=_MEND)
    return Person(id=str(user["id"]), login=user["login"], is_bot=user["id"] == _ACTIONS_BOT)


def _milestone(value: object) -> str:
    if value is None:
        return ""
    title = _object(value, "issue.milestone").get("title")
    if not isinstance(title, str):
        raise PayloadError("this is missing or no text", where="issue.milestone.title", mend=_MEND)
    return title


def _labels(value: object) -> tuple[Label, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise PayloadError("this is no list", where="issue.labels", mend=_MEND)
    return tuple(_label(_object(each, "issue.labels")) for each in value)


def _label(label: dict[str, Any]) -> Label:
    if not isinstance(label.get("name"), str):
        raise PayloadError("this is missing or no text", where="issue.labels.name", mend=_MEND)
    return Label(id=str(_integer(label, "id", "issue.labels")), name=label["name"])


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PayloadError("this is missing or no object", where=where, mend=_MEND)
    return value


def _integer(fields: dict[str, Any], name: str, where: str) -> int:
    value = fields.get(name)
    if type(value) is not int or value <= 0:
        raise PayloadError("this is missing or no positive number", where=f"{where}.{name}", mend=_MEND)
    return value
