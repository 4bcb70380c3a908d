"""What happens to issues on GitHub's pages, and can not be done by REST: deleted, transferred, converted."""

from __future__ import annotations

from typing import Any

from app.sandbox.forge.acts import Act
from app.sandbox.forge.closing import set_state
from app.sandbox.forge.records import Issue, Repository


def delete(act: Act, repository: Repository, number: int) -> None:
    """From now on its number answers 410."""
    act.emit_issue(repository, repository.issues[number], "deleted")
    del repository.issues[number]
    repository.gone.add(number)


def transfer(act: Act, source: Repository, number: int, target: Repository) -> int:
    """Move an issue, which gets another id and number, and answer that.

    It keeps the labels and the milestone whose names the other repository has as well:
    https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/transferring-an-issue-to-another-repository
    """
    issue, render = source.issues[number], act.render
    before = render.issue(source, issue, in_list=True)
    del source.issues[number]
    issue.id, issue.number = act.state.next_id(), next(target.numbers)
    kept = [target.labels.get(label.name.lower()) for label in issue.labels]
    issue.labels = [label for label in kept if label is not None]
    title = issue.milestone.title if issue.milestone else None
    issue.milestone = next((one for one in target.milestones.values() if one.title == title), None)
    target.issues[issue.number] = issue
    source.moved[number] = (target.id, issue.number)
    act.state.note(issue, "transferred", act.user)
    after = render.issue(target, issue, in_list=True)
    came = {"old_issue": before, "old_repository": render.repository(source)}
    went = {"new_issue": after, "new_repository": render.repository(target)}
    act.emit(source, "issues", "transferred", issue=before, changes=went)
    act.emit(target, "issues", "opened", issue=after, changes=came)
    return issue.number


def convert_to_discussion(act: Act, repository: Repository, number: int) -> None:
    """Close and lock it; what stays behind looks closed like any other, but for its history.

    "The issue was closed and converted to a discussion":
    https://docs.github.com/en/rest/using-the-rest-api/issue-event-types#converted_to_discussion
    """
    issue = repository.issues[number]
    set_state(act, repository, issue, "closed")
    issue.is_locked = issue.is_discussion = True
    act.state.note(issue, "locked", act.user)
    act.state.note(issue, "converted_to_discussion", act.user)
    act.emit_issue(repository, issue, "locked")
    act.emit(repository, "discussion", "created", discussion=_discussion(act, repository, issue))


def _discussion(act: Act, repository: Repository, issue: Issue) -> dict[str, Any]:
    """A new one with the issue's text. https://docs.github.com/en/webhooks/webhook-events-and-payloads#discussion"""
    now, discussion_id, number = act.state.now(), act.state.next_id(), next(repository.numbers)
    shown = act.render.issue(repository, issue, in_list=True)
    kept = ("repository_url", "title", "user", "author_association", "active_lock_reason", "comments")
    category = {"id": 1, "repository_id": repository.id, "emoji": ":speech_balloon:", "name": "General"}
    about = {"slug": "general", "description": "", "is_answerable": False}
    times = {"created_at": now, "updated_at": now}
    return {
        **{name: shown[name] for name in kept},
        **dict.fromkeys(("answer_html_url", "answer_chosen_at", "answer_chosen_by", "state_reason")),
        **times,
        "id": discussion_id,
        "node_id": f"D_{discussion_id}",
        "number": number,
        "html_url": f"{act.render.web}/{repository.full_name}/discussions/{number}",
        "category": category | about | times,
        "state": "open",
        "locked": False,
        "body": issue.body,
    }
