"""How the pretend Gitea or Forgejo shows things: services/convert in go-gitea/gitea."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from tests.fakes.things import Account, Comment, Happening, Phase, Tag, Ticket
from tests.fakes.world import World

SITE = "https://gitea.example"
_ZONE = timezone(timedelta(hours=9))
_ENTRIES = {
    "closed": "close",
    "reopened": "reopen",
    "labeled": "label",
    "unlabeled": "label",
    "milestoned": "milestone",
    "commented": "comment",
    "edited": "change_title",
    "referenced": "pull_ref",
    "committed": "commit_ref",
}


def repository(world: World, owner_id: int) -> dict[str, Any]:
    owner, _, name = world.full_name.partition("/")
    return {
        "id": world.repository_id,
        "owner": {"id": owner_id, "login": owner, "username": owner},
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
        "milestone": milestone(ticket.phase) if ticket.phase else None,
        "state": "open" if ticket.is_open else "closed",
        "is_locked": False,
        "comments": len(ticket.comments),
        "created_at": when(ticket.created_at),
        "updated_at": when(ticket.updated_at),
        "closed_at": when(ticket.closed_at) if ticket.closed_at else None,
        "pull_request": _pull_request(ticket) if ticket.kind == "pull_request" else None,
        "repository": {
            "id": world.repository_id,
            "name": name,
            "owner": owner,
            "full_name": world.full_name,
        },
    }


def _pull_request(ticket: Ticket) -> dict[str, Any]:
    moment = ticket.merged_at
    return {"merged": moment is not None, "merged_at": when(moment) if moment else None, "draft": False}


def entry(world: World, each: Happening) -> dict[str, Any] | None:
    """An entry of an issue's timeline; None for what has none. What was deleted since leaves null behind."""
    if each.what not in _ENTRIES:
        return None
    made = each.pull_request if each.what == "referenced" else None
    phases, tags = world.phases, world.tags.values()
    return {
        "id": each.id,
        "type": _ENTRIES[each.what],
        "user": user(each.by),
        "body": _body(world, each),
        "created_at": when(each.at),
        "updated_at": when(each.at),
        "label": label(world, each.tag) if each.tag and each.tag in tags else None,
        "milestone": milestone(each.phase) if each.phase and each.phase in phases else None,
        "old_milestone": milestone(each.former) if each.former and each.former in phases else None,
        "ref_issue": issue(world, made) if made else None,
        "ref_action": "closes" if made else "none",
        "ref_commit_sha": each.commit if each.what == "committed" else "",
    }


def _body(world: World, each: Happening) -> str:
    if each.comment:
        return each.comment.text
    if each.what == "committed":
        return f'<a href="/{world.full_name}/commit/{each.commit}">Fix it</a>'
    return "1" if each.what == "labeled" else ""


def milestone(phase: Phase) -> dict[str, Any]:
    state = "open" if phase.is_open else "closed"
    return {"id": phase.id, "title": phase.title, "description": "", "state": state}


def label(world: World, tag: Tag) -> dict[str, Any]:
    url = f"{SITE}/api/v1/repos/{world.full_name}/labels/{tag.id}"
    return {"id": tag.id, "name": tag.name, "color": tag.color, "description": tag.description, "url": url}


def comment(world: World, ticket: Ticket, written: Comment) -> dict[str, Any]:
    page = "pulls" if ticket.kind == "pull_request" else "issues"
    return {
        "id": written.id,
        "html_url": f"{SITE}/{world.full_name}/{page}/{ticket.number}#issuecomment-{written.id}",
        "user": user(written.by),
        "body": written.text,
        "created_at": when(written.at),
        "updated_at": when(written.edited_at or written.at),
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
