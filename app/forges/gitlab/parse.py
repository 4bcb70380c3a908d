"""GitLab's webhooks: verify, and say what they mean. Pure.

Shapes: https://docs.gitlab.com/user/project/integrations/webhook_events/. Payloads of old servers lack
`user.id`, `labels`, `changes` and `type`; what they lack stays empty here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app import signatures, strictjson
from app.errors import PayloadError
from app.events import ForgeEvent, ForgeEventKind, Ignored, IssueKind, Label, Person, Repository

_SIGNING = b"whsec_"
_ISSUES = {"issue", "confidential_issue", "work_item"}
_NOTES = {"note", "confidential_note"}
_KINDS: dict[str, IssueKind] = {"Issue": "issue", "Incident": "incident", "Task": "task"}
_ACTIONS: dict[str, ForgeEventKind] = {
    "open": "issue.opened",
    "close": "issue.closed",
    "reopen": "issue.reopened",
    "update": "issue.edited",
}
_MILESTONES: dict[str, ForgeEventKind] = {"close": "milestone.closed", "reopen": "milestone.reopened"}
# Project and group tokens act as accounts that GitLab names so itself:
# https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}", re.ASCII)
_MEND = "Let GitLab send its own payload: remove the custom template from the webhook"
_BOT = re.compile(r"(project|group)_[0-9]+_bot(_[0-9a-f]+|[0-9]*)", re.ASCII)


class GitLabParser:
    """The ForgeParser port. Secrets are plain tokens, or signing secrets that begin with whsec_."""

    def delivery_id(self, headers: Mapping[str, str]) -> str:
        """The id that a retry and a resend keep: `Idempotency-Key`, from GitLab 17.4; `webhook-id` equals it.

        From 16.2 to 17.3 there is only `X-Gitlab-Webhook-UUID`, new for each request: a resend is handled
        anew then, which bills nothing twice. `X-Gitlab-Event-UUID` is no id: hooks that call GitLab back, and
        several events of one request, share it, so it would swallow events.
        https://docs.gitlab.com/user/project/integrations/webhooks/#delivery-headers
        """
        names = ("idempotency-key", "webhook-id", "x-gitlab-webhook-uuid")
        found = next((headers[name] for name in names if name in headers), "")
        if not _ID.fullmatch(found):
            raise PayloadError(
                "the delivery has no usable id",
                where="Idempotency-Key",
                mend="Let the proxy pass this header on; GitLab sends one from version 16.2 on",
            )
        return found

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: tuple[bytes, ...]) -> None:
        """A signed delivery is judged by its signature alone: the token beside it is no second chance."""
        signing = tuple(secret for secret in secrets if secret.startswith(_SIGNING))
        tokens = tuple(secret for secret in secrets if not secret.startswith(_SIGNING))
        if "webhook-signature" in headers:
            signatures.verify_standard_webhook(headers, body, signing)
        else:
            signatures.verify_token(headers.get("x-gitlab-token"), tokens)

    def parse(self, headers: Mapping[str, str], body: bytes) -> ForgeEvent | Ignored:
        """See ForgeParser. Judged by the body alone: the header that names the event is never signed."""
        payload = _object(strictjson.loads(body), "the body")
        kind = str(payload.get("object_kind") or payload.get("event_name") or "")
        if not kind:
            raise PayloadError(
                f"this {headers.get('x-gitlab-event', 'delivery')} does not say what it is about",
                where="object_kind",
                mend=_MEND,
            )
        if kind in _ISSUES:
            return _issue_event(payload, str(payload.get("event_type") or kind))
        if kind in _NOTES:
            return _note_event(payload, str(payload.get("event_type") or kind))
        if kind == "milestone":
            return _milestone_event(payload)
        attributes = payload.get("object_attributes")
        action = str(attributes.get("action") or "") if isinstance(attributes, dict) else ""
        return Ignored(kind, action, f"a {kind} delivery concerns no issue")


def _issue_event(payload: dict[str, Any], event: str) -> ForgeEvent | Ignored:
    issue = _object(payload.get("object_attributes"), "object_attributes")
    action = str(issue.get("action") or "")
    if payload.get("project") is None:
        return Ignored(event, action, "an item of a group belongs to no repository")
    kind: ForgeEventKind = _ACTIONS.get(action, "issue.other")
    label = None
    if kind == "issue.edited":
        changes = payload.get("changes")
        if isinstance(changes, dict) and "milestone_id" in changes:
            kind = "issue.milestoned"  # its title is not told
        kind, label = _label_change(changes, kind)
    return ForgeEvent(
        kind=kind,
        event=event,
        action=action,
        repository=_repository(payload, issue),
        issue_number=_integer(issue, "iid", "object_attributes"),
        issue_id=str(_integer(issue, "id", "object_attributes")),
        issue_kind=_kind(issue, event),
        labels=_labels(payload.get("labels") or issue.get("labels"), "labels"),
        sender=_sender(payload),
        label=label,
    )


def _note_event(payload: dict[str, Any], event: str) -> ForgeEvent | Ignored:
    note = _object(payload.get("object_attributes"), "object_attributes")
    action = str(note.get("action") or "")
    # Servers before 16.11 send edited notes too without saying so (gitlab-org/gitlab!127169 and !147856).
    is_new = action == "create" if action else note.get("updated_at") == note.get("created_at")
    target = str(note.get("noteable_type") or "")
    if target != "Issue" or payload.get("project") is None:
        return Ignored(event, action, f"a comment on {target or 'nothing'} concerns no issue")
    if not is_new:
        return Ignored(event, action, "only new comments count, not edited ones")
    if note.get("system"):
        return Ignored(event, action, "GitLab wrote this comment by itself")
    issue = _object(payload.get("issue"), "issue")
    return ForgeEvent(
        kind="comment.created",
        event=event,
        action=action,
        repository=_repository(payload, issue),
        issue_number=_integer(issue, "iid", "issue"),
        issue_id=str(_integer(issue, "id", "issue")),
        issue_kind=_kind(issue, event),
        labels=_labels(issue.get("labels"), "issue.labels"),
        sender=_sender(payload),
        comment=str(note.get("note") or ""),
        comment_id=str(_integer(note, "id", "object_attributes")),
    )


def _milestone_event(payload: dict[str, Any]) -> ForgeEvent | Ignored:
    """A milestone's own event, from GitLab 18.2 on. It does not say who did it."""
    action = str(payload.get("action") or "")
    kind = _MILESTONES.get(action)
    if kind is None:
        return Ignored("milestone", action, "only the closing and reopening of a milestone matter")
    if payload.get("project") is None:
        return Ignored("milestone", action, "a milestone of a group belongs to no repository")
    milestone = _object(payload.get("object_attributes"), "object_attributes")
    if not isinstance(milestone.get("title"), str):
        raise PayloadError("this is missing or no text", where="object_attributes.title", mend=_MEND)
    return ForgeEvent(
        kind=kind,
        event="milestone",
        action=action,
        repository=_repository(payload, milestone),
        issue_number=0,
        issue_id="",
        issue_kind="issue",
        labels=(),
        sender=_sender(payload),
        milestone=milestone["title"],
    )


