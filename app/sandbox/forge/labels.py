"""Labels of a repository, and on its issues."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from flask import Blueprint, Response

from app.sandbox.forge.desk import LONGEST_LABEL, Desk, answer
from app.sandbox.forge.errors import invalid, not_found
from app.sandbox.forge.labelling import put_label, replace_labels, take_label
from app.sandbox.forge.records import Label, Repository

LONGEST_DESCRIPTION = 100


def add_routes(app: Blueprint, desk: Desk) -> None:
    """Mount the routes."""
    _repository_routes(app, desk)
    _issue_routes(app, desk)


def _repository_routes(app: Blueprint, desk: Desk) -> None:
    @app.get("/repos/<owner>/<name>/labels")
    def listed(owner: str, name: str) -> Response:
        repository = desk.repository(owner, name)
        return desk.page(list(repository.labels.values()), partial(desk.render.label, repository))

    @app.post("/repos/<owner>/<name>/labels")
    def create(owner: str, name: str) -> Response:
        repository = desk.repository(owner, name, "write")
        fields = desk.body("Label", name=str, color=str, description=str)
        _check_looks(fields)
        wanted = _free_name(repository, fields.get("name") or "")
        color, description = fields.get("color") or "ededed", fields.get("description") or ""
        label = Label(desk.state.next_id(), wanted, color.lower(), description)
        repository.labels[wanted.lower()] = label
        shown = desk.render.label(repository, label)
        desk.act.emit(repository, "label", "created", label=shown)
        return answer(shown, 201)

    @app.get("/repos/<owner>/<name>/labels/<path:label>")
    def read(owner: str, name: str, label: str) -> Response:
        repository = desk.repository(owner, name)
        return answer(desk.render.label(repository, _find(repository, label)))

    @app.patch("/repos/<owner>/<name>/labels/<path:label>")
    def edit(owner: str, name: str, label: str) -> Response:
        repository = desk.repository(owner, name, "write")
        found = _find(repository, label)
        fields = desk.body("Label", new_name=str, color=str, description=str)
        _check_looks(fields)
        wanted, before = fields.get("new_name") or found.name, found.name
        if wanted.lower() != before.lower():
            _free_name(repository, wanted)
        del repository.labels[before.lower()]
        repository.labels[wanted.lower()] = found
        found.name, found.color = wanted, (fields.get("color") or found.color).lower()
        if fields.get("description") is not None:
            found.description = fields["description"]
        shown = desk.render.label(repository, found)
        changes = {"name": {"from": before}} if wanted != before else {}
        desk.act.emit(repository, "label", "edited", label=shown, changes=changes)
        return answer(shown)

    @app.delete("/repos/<owner>/<name>/labels/<path:label>")
    def remove(owner: str, name: str, label: str) -> Response:
        repository = desk.repository(owner, name, "write")
        found = _find(repository, label)
        del repository.labels[label.lower()]
        for issue in repository.issues.values():
            issue.labels = [one for one in issue.labels if one is not found]
        desk.act.emit(repository, "label", "deleted", label=desk.render.label(repository, found))
        return Response(status=204)


def _issue_routes(app: Blueprint, desk: Desk) -> None:
    place = "/repos/<owner>/<name>/issues/<int:number>/labels"

    @app.get(place)
    def on_issue(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name)
        labels = desk.issue(repository, number).labels
        return desk.page(labels, partial(desk.render.label, repository))

    @app.post(place)
    def attach(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name, "triage")
        issue = desk.issue(repository, number)
        for wanted in desk.label_names():
            put_label(desk.act, repository, issue, wanted)
        return answer([desk.render.label(repository, one) for one in issue.labels])

    @app.put(place)
    def exchange(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name, "triage")
        issue = desk.issue(repository, number)
        replace_labels(desk.act, repository, issue, desk.label_names())
        return answer([desk.render.label(repository, one) for one in issue.labels])

    @app.delete(f"{place}/<path:label>")
    def detach(owner: str, name: str, number: int, label: str) -> Response:
        repository = desk.repository(owner, name, "triage")
        issue = desk.issue(repository, number)
        if label.lower() not in {one.name.lower() for one in issue.labels}:
            raise not_found()
        take_label(desk.act, repository, issue, label)
        return answer([desk.render.label(repository, one) for one in issue.labels])


def _find(repository: Repository, name: str) -> Label:
    if name.lower() not in repository.labels:
        raise not_found()
    return repository.labels[name.lower()]


def _free_name(repository: Repository, name: str) -> str:
    """A name that a label may take: GitHub's are unique without regard to case."""
    if not name.strip():
        raise invalid("Label", "name", "missing_field")
    if len(name) > LONGEST_LABEL:
        message = f"name is too long (maximum is {LONGEST_LABEL} characters)"
        raise invalid("Label", "name", "custom", message)
    if name.lower() in repository.labels:
        raise invalid("Label", "name", "already_exists")
    return name


def _check_looks(fields: dict[str, Any]) -> None:
    """Raises Refused (422). https://docs.github.com/en/rest/issues/labels#create-a-label"""
    if fields.get("color") and not re.fullmatch("[0-9A-Fa-f]{6}", fields["color"]):
        raise invalid("Label", "color")
    if len(fields.get("description") or "") > LONGEST_DESCRIPTION:
        message = f"description is too long (maximum is {LONGEST_DESCRIPTION} characters)"
        raise invalid("Label", "description", "custom", message)
