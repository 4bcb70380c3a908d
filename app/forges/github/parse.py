"""GitHub's webhooks: verify, and say what they mean. Pure.

Shapes: https://docs.github.com/en/webhooks/webhook-events-and-payloads. The headers are not signed, so
nothing that matters is taken from them; the event's name only says how to read the body.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.errors import PayloadError
from app.events import ForgeEvent, ForgeEventKind, Ignored, Label, Person, Repository
from app.forges import signatures, strictjson

SIGNATURE, DELIVERY, EVENT = "x-hub-signature-256", "x-github-delivery", "x-github-event"

_KINDS: dict[str, ForgeEventKind] = {
    "opened": "issue.opened",
    "closed": "issue.closed",
    "reopened": "issue.reopened",
    "labeled": "issue.labeled",
    "unlabeled": "issue.unlabeled",
    "edited": "issue.edited",
    "deleted": "issue.deleted",
    "transferred": "issue.transferred",
}


class GitHubParser:
    """The ForgeParser port, for github.com and GitHub Enterprise Server."""

    def delivery_id(self, headers: Mapping[str, str]) -> str:
        """The GUID that a redelivery repeats."""
        found = headers.get(DELIVERY, "")
        if not found:
            raise PayloadError(
                "the delivery has no id", where="X-GitHub-Delivery", mend="Let the proxy pass this header on"
            )
        return found

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: tuple[bytes, ...]) -> None:
        """SHA-256 only: the older X-Hub-Signature (SHA-1) proves nothing here."""
        signatures.verify_hmac_sha256(
            headers.get(SIGNATURE), body, secrets, prefix="sha256=", name="X-Hub-Signature-256"
        )

    def parse(self, headers: Mapping[str, str], body: bytes) -> ForgeEvent | Ignored:
        event = headers.get(EVENT, "")
        if not event:
            raise PayloadError(
                "the delivery does not name its event",
                where="X-GitHub-Event",
                mend="Let the proxy pass this header on",
            )
        if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            raise PayloadError(
                "this delivery is a form",
                where="Content-Type",
                mend="Set the webhook's content type to application/json",
            )
        payload = _object(strictjson.loads(body), "the body")
        action = str(payload.get("action") or "")
        if event == "issue_comment" and action != "created":
            return Ignored(event, action, "only new comments count, not edited or deleted ones")
        if event not in ("issues", "issue_comment"):
            return Ignored(event, action, f"a {event} delivery concerns no issue")
        return _issue_event(event, action, payload)


def _issue_event(event: str, action: str, payload: dict[str, Any]) -> ForgeEvent:
    issue = _object(payload.get("issue"), "issue")
    repository = _object(payload.get("repository"), "repository")
    full_name = repository.get("full_name")
    if not isinstance(full_name, str) or "/" not in full_name:
        raise PayloadError("the repository has no full name", where="repository.full_name")
    comment: str | None = None
    kind = _KINDS.get(action, "issue.other")
    if event == "issue_comment":
        kind = "comment.created"
        comment = str(_object(payload.get("comment"), "comment").get("body") or "")
    label = payload.get("label")  # may be missing even from "labeled", when the label was deleted meanwhile
    return ForgeEvent(
        kind=kind,
        event=event,
        action=action,
        repository=Repository(str(_integer(repository, "id", "repository")), full_name),
        issue_number=_integer(issue, "number", "issue"),
        issue_id=str(_integer(issue, "id", "issue")),
        issue_kind="pull_request" if issue.get("pull_request") else "issue",
        labels=read_labels(issue.get("labels")),
        sender=read_person(payload.get("sender")),
        label=_label(label) if isinstance(label, dict) else None,
        comment=comment,
    )


def read_person(value: object) -> Person | None:
    """A user object of the REST interface or a webhook; None where the account is gone ("ghost")."""
    if not isinstance(value, dict) or not isinstance(value.get("login"), str):
        return None
    numeric = value.get("id")
    is_bot = value.get("type") == "Bot" or value["login"].endswith("[bot]")
    return Person("" if numeric is None else str(numeric), value["login"], is_bot)


def read_labels(value: object) -> tuple[Label, ...]:
    """An issue's labels; old payloads may lack them."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise PayloadError("this is no list", where="issue.labels")
    return tuple(_label(_object(each, "issue.labels")) for each in value)


def _label(value: dict[str, Any]) -> Label:
    return Label(str(value.get("id") or ""), str(value.get("name") or ""))


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PayloadError("this is missing or no object", where=where)
    return value


def _integer(fields: dict[str, Any], name: str, where: str) -> int:
    value = fields.get(name)
    if type(value) is not int or value <= 0:
        raise PayloadError("this is missing or no number", where=f"{where}.{name}")
    return value
