"""Issues: create, read, list, edit. https://docs.github.com/en/rest/issues/issues"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from app.sandbox.forge.closing import cross_reference, set_state
from app.sandbox.forge.desk import Desk, answer, names_in
from app.sandbox.forge.errors import forbidden, invalid
from app.sandbox.forge.labelling import replace_labels, set_milestone
from app.sandbox.forge.records import Issue, Milestone, Repository

REASONS = ("completed", "not_planned", "duplicate")
LONGEST_TITLE = 256


def add_routes(app: Blueprint, desk: Desk) -> None:
    """Mount the routes."""

    @app.post("/repos/<owner>/<name>/issues")
    def create(owner: str, name: str) -> Response:
        repository = desk.repository(owner, name)
        fields = desk.body("Issue", title=str, body=str, labels=list)
        if not fields.get("title"):
            raise invalid("Issue", "title", "missing_field")
        _check(fields)
        milestone = _milestone(repository, fields)
        issue = desk.state.add_issue(repository, desk.user, fields["title"], fields.get("body") or "")
        labels = names_in(fields.get("labels"), "Issue")
        if not desk.may(repository, "triage"):  # from others they are dropped without a word
            labels, milestone = [], None
        for label in (desk.state.label(repository, wanted) for wanted in labels):
            if label not in issue.labels:
                issue.labels.append(label)
        desk.act.emit_issue(repository, issue, "opened")
        for label in issue.labels:
            desk.state.note(issue, "labeled", desk.user, label=label)
            desk.act.emit_issue(repository, issue, "labeled", label=desk.render.label(repository, label))
        set_milestone(desk.act, repository, issue, milestone)
        return answer(desk.render.issue(repository, issue), 201)

    @app.get("/repos/<owner>/<name>/issues")
    def listed(owner: str, name: str) -> Response:
        repository = desk.repository(owner, name)
        return desk.page(_selected(desk, repository), partial(desk.render.issue, repository, in_list=True))

    @app.get("/repos/<owner>/<name>/issues/<int:number>")
    def read(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name)
        return answer(desk.render.issue(repository, desk.issue(repository, number, is_itself=True)))

    @app.patch("/repos/<owner>/<name>/issues/<int:number>")
    def edit(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name)
        issue = desk.issue(repository, number, is_itself=True)
        fields = desk.body("Issue", title=str, body=str, state=str, state_reason=str, labels=list)
        _check(fields)
        milestone = _milestone(repository, fields)
        _check_rights(desk, repository, issue, fields)
        _set_texts(desk, repository, issue, fields)
        if desk.may(repository, "triage"):  # others' are dropped without a word
            if fields.get("labels") is not None:
                replace_labels(desk.act, repository, issue, names_in(fields["labels"], "Issue"))
            if "milestone" in fields:
                set_milestone(desk.act, repository, issue, milestone)
        if fields.get("state") is not None:
            set_state(desk.act, repository, issue, fields["state"], fields.get("state_reason"))
        return answer(desk.render.issue(repository, issue))


def _selected(desk: Desk, repository: Repository) -> list[Issue]:
    """What the query asks for, in its order."""
    state = desk.choice("Issue", "state", ("open", "closed", "all"))
    sort = desk.choice("Issue", "sort", ("created", "updated", "comments"))
    is_descending = desk.choice("Issue", "direction", ("desc", "asc")) == "desc"
    since, milestone = _since(), _wanted_milestone(repository)
    # Labels count without regard to case, and all of them.
    wanted = {one.strip().lower() for one in request.args.get("labels", "").split(",") if one.strip()}
    found = [
        issue
        for issue in repository.issues.values()
        if state in ("all", issue.state)
        and issue.updated_at >= since
        and wanted <= {label.name.lower() for label in issue.labels}
        and (milestone is None or (issue.milestone.number if issue.milestone else 0) in milestone)
    ]
    orders = {
        "created": lambda issue: (issue.created_at, issue.number),
        "updated": lambda issue: (issue.updated_at, issue.number),
        "comments": lambda issue: (len(issue.comments), issue.number),
    }
    return sorted(found, key=orders[sort], reverse=is_descending)


def _since() -> str:
    """The query's moment as our texts write it, "" for none. Raises Refused (422)."""
    text = request.args.get("since", "")
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise invalid("Issue", "since") from None
    if moment is None:
        return ""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _wanted_milestone(repository: Repository) -> set[int] | None:
    """The numbers of milestones whose issues are wanted, 0 for none of them; None: whatever theirs is.

    Raises Refused (422) for a milestone that is not there.
    """
    text = request.args.get("milestone", "")
    if text in ("", "*", "none"):
        return {"": None, "*": set(repository.milestones), "none": {0}}[text]
    if not (text.isascii() and text.isdecimal() and int(text) in repository.milestones):
        raise invalid("Issue", "milestone")
    return {int(text)}


def _milestone(repository: Repository, fields: dict[str, Any]) -> Milestone | None:
    """By its number, which GitHub takes as text as well; null and the empty text are none."""
    wanted = fields.get("milestone")
    if wanted is None or wanted == "":
        return None
    text = wanted if isinstance(wanted, str) else str(wanted) if type(wanted) is int else ""
    if not (text.isascii() and text.isdecimal() and int(text) in repository.milestones):
        raise invalid("Issue", "milestone")
    return repository.milestones[int(text)]


def _check(fields: dict[str, Any]) -> None:
    """Refuse values before anything is changed."""
    title, state, reason = fields.get("title"), fields.get("state"), fields.get("state_reason")
    if title is not None and not title.strip():
        raise invalid("Issue", "title", "missing_field")
    if title is not None and len(title) > LONGEST_TITLE:
        raise invalid(
            "Issue", "title", "custom", f"title is too long (maximum is {LONGEST_TITLE} characters)"
        )
    if state not in (None, "open", "closed"):
        raise invalid("Issue", "state")
    if reason not in (None, "reopened", *REASONS) or (state == "closed" and reason == "reopened"):
        raise invalid("Issue", "state_reason")
    names_in(fields.get("labels"), "Issue")


def _check_rights(desk: Desk, repository: Repository, issue: Issue, fields: dict[str, Any]) -> None:
    """Triage may set the state, writers all; the author too, but not reopen what somebody else closed.

    What was converted to a discussion stays as it is.
    https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories
    """
    is_author, may = issue.author is desk.user, partial(desk.may, repository)
    is_reopened = fields.get("state") == "open" and issue.state == "closed"
    is_rewritten = fields.get("title") is not None or fields.get("body") is not None
    if (
        issue.is_discussion
        or not (is_author or may("triage"))
        or (is_rewritten and not (is_author or may("write")))
        or (is_reopened and issue.closed_by is not desk.user and not may("triage"))
    ):
        raise forbidden()


def _set_texts(desk: Desk, repository: Repository, issue: Issue, fields: dict[str, Any]) -> None:
    changes = {}
    for name in ("title", "body"):
        before, after = getattr(issue, name), fields.get(name)
        if after is not None and after != before:
            changes[name] = {"from": before}
            setattr(issue, name, after)
    if changes:
        issue.updated_at = desk.state.now()
        if issue.pull is not None:
            cross_reference(desk.act, repository, issue)
        desk.act.emit_issue(repository, issue, "edited", changes=changes)
