"""Issues: create, read, list, edit, and their history."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request

from app.sandbox.forge.desk import Desk, answer
from app.sandbox.forge.errors import forbidden, invalid
from app.sandbox.forge.state import Issue, Repository, now

REASONS = ("completed", "not_planned", "duplicate")


def add_routes(app: Blueprint, desk: Desk) -> None:
    """Mount the routes."""

    @app.post("/repos/<owner>/<name>/issues")
    def create(owner: str, name: str) -> Response:
        repository = desk.repository(owner, name)
        fields = desk.body("Issue", title=str, body=str, labels=list)
        if not fields.get("title"):
            raise invalid("Issue", "title", "missing_field")
        issue = open_issue(desk, repository, fields["title"], fields.get("body") or "")
        desk.emit_issue(repository, issue, "opened")
        if repository.may(desk.user, "triage"):  # from others labels are dropped without a word
            for wanted in fields.get("labels") or []:
                put_label(desk, repository, issue, wanted if isinstance(wanted, str) else wanted["name"])
        return answer(desk.render.issue(repository, issue), 201)

    @app.get("/repos/<owner>/<name>/issues")
    def listed(owner: str, name: str) -> Response:
        repository = desk.repository(owner, name)
        state = request.args.get("state", "open")
        if state not in ("open", "closed", "all"):
            raise invalid("Issue", "state")
        wanted = {one.lower() for one in request.args.get("labels", "").split(",") if one}
        found = [
            desk.render.issue(repository, issue, in_list=True)
            for issue in sorted(repository.issues.values(), key=lambda one: -one.number)
            if state in ("all", issue.state) and wanted <= {label.name.lower() for label in issue.labels}
        ]
        return desk.page(found)

    @app.get("/repos/<owner>/<name>/issues/<int:number>")
    def read(owner: str, name: str, number: int) -> Any:
        repository = desk.repository(owner, name)
        if number in repository.moved:
            place, there = repository.moved[number]
            prefix = request.environ.get("sandbox.prefix", "")
            return redirect(f"{request.host_url.rstrip('/')}{prefix}/repos/{place}/issues/{there}", 301)
        return answer(desk.render.issue(repository, desk.issue(repository, number)))

    @app.patch("/repos/<owner>/<name>/issues/<int:number>")
    def edit(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name)
        issue = desk.issue(repository, number)
        may_triage = repository.may(desk.user, "triage")
        if issue.author is not desk.user and not may_triage:
            raise forbidden("Must have triage rights to Repository, or be the issue's author.")
        fields = desk.body("Issue", title=str, body=str, state=str, state_reason=str, labels=list)
        if "title" in fields or "body" in fields:
            issue.title, issue.body = fields.get("title", issue.title), fields.get("body", issue.body)
            desk.emit_issue(repository, issue, "edited", changes={})
        if "labels" in fields and may_triage:
            _replace_labels(desk, repository, issue, fields["labels"])
        if "state" in fields:
            _set_state(desk, repository, issue, fields["state"], fields.get("state_reason"))
        return answer(desk.render.issue(repository, issue))

    @app.get("/repos/<owner>/<name>/issues/<int:number>/events")
    def history(owner: str, name: str, number: int) -> Response:
        issue = desk.issue(desk.repository(owner, name), number)
        return desk.page([desk.render.happening(one) for one in issue.history])


def open_issue(desk: Desk, repository: Repository, title: str, body: str) -> Issue:
    """A new issue by whoever asks; numbers count up for ever."""
    moment = now()
    issue = Issue(desk.state.next_id(), next(repository.numbers), title, body, desk.user, moment, moment)
    repository.issues[issue.number] = issue
    return issue


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


def _replace_labels(desk: Desk, repository: Repository, issue: Issue, wanted: list[Any]) -> None:
    names = [one if isinstance(one, str) else one["name"] for one in wanted]
    for label in list(issue.labels):
        if label.name.lower() not in {name.lower() for name in names}:
            take_label(desk, repository, issue, label.name)
    for name in names:
        put_label(desk, repository, issue, name)


def _set_state(desk: Desk, repository: Repository, issue: Issue, state: str, reason: str | None) -> None:
    if state not in ("open", "closed"):
        raise invalid("Issue", "state")
    if state == "closed" and reason is not None and reason not in REASONS:
        raise invalid("Issue", "state_reason")
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