def _label_change(changes: object, otherwise: ForgeEventKind) -> tuple[ForgeEventKind, Label | None]:
    """What an update did to the labels; GitLab shows them all, before and after."""
    change = changes.get("labels") if isinstance(changes, dict) else None
    if not isinstance(change, dict):
        return otherwise, None
    before = _labels(change.get("previous"), "changes.labels.previous")
    after = _labels(change.get("current"), "changes.labels.current")
    added = [label for label in after if label not in before]
    removed = [label for label in before if label not in after]
    match added, removed:
        case [], []:
            return otherwise, None
        case [label], []:
            return "issue.labeled", label
        case [], [label]:
            return "issue.unlabeled", label
    return "issue.labels_changed", None


def _kind(issue: dict[str, Any], event: str) -> IssueKind:
    """Servers before 14.6 have no types, and no tasks: an issue without a type is one."""
    if issue.get("type") is None:
        return "other" if event == "work_item" else "issue"
    return _KINDS.get(str(issue["type"]), "other")


def _repository(payload: dict[str, Any], issue: dict[str, Any]) -> Repository:
    project = _object(payload.get("project"), "project")
    full_name = project.get("path_with_namespace")
    if not isinstance(full_name, str) or not full_name:
        raise PayloadError("the project has no path", where="project.path_with_namespace", mend=_MEND)
    return Repository(id=_id(project.get("id", issue.get("project_id")), "project.id"), full_name=full_name)


def _sender(payload: dict[str, Any]) -> Person | None:
    user = payload.get("user")
    if not isinstance(user, dict) or not isinstance(user.get("username"), str):
        return None
    is_bot = _BOT.fullmatch(user["username"]) is not None
    return Person(id=_id(user.get("id"), "user.id"), login=user["username"], is_bot=is_bot)


def _labels(value: object, where: str) -> tuple[Label, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise PayloadError("this is no list", where=where, mend=_MEND)
    return tuple(_label(_object(each, where), where) for each in value)


def _label(label: dict[str, Any], where: str) -> Label:
    if not isinstance(label.get("title"), str):
        raise PayloadError("this is missing or no text", where=f"{where}.title", mend=_MEND)
    return Label(id=_id(label.get("id"), f"{where}.id"), name=label["title"])


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PayloadError("this is missing or no object", where=where, mend=_MEND)
    return value


def _id(value: object, where: str) -> str:
    """A numeric id as text, "" where an old server sends none."""
    return "" if value is None else str(_integer({"id": value}, "id", where.removesuffix(".id")))


def _integer(fields: dict[str, Any], name: str, where: str) -> int:
    value = fields.get(name)
    if type(value) is not int or value <= 0:
        raise PayloadError("this is missing or no positive number", where=f"{where}.{name}", mend=_MEND)
    return value
