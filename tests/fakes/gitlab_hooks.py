"""The webhooks of the pretend GitLab: https://docs.gitlab.com/user/project/integrations/webhook_events/."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from datetime import datetime
from typing import Any

from tests.fakes.gitlab_shapes import SITE, TYPES, when
from tests.fakes.things import Account, Happening, Phase, Tag, Ticket
from tests.fakes.world import World
from tests.forges.driver import Sent

_ACTIONS = {"opened": "open", "closed": "close", "moved": "close", "reopened": "reopen"}
_STATES = {True: (1, "opened"), False: (2, "closed")}


def hook(world: World, ticket: Ticket, happening: Happening) -> Sent:
    """The request for what just happened; a secret that begins with whsec_ signs it, another is its token."""
    if happening.comment:
        event, payload = "Note Hook", _note(world, ticket, happening)
    elif ticket.kind == "pull_request":
        event, payload = "Merge Request Hook", _merge_request(world, ticket, happening)
    else:
        event, payload = "Issue Hook", _issue(world, ticket, happening)
    return _request(world, event, payload)


def milestone_hook(world: World, phase: Phase, action: str) -> Sent:
    """From GitLab 18.2 on. It names nobody, and its action stands at the top."""
    payload = _base(world, "milestone")
    attributes = {
        "id": phase.id,
        "iid": phase.id % 1000,
        "title": phase.title,
        "state": "active" if phase.is_open else "closed",
        "group_id": None,
        "project_id": world.repository_id,
    }
    del payload["repository"]
    return _request(world, "Milestone Hook", {**payload, "object_attributes": attributes, "action": action})


def _request(world: World, event: str, payload: dict[str, Any]) -> Sent:
    body = json.dumps(payload, separators=(",", ":")).encode()
    key = str(uuid.uuid4())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "GitLab/19.4.1",
        "Idempotency-Key": key,
        "X-Gitlab-Event": event,
        "X-Gitlab-Webhook-UUID": str(uuid.uuid4()),
        "X-Gitlab-Instance": SITE,
        "X-Gitlab-Event-UUID": str(uuid.uuid4()),
    }
    return Sent({**headers, **proof(world.secret, key, body)}, body)


def proof(secret: str, key: str, body: bytes) -> dict[str, str]:
    """https://docs.gitlab.com/user/project/integrations/webhooks/ and https://www.standardwebhooks.com/."""
    if not secret.startswith("whsec_"):
        return {"X-Gitlab-Token": secret}
    moment = str(int(time.time()))
    signed = f"{key}.{moment}.".encode() + body
    digest = hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256)
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": key, "webhook-timestamp": moment, "webhook-signature": signature}


def _base(world: World, kind: str, by: Account | None = None) -> dict[str, Any]:
    url = f"{SITE}/{world.full_name}"
    return {
        "object_kind": kind,
        "event_type": kind,
        **({"user": _user(by)} if by else {}),
        "project": {
            "id": world.repository_id,
            "name": world.full_name.partition("/")[2],
            "web_url": url,
            "visibility_level": 0,
            "path_with_namespace": world.full_name,
            "default_branch": "main",
        },
        "repository": {"name": world.full_name.partition("/")[2], "homepage": url},
    }


def _user(by: Account) -> dict[str, Any]:
    return {"id": by.id, "name": by.login.title(), "username": by.login, "email": "[REDACTED]"}


def _issue(world: World, ticket: Ticket, happening: Happening) -> dict[str, Any]:
    payload = _base(world, "work_item" if ticket.kind == "task" else "issue", happening.by)
    action = _ACTIONS.get(happening.what, "update")
    payload["object_attributes"] = {**_attributes(world, ticket), "action": action}
    payload["labels"] = [_label(world, tag, happening.at) for tag in ticket.tags]
    changes: dict[str, Any] = {"updated_at": {"previous": None, "current": when(happening.at)}}
    if happening.what in {"labeled", "unlabeled"}:
        changes["labels"] = {
            "previous": [_label(world, tag, happening.at) for tag in happening.before],
            "current": payload["labels"],
        }
    if happening.what == "milestoned":
        former, phase = happening.former, happening.phase
        changes["milestone_id"] = {
            "previous": former.id if former else None,
            "current": phase.id if phase else None,
        }
    if happening.what == "edited":
        changes["title"] = {"previous": "as it was", "current": ticket.title}
    return {**payload, "changes": changes}


def _note(world: World, ticket: Ticket, happening: Happening) -> dict[str, Any]:
    comment = happening.comment
    if comment is None:
        raise ValueError("no comment in this happening")
    payload = _base(world, "note", happening.by)
    is_merge_request = ticket.kind == "pull_request"
    payload["object_attributes"] = {
        "id": comment.id,
        "author_id": comment.by.id,
        "note": comment.text,
        "description": comment.text,
        "noteable_id": ticket.id,
        "noteable_type": "MergeRequest" if is_merge_request else "Issue",
        "project_id": world.repository_id,
        "system": comment.is_system,
        "created_at": when(comment.at),
        "updated_at": when(comment.edited_at or comment.at),
        "action": "create" if happening.what == "commented" else "update",
    }
    labels = [_label(world, tag, happening.at) for tag in ticket.tags]
    target = {**_attributes(world, ticket), "labels": labels}
    return {**payload, "merge_request" if is_merge_request else "issue": target}


def _merge_request(world: World, ticket: Ticket, happening: Happening) -> dict[str, Any]:
    payload = _base(world, "merge_request", happening.by)
    attributes = {
        "id": ticket.id,
        "iid": ticket.number,
        "title": ticket.title,
        "state": "opened" if ticket.is_open else "closed",
        "source_branch": "work",
        "target_branch": "main",
        "action": _ACTIONS.get(happening.what, "update"),
    }
    return {**payload, "object_attributes": attributes, "labels": [], "changes": {}}


def _attributes(world: World, ticket: Ticket) -> dict[str, Any]:
    """What was moved says so here only later: the hook is sent before `moved_to_id` is stored."""
    state_id, state = _STATES[ticket.is_open]
    return {
        "id": ticket.id,
        "iid": ticket.number,
        "title": ticket.title,
        "description": "",
        "type": TYPES.get(ticket.kind, "Issue"),
        "project_id": world.repository_id,
        "author_id": ticket.by.id,
        "confidential": False,
        "milestone_id": ticket.phase.id if ticket.phase else None,
        "moved_to_id": None,
        "duplicated_to_id": None,
        "state_id": state_id,
        "state": state,
        "created_at": when(ticket.created_at),
        "closed_at": when(ticket.closed_at) if ticket.closed_at else None,
        "url": f"{SITE}/{world.full_name}/-/issues/{ticket.number}",
    }


def _label(world: World, tag: Tag, at: datetime) -> dict[str, Any]:
    return {
        "id": tag.id,
        "title": tag.name,
        "color": "#0033cc",
        "project_id": world.repository_id,
        "created_at": when(at),
        "type": "ProjectLabel",
        "group_id": None,
    }
