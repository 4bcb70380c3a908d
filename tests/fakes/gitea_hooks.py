"""The webhooks of the pretend Gitea or Forgejo: https://docs.gitea.com/usage/repository/webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from typing import Any

from tests.fakes import gitea_shapes as shape
from tests.fakes.things import Happening, Ticket
from tests.fakes.world import World
from tests.forges.driver import Sent

_ACTIONS = {
    "labeled": "label_updated",
    "unlabeled": "label_updated",
    "commented": "created",
    "comment_edited": "edited",
}
_SUBSCRIPTIONS = {"labeled": "label", "unlabeled": "label", "milestoned": "milestone"}


def hook(world: World, ticket: Ticket, happening: Happening, owner_id: int, is_forgejo: bool) -> Sent:
    """The request for what just happened: indented JSON, signed, with copies of GitHub's headers."""
    event, kind = _event(ticket, happening)
    payload = {
        "action": _action(happening),
        "number": ticket.number,
        **_content(world, ticket, happening),
        "repository": shape.repository(world, owner_id),
        "sender": shape.user(happening.by),
    }
    body = json.dumps(payload, indent=2, ensure_ascii=False).encode()
    signature = hmac.digest(world.secret.encode(), body, hashlib.sha256).hex()
    delivery = str(uuid.uuid4())
    headers = {"User-Agent": "Go-http-client/1.1", "Content-Type": "application/json"}
    for vendor in ("GitHub", "Gitea", "Gogs", *(["Forgejo"] if is_forgejo else [])):
        headers[f"X-{vendor}-Delivery"] = delivery
        headers[f"X-{vendor}-Event"] = event
        headers[f"X-{vendor}-Event-Type"] = kind
        if vendor != "GitHub":
            headers[f"X-{vendor}-Signature"] = signature
    headers["X-Hub-Signature"] = f"sha1={hmac.digest(world.secret.encode(), body, hashlib.sha1).hex()}"
    headers["X-Hub-Signature-256"] = f"sha256={signature}"
    return Sent(headers, body)


def _action(happening: Happening) -> str:
    """A milestone that was left is not named: the issue shows the one it is in."""
    if happening.what == "milestoned":
        return "milestoned" if happening.phase else "demilestoned"
    return _ACTIONS.get(happening.what, happening.what)


def _event(ticket: Ticket, happening: Happening) -> tuple[str, str]:
    """(X-Gitea-Event, X-Gitea-Event-Type): the second is the subscription that the event belongs to."""
    is_pull = ticket.kind == "pull_request"
    if happening.comment:
        return "issue_comment", "pull_request_comment" if is_pull else "issue_comment"
    event, singular = ("pull_request", "pull_request") if is_pull else ("issues", "issue")
    part = _SUBSCRIPTIONS.get(happening.what)
    return event, f"{singular}_{part}" if part else event


def _content(world: World, ticket: Ticket, happening: Happening) -> dict[str, Any]:
    issue = shape.issue(world, ticket)
    if happening.comment:
        shown = shape.comment(world, ticket, happening.comment)
        return {"issue": issue, "comment": shown, "is_pull": ticket.kind == "pull_request"}
    if ticket.kind == "pull_request":
        return {"pull_request": issue}
    return {"issue": issue, "commit_id": happening.commit}
