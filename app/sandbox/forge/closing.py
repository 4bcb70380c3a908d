"""Closing and reopening issues: by hand, or by a keyword in a commit or a merged pull request.

https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue
"""

from __future__ import annotations

import re

from app.sandbox.forge.acts import Act
from app.sandbox.forge.records import Issue, Repository

_MENTION = re.compile(r"(?:([\w.-]+/[\w.-]+))?#(\d{1,9})\b", re.ASCII)
_KEYWORD = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:([\w.-]+/[\w.-]+))?#(\d{1,9})\b",
    re.ASCII | re.IGNORECASE,
)


def set_state(
    act: Act,
    repository: Repository,
    issue: Issue,
    state: str,
    reason: str | None = None,
    commit_id: str | None = None,
) -> None:
    """Close or reopen. The reason is looked at only when the state changes, as GitHub says."""
    if state == issue.state:
        return
    issue.state = state
    if state == "closed":
        issue.state_reason = reason or "completed"
        issue.closed_at, issue.closed_by = act.state.now(), act.user
        act.state.note(issue, "closed", act.user, commit_id=commit_id)
        act.emit_issue(repository, issue, "closed")
    else:
        issue.state_reason, issue.closed_at, issue.closed_by = "reopened", None, None
        act.state.note(issue, "reopened", act.user)
        act.emit_issue(repository, issue, "reopened")


def close_by_keywords(act: Act, repository: Repository, text: str, commit_id: str | None = None) -> None:
    """Close what the text says it closes, in the name of `act`.

    `commit_id` is that of the commit with this text. Closed by a pull request's text, the history names
    none: https://github.com/PyGithub/PyGithub/issues/1295
    """
    for issue in _issues(_KEYWORD, repository, text):
        if commit_id is not None:
            act.state.note(issue, "referenced", act.user, commit_id=commit_id)
        if issue.pull is None and not issue.is_discussion:
            set_state(act, repository, issue, "closed", commit_id=commit_id)


def cross_reference(act: Act, repository: Repository, source: Issue) -> None:
    """Write into the timelines of the issues that a pull request's text mentions; once into each."""
    for issue in _issues(_MENTION, repository, source.body):
        if issue is not source and not any(one.source is source for one in issue.history):
            act.state.note(issue, "cross-referenced", act.user, source=source)


def _issues(pattern: re.Pattern[str], repository: Repository, text: str) -> list[Issue]:
    numbers = {
        int(number): None
        for place, number in pattern.findall(text)
        if place.lower() in ("", repository.full_name.lower())
    }
    return [repository.issues[number] for number in numbers if number in repository.issues]
