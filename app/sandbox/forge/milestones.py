"""Milestones of a repository. https://docs.github.com/en/rest/issues/milestones"""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response

from app.sandbox.forge.desk import Desk, answer
from app.sandbox.forge.errors import invalid, not_found
from app.sandbox.forge.labelling import set_milestone
from app.sandbox.forge.records import Milestone, Repository

LONGEST_TITLE = 256
_MILESTONES = "/repos/<owner>/<name>/milestones"


def add_routes(app: Blueprint, desk: Desk) -> None:
    """Mount the routes."""

    @app.get(_MILESTONES)
    def listed(owner: str, name: str) -> Response:
        repository = desk.repository(owner, name)
        state = desk.choice("Milestone", "state", ("open", "closed", "all"))
        found = [one for one in repository.milestones.values() if state in ("all", one.state)]
        return desk.page(found, partial(desk.render.milestone, repository))

    @app.post(_MILESTONES)
    def create(owner: str, name: str) -> Response:
        repository = desk.repository(owner, name, "write")
        fields = desk.body("Milestone", title=str, description=str, state=str)
        title = _free_title(repository, fields.get("title") or "")
        made = desk.state.add_milestone(repository, desk.user, title, fields.get("description") or "")
        desk.act.emit(repository, "milestone", "created", milestone=desk.render.milestone(repository, made))
        _set_state(desk, repository, made, fields.get("state") or "open")
        return answer(desk.render.milestone(repository, made), 201)

    @app.get(f"{_MILESTONES}/<int:number>")
    def read(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name)
        return answer(desk.render.milestone(repository, _find(repository, number)))

    @app.patch(f"{_MILESTONES}/<int:number>")
    def edit(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name, "write")
        found = _find(repository, number)
        fields = desk.body("Milestone", title=str, description=str, state=str)
        title, before = fields.get("title") or found.title, found.title
        if title != before:
            found.title, found.updated_at = _free_title(repository, title), desk.state.now()
            changes = {"title": {"from": before}}
            shown = desk.render.milestone(repository, found)
            desk.act.emit(repository, "milestone", "edited", milestone=shown, changes=changes)
        found.description = fields.get("description") or found.description
        _set_state(desk, repository, found, fields.get("state") or found.state)
        return answer(desk.render.milestone(repository, found))

    @app.delete(f"{_MILESTONES}/<int:number>")
    def remove(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name, "write")
        found = _find(repository, number)
        for issue in repository.issues.values():
            if issue.milestone is found:
                set_milestone(desk.act, repository, issue, None)
        del repository.milestones[number]
        desk.act.emit(repository, "milestone", "deleted", milestone=desk.render.milestone(repository, found))
        return Response(status=204)


def _set_state(desk: Desk, repository: Repository, milestone: Milestone, state: str) -> None:
    if state not in ("open", "closed"):
        raise invalid("Milestone", "state")
    if state == milestone.state:
        return
    milestone.state, milestone.updated_at = state, desk.state.now()
    milestone.closed_at = milestone.updated_at if state == "closed" else None
    action = "closed" if state == "closed" else "opened"
    desk.act.emit(repository, "milestone", action, milestone=desk.render.milestone(repository, milestone))


def _find(repository: Repository, number: int) -> Milestone:
    if number not in repository.milestones:
        raise not_found()
    return repository.milestones[number]


def _free_title(repository: Repository, title: str) -> str:
    if not title.strip():
        raise invalid("Milestone", "title", "missing_field")
    if len(title) > LONGEST_TITLE:
        raise invalid("Milestone", "title", "custom", f"title is too long (maximum is {LONGEST_TITLE})")
    if any(one.title == title for one in repository.milestones.values()):
        raise invalid("Milestone", "title", "already_exists")
    return title
