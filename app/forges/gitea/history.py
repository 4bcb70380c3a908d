"""Gitea's timeline of an issue as a history. Pure.

A timeline names the account that acted: the pusher and the merger, never a commit's author
(services/issue/commit.go, services/pull/merge.go in go-gitea/gitea). It does not say what made an account
close an issue, but the reference of the commit or pull request stands beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.events import HistoryEntry, Person
from app.forges.gitea.shapes import Fields, person, utc

_AT_ONCE = timedelta(seconds=10)
"""A keyword closes within the same push or merge; times are told to the second."""
_SAME_CLOSING = timedelta(minutes=1)
_SHORT_SHA = 7


def entries(timeline: Sequence[Fields], home: Fields) -> list[HistoryEntry]:
    """A timeline, oldest first, of an issue in the repository `home` (as the API shows it)."""
    found: list[HistoryEntry] = []
    for place, entry in enumerate(timeline):
        match entry["type"]:
            case "label":
                found.append(_label_entry(entry))
            case "milestone":
                found += _milestone_entries(entry)
            case "close":
                found.append(_closing(entry, timeline[:place], home))
            case "reopen":
                found.append(HistoryEntry("reopened", person(entry["user"]), utc(entry["created_at"])))
    return found


def closer(timeline: Sequence[Fields], closed_at: str) -> Person | None:
    """Who closed an issue; nobody is named where the timeline shows another moment than `closed_at`.

    Entries are missing that Gitea failed to convert or that point to places the bot may not see.
    """
    turns = [each for each in timeline if each["type"] in {"close", "reopen"}]
    if not turns or turns[-1]["type"] != "close":
        return None
    apart = _moment(turns[-1]["created_at"]) - _moment(closed_at)
    return person(turns[-1]["user"]) if abs(apart) < _SAME_CLOSING else None


def _label_entry(entry: Fields) -> HistoryEntry:
    """It adds with the body "1", and removes without. A label that was deleted since has left null."""
    label = entry["label"] or {"name": ""}
    return HistoryEntry(
        "labeled" if entry["body"] == "1" else "unlabeled",
        person(entry["user"]),
        utc(entry["created_at"]),
        label["name"],
    )


def _milestone_entries(entry: Fields) -> list[HistoryEntry]:
    """What was left, and what was entered; a milestone deleted since has left null, and is passed over."""
    by, at = person(entry["user"]), utc(entry["created_at"])
    left, added = entry["old_milestone"], entry["milestone"]
    found = [HistoryEntry("demilestoned", by, at, left["title"])] if left else []
    return [*found, HistoryEntry("milestoned", by, at, added["title"])] if added else found


def _closing(entry: Fields, before: Sequence[Fields], home: Fields) -> HistoryEntry:
    """A closing, and by what. Pushes by a deploy key go under the name of the repository's owner.

    So nobody vouches for the owner as the one who pushed (routers/private/serv.go in go-gitea/gitea).
    """
    by = person(entry["user"])
    commit = _commit(entry, before)
    via = _pull_request(entry, before, home) or commit
    is_owner = _id(entry) == home["owner"]["id"]
    at = utc(entry["created_at"])
    return HistoryEntry("closed", by, at, via=via, is_vouched=not (commit and is_owner))


def _commit(entry: Fields, before: Sequence[Fields]) -> str:
    """The commit whose push closed the issue: its reference goes right before, from the same account."""
    previous = before[-1] if before else None
    if previous is None or previous["type"] != "commit_ref" or _id(previous) != _id(entry):
        return ""
    is_at_once = _moment(entry["created_at"]) - _moment(previous["created_at"]) <= _AT_ONCE
    return f"commit {previous['ref_commit_sha'][:_SHORT_SHA]}" if is_at_once else ""


def _pull_request(entry: Fields, before: Sequence[Fields], home: Fields) -> str:
    """The pull request whose merge closed the issue: it said so, and was merged right before."""
    for reference in reversed(before):
        made = reference["ref_issue"] if reference["type"] in {"pull_ref", "comment_ref"} else None
        if made is None or reference["ref_action"] != "closes" or not made["pull_request"]:
            continue
        merged_at = made["pull_request"]["merged_at"]
        if merged_at and abs(_moment(entry["created_at"]) - _moment(merged_at)) <= _AT_ONCE:
            elsewhere = made["repository"]["full_name"] if made["repository"]["id"] != home["id"] else ""
            return f"pull request {elsewhere}#{made['number']}"
    return ""


def _id(entry: Fields) -> int | None:
    """The numeric id of who made the entry."""
    return entry["user"]["id"] if entry["user"] else None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
