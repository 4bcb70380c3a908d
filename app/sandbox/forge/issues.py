"""Issues: create, read, list, edit, and their history."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from app.sandbox.forge.desk import Desk, answer, names_in
from app.sandbox.forge.errors import forbidden, invalid
from app.sandbox.forge.state import Issue, Repository, now

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
        issue = desk.state.add_issue(repository, desk.user, fields["title"], fields.get("body") or "")
        if repository.may(desk.user, "triage"):  # from others labels are dropped without a word
            for wanted in dict.fromkeys(names_in(fields.get("labels"), "Issue")):
                issue.labels.append(desk.state.label(repository, wanted))
        desk.emit_issue(repository, issue, "opened")
        for label in issue.labels:
            desk.state.note(issue, "labeled", desk.user, label)
            desk.emit_issue(repository, issue, "labeled", label=desk.render.label(repository, label))
        return answer(desk.render.issue(repository, issue), 201)

    @app.get("/repos/<owner>/<name>/issues")
    def listed(owner: str, name: str) -> Response:
        repository = desk.repository(owner, name)
        state = request.args.get("state", "open")
        direction = request.args.get("direction", "desc")
        if state not in ("open", "closed", "all"):
            raise invalid("Issue", "state")
        if direction not in ("asc", "desc"):
            raise invalid("Issue", "direction")
        # Without regard to case, and all of them: https://docs.github.com/en/rest/issues/issues
        wanted = {one.strip().lower() for one in request.args.get("labels", "").split(",") if one.strip()}
        found = [
            desk.render.issue(repository, issue, in_list=True)
            for issue in sorted(repository.issues.values(), key=lambda one: one.number)
            if state in ("all", issue.state) and wanted <= {label.name.lower() for label in issue.labels}
        ]
        return desk.page(found if direction == "asc" else found[::-1])

    @app.get("/repos/<owner>/<name>/issues/<int:number>")
    def read(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name)
        return answer(desk.render.issue(repository, desk.issue(repository, number)))

    @app.patch("/repos/<owner>/<name>/issues/<int:number>")
    def edit(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name)
        issue = desk.issue(repository, number)
        fields = desk.body("Issue", title=str, body=str, state=str, state_reason=str, labels=list)
        _check(fields)
        _check_rights(desk, repository, issue, fields)
        _set_texts(desk, repository, issue, fields)
        if fields.get("labels") is not None and repository.may(desk.user, "triage"):
            replace_labels(desk, repository, issue, names_in(fields["labels"], "Issue"))
        if fields.get("state") is not None:
            _set_state(desk, repository, issue, fields["state"], fields.get("state_reason"))
        return answer(desk.render.issue(repository, issue))

    @app.get("/repos/<owner>/<name>/issues/<int:number>/events")
    def history(owner: str, name: str, number: int) -> Response:
        issue = desk.issue(desk.repository(owner, name), number)
        return desk.page([desk.render.happening(one) for one in issue.history])


def put_label(desk: Desk, repository: Repository, issue: Issue, name: str) -> None:
    """Attach a label, with its line in the history and its webhook; nothing if it is there."""
    label = desk.state.label(repository, name)
    if label not in issue.labels:
        issue.labels.append(label)
        desk.state.note(issue, "labeled", desk.user, label)
        desk.emit_issue(repository, issue, "labeled", label=desk.render.label(repository, label))


def take_label(desk: Desk, repository: Repository, issue: Issue, name: str) -> None:
    """Take a label off; nothing if it is not there."""
    for label in [one for one in issue.labels if one.name.lower() == name.lower()]:
        issue.labels.remove(label)
        desk.state.note(issue, "unlabeled", desk.user, label)
        desk.emit_issue(repository, issue, "unlabeled", label=desk.render.label(repository, label))


def replace_labels(desk: Desk, repository: Repository, issue: Issue, names: list[str]) -> None:
    """Leave exactly these labels on the issue."""
    for label in list(issue.labels):
        if label.name.lower() not in {name.lower() for name in names}:
            take_label(desk, repository, issue, label.name)
    for name in names:
        put_label(desk, repository, issue, name)


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

    https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories
    """
    is_author, may = issue.author is desk.user, partial(repository.may, desk.user)
    is_reopened = fields.get("state") == "open" and issue.state == "closed"
    is_rewritten = fields.get("title") is not None or fields.get("body") is not None
    if (
        not (is_author or may("triage"))
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
        issue.updated_at = now()
        desk.emit_issue(repository, issue, "edited", changes=changes)


def _set_state(desk: Desk, repository: Repository, issue: Issue, state: str, reason: str | None) -> None:
    """Close or reopen. The reason is looked at only when the state changes, as GitHub says."""
    if state == issue.state:
        return
    issue.state = state
    if state == "closed":
        issue.state_reason = reason or "completed"
        issue.closed_at, issue.closed_by = now(), desk.user
        desk.state.note(issue, "closed", desk.user)
        desk.emit_issue(repository, issue, "closed")
    else:
        issue.state_reason, issue.closed_at, issue.closed_by = "reopened", None, None
        desk.state.note(issue, "reopened", desk.user)
        desk.emit_issue(repository, issue, "reopened")
