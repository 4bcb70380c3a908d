"""People, repositories, and what somebody may do in one."""

from __future__ import annotations

import re

from flask import Blueprint, Response

from app.sandbox.forge.desk import LIMIT, Desk, answer
from app.sandbox.forge.errors import forbidden, invalid, not_found

_PERMISSION = {"triage": "read", "maintain": "write"}
"""The older field knows none, read, write and admin only."""
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)


def add_routes(app: Blueprint, desk: Desk) -> None:
    """Mount the routes."""
    _people_routes(app, desk)
    _repository_routes(app, desk)


def _people_routes(app: Blueprint, desk: Desk) -> None:
    @app.get("/user")
    def own() -> Response:
        return answer(desk.render.profile(desk.user))

    @app.get("/users/<login>")
    def person(login: str) -> Response:
        if login.lower() not in desk.state.users:
            raise not_found()
        return answer(desk.render.profile(desk.state.users[login.lower()]))

    @app.get("/rate_limit")
    def rate_limit() -> Response:
        core = {"limit": LIMIT, "remaining": desk.remaining, "used": desk.used, "reset": desk.reset}
        return answer({"resources": {"core": core}, "rate": core})


def _repository_routes(app: Blueprint, desk: Desk) -> None:
    @app.get("/user/repos")
    def listed() -> Response:
        mine = [one for one in desk.state.repositories.values() if desk.user.login in one.roles]
        return desk.page(mine, desk.render.repository)

    @app.post("/user/repos")
    def create() -> Response:
        fields = desk.body("Repository", name=str, private=bool)
        name = fields.get("name") or ""
        if not _NAME.fullmatch(name):
            raise invalid("Repository", "name")
        full_name = f"{desk.user.login}/{name}"
        if full_name.lower() in desk.state.repositories:
            raise invalid("Repository", "name", "already_exists", "name already exists on this account")
        made = desk.state.add_repository(full_name, is_private=fields.get("private") is True)
        return answer(desk.render.repository(made), 201)

    @app.get("/repos/<owner>/<name>")
    def read(owner: str, name: str) -> Response:
        return answer(desk.render.repository(desk.repository(owner, name)))

    @app.patch("/repos/<owner>/<name>")
    def rename(owner: str, name: str) -> Response:
        repository = desk.repository(owner, name, "admin")
        wanted = desk.body("Repository", name=str).get("name") or name
        if not _NAME.fullmatch(wanted):
            raise invalid("Repository", "name")
        before = repository.name
        try:
            desk.state.rename_repository(repository, f"{owner}/{wanted}")
        except ValueError as error:
            raise invalid("Repository", "name", "already_exists") from error
        if wanted != before:
            changes = {"repository": {"name": {"from": before}}}
            desk.act.emit(repository, "repository", "renamed", changes=changes)
        return answer(desk.render.repository(repository))

    @app.delete("/repos/<owner>/<name>")
    def remove(owner: str, name: str) -> Response:
        repository = desk.repository(owner, name, "admin")
        desk.act.emit(repository, "repository", "deleted")
        desk.state.remove_repository(repository)
        return Response(status=204)

    @app.get("/repos/<owner>/<name>/collaborators/<login>/permission")
    def permission(owner: str, name: str, login: str) -> Response:
        repository = desk.repository(owner, name)
        if not desk.may(repository, "write"):
            raise forbidden("Must have push access to view collaborator permission.", "metadata=read")
        user = desk.state.users.get(login.lower())
        if user is None:
            raise not_found()
        role = repository.role_of(user)
        shown = {"permission": _PERMISSION.get(role, role), "role_name": role}
        return answer(shown | {"user": desk.render.user(user) | {"role_name": role}})
