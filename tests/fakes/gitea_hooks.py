"""The webhooks of the pretend Gitea or Forgejo: https://docs.gitea.com/usage/repository/webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.fakes.world import Account, Comment, Happening, Tag, Ticket, World
from tests.forges.driver import Sent

SITE = "https://gitea.example"
_ZONE = timezone(timedelta(hours=9))
_ACTIONS = {"labeled": "label_updated", "unlabeled": "label_updated", "commented": "created"}


def hook(world: World, ticket: Ticket, happening: Happening, is_forgejo: bool) -> Sent:
    """The request for what just happened: indented JSON, signed, with copies of GitHub's headers."""
    event, kind = _event(ticket, happening)
    payload = {
        "action": _ACTIONS.get(happening.what, happening.what),
        "number": ticket.number,
        **_content(world, ticket, happening),
        "repository": repository(world),
        "sender": user(happening.by),
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


def _event(ticket: Ticket, happening: Happening) -> tuple[str, str]:
    """(X-Gitea-Event, X-Gitea-Event-Type): the second is the subscription that the event belongs to."""
    is_pull = ticket.kind == "pull_request"
    if happening.what == "commented":
        return "issue_comment", "pull_request_comment" if is_pull else "issue_comment"
    event, singular = ("pull_request", "pull_request") if is_pull else ("issues", "issue")
    return event, f"{singular}_label" if happening.what in {"labeled", "unlabeled"} else event


def _content(world: World, ticket: Ticket, happening: Happening) -> dict[str, Any]:
    if happening.comment:
        shown = comment(world, ticket, happening.comment)
        is_pull = ticket.kind == "pull_request"
        return {"issue": issue(world, ticket), "comment": shown, "is_pull": is_pull}
    if ticket.kind == "pull_request":
        return {"pull_request": issue(world, ticket)}
    return {"issue": issue(world, ticket), "commit_id": ""}


def repository(world: World) -> dict[str, Any]:
    owner, _, name = world.full_name.partition("/")
    return {
        "id": world.repository_id,
        "owner": {"id": 7001, "login": owner, "username": owner},
        "name": name,
        "full_name": world.full_name,
        "private": True,
        "html_url": f"{SITE}/{world.full_name}",
        "default_branch": "main",
    }


def issue(world: World, ticket: Ticket) -> dict[str, Any]:
    owner, _, name = world.full_name.partition("/")
    page = "pulls" if ticket.kind == "pull_request" else "issues"
    return {
        "id": ticket.id,
        "url": f"{SITE}/api/v1/repos/{world.full_name}/issues/{ticket.number}",
        "html_url": f"{SITE}/{world.full_name}/{page}/{ticket.number}",
        "number": ticket.number,
        "user": user(ticket.by),
        "title": ticket.title,
        "body": "",
        "labels": [label(world, tag) for tag in ticket.tags],
        "state": "open" if ticket.is_open else "closed",
        "is_locked": False,
        "comments": len(ticket.comments),
        "created_at": when(ticket.created_at),
        "updated_at": when(ticket.updated_at or ticket.created_at),
        "closed_at": when(ticket.closed_at) if ticket.closed_at else None,
        "pull_request": {"merged": False, "merged_at": None} if ticket.kind == "pull_request" else None,
        "repository": {
            "id": world.repository_id,
            "name": name,
            "owner": owner,
            "full_name": world.full_name,
        },
    }


def label(world: World, tag: Tag) -> dict[str, Any]:
    url = f"{SITE}/api/v1/repos/{world.full_name}/labels/{tag.id}"
    return {"id": tag.id, "name": tag.name, "color": "00ff00", "description": "", "url": url}


def comment(world: World, ticket: Ticket, entry: Comment) -> dict[str, Any]:
    page = "pulls" if ticket.kind == "pull_request" else "issues"
    return {
        "id": entry.id,
        "html_url": f"{SITE}/{world.full_name}/{page}/{ticket.number}#issuecomment-{entry.id}",
        "user": user(entry.by),
        "body": entry.text,
        "created_at": when(entry.at),
        "updated_at": when(entry.at),
    }


def user(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "login": account.login,
        "full_name": "",
        "is_admin": False,
        "active": False,
        "prohibit_login": account.state != "active",
        "username": account.login,
    }


def when(moment: datetime) -> str:
    """A time as Gitea writes it: to the second, with the server's own offset."""
    return moment.astimezone(_ZONE).isoformat()
