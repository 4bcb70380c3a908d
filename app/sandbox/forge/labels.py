"""Labels of a repository, and on its issues."""

from __future__ import annotations

from flask import Blueprint, Response

from app.sandbox.forge.desk import Desk, answer
from app.sandbox.forge.errors import invalid, not_found
from app.sandbox.forge.issues import put_label, take_label
from app.sandbox.forge.state import Label

LONGEST_NAME = 50


def add_routes(app: Blueprint, desk: Desk) -> None:
    """Mount the routes."""

    @app.get("/repos/<owner>/<name>/labels")
    def listed(owner: str, name: str) -> Response:
        repository = desk.repository(owner, name)
        return desk.page([desk.render.label(repository, one) for one in repository.labels.values()])

    @app.post("/repos/<owner>/<name>/labels")
    def create(owner: str, name: str) -> Response:
        repository = desk.repository(owner, name, "write")
        fields = desk.body("Label", name=str, color=str, description=str)
        wanted = fields.get("name") or ""
        if not 0 < len(wanted) <= LONGEST_NAME:
            raise invalid("Label", "name")
        if wanted.lower() in repository.labels:
            raise invalid("Label", "name", "already_exists")
        label = Label(
            desk.state.next_id(), wanted, fields.get("color") or "ededed", fields.get("description") or ""
        )
        repository.labels[wanted.lower()] = label
        shown = desk.render.label(repository, label)
        desk.emit(repository, "label", "created", label=shown)
        return answer(shown, 201)

    @app.get("/repos/<owner>/<name>/labels/<path:label>")
    def read(owner: str, name: str, label: str) -> Response:
        repository = desk.repository(owner, name)
        if label.lower() not in repository.labels:
            raise not_found()
        return answer(desk.render.label(repository, repository.labels[label.lower()]))

    @app.patch("/repos/<owner>/<name>/labels/<path:label>")
    def rename(owner: str, name: str, label: str) -> Response:
        repository = desk.repository(owner, name, "write")
        found = repository.labels.pop(label.lower(), None)
        if found is None:
            raise not_found()
        fields = desk.body("Label", new_name=str, color=str, description=str)
        before, found.name = found.name, fields.get("new_name") or found.name
        repository.labels[found.name.lower()] = found
        shown = desk.render.label(repository, found)
        desk.emit(repository, "label", "edited", label=shown, changes={"name": {"from": before}})
        return answer(shown)

    @app.get("/repos/<owner>/<name>/issues/<int:number>/labels")
    def on_issue(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name)
        labels = desk.issue(repository, number).labels
        return desk.page([desk.render.label(repository, one) for one in labels])

    @app.post("/repos/<owner>/<name>/issues/<int:number>/labels")
    def attach(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name, "triage")
        issue = desk.issue(repository, number)
        for wanted in desk.body("Label", labels=list).get("labels") or []:
            put_label(desk, repository, issue, wanted)
        return answer([desk.render.label(repository, one) for one in issue.labels])

    @app.delete("/repos/<owner>/<name>/issues/<int:number>/labels/<path:label>")
    def detach(owner: str, name: str, number: int, label: str) -> Response:
        repository = desk.repository(owner, name, "triage")
        issue = desk.issue(repository, number)
        if label.lower() not in {one.name.lower() for one in issue.labels}:
            raise not_found()
        take_label(desk, repository, issue, label)
        return answer([desk.render.label(repository, one) for one in issue.labels])
