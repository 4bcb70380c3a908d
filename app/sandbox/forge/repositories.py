"""People, repositories, rights, and the webhooks of a repository."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response

from app.sandbox.forge.desk import LIMIT, Desk, answer
from app.sandbox.forge.errors import invalid, not_found
from app.sandbox.forge.state import Hook, Repository

_PERMISSION = {"triage": "read", "maintain": "write"}
"""The older field knows three words only."""


def add_routes(app: Blueprint, desk: Desk) -> None:
    """Mount the routes."""

    @app.get("/user")
    def own() -> Response:
        return answer(desk.render.user(desk.user))

    @app.get("/users/<login>")
    def person(login: str) -> Response:
        if login.lower() not in desk.state.users:
            raise not_found()
        return answer(desk.render.user(desk.state.users[login.lower()]))

    @app.get("/rate_limit")
    def rate_limit() -> Response:
        core = {"limit": LIMIT, "remaining": LIMIT - desk.used, "used": desk.used, "reset": 4_000_000_000}
        return answer({"resources": {"core": core}, "rate": core})

    @app.get("/repos/<owner>/<name>")
    def read(owner: str, name: str) -> Response:
        return answer(desk.render.repository(desk.repository(owner, name)))

    @app.get("/repositories/<int:repository_id>")
    def by_id(repository_id: int) -> Response:
        for repository in desk.state.repositories.values():
            if repository.id == repository_id and repository.may(desk.user, "read"):
                return answer(desk.render.repository(repository))
        raise not_found()

    @app.get("/repos/<owner>/<name>/collaborators/<login>/permission")
    def permission(owner: str, name: str, login: str) -> Response:
        repository = desk.repository(owner, name, "write")
        user = desk.state.users.get(login.lower())
        if user is None:
            raise not_found()
        role = repository.role_of(user)
        shown = {"permission": _PERMISSION.get(role, role), "role_name": role}
        return answer(shown | {"user": desk.render.user(user)})

    _hook_routes(app, desk)


def _hook_routes(app: Blueprint, desk: Desk) -> None:
    @app.get("/repos/<owner>/<name>/hooks")
    def listed(owner: str, name: str) -> Response:
        repository = desk.repository(owner, name, "admin")
        return desk.page([desk.render.hook(repository, one) for one in repository.hooks.values()])

    @app.post("/repos/<owner>/<name>/hooks")
    def create(owner: str, name: str) -> Response:
        repository = desk.repository(owner, name, "admin")
        fields = desk.body("Hook", config=dict, events=list, active=bool)
        config: dict[str, Any] = fields.get("config") or {}
        url = str(config.get("url") or "")
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise invalid("Hook", "url")
        if any(one.url == url for one in repository.hooks.values()):
            raise invalid("Hook", "config", "already_exists")
        if config.get("content_type", "form") != "json":
            raise invalid("Hook", "content_type")  # the sandbox only speaks the one that Closeout takes
        hook = Hook(
            desk.state.next_id(),
            url,
            str(config.get("secret") or ""),
            list(fields.get("events") or ["push"]),
            is_active=fields.get("active", True),
        )
        repository.hooks[hook.id] = hook
        shown = desk.render.hook(repository, hook)
        ping = {"zen": "Close the loop.", "hook_id": hook.id, "hook": shown}
        where = {"repository": desk.render.repository(repository), "sender": desk.render.user(desk.user)}
        desk.webhooks.send_to(hook, "ping", ping | where)
        return answer(shown, 201)

    @app.delete("/repos/<owner>/<name>/hooks/<int:hook_id>")
    def remove(owner: str, name: str, hook_id: int) -> Response:
        repository = desk.repository(owner, name, "admin")
        _hook(repository, hook_id)
        del repository.hooks[hook_id]
        return Response(status=204)

    @app.get("/repos/<owner>/<name>/hooks/<int:hook_id>/deliveries")
    def deliveries(owner: str, name: str, hook_id: int) -> Response:
        hook = _hook(desk.repository(owner, name, "admin"), hook_id)
        return desk.page([one.as_json() for one in reversed(desk.webhooks.log) if one.hook is hook])

    @app.post("/repos/<owner>/<name>/hooks/<int:hook_id>/deliveries/<int:delivery_id>/attempts")
    def redeliver(owner: str, name: str, hook_id: int, delivery_id: int) -> Response:
        hook = _hook(desk.repository(owner, name, "admin"), hook_id)
        for delivery in desk.webhooks.log:
            if delivery.hook is hook and delivery.id == delivery_id:
                desk.webhooks.redeliver(delivery)
                return answer({}, 202)
        raise not_found()


def _hook(repository: Repository, hook_id: int) -> Hook:
    if hook_id not in repository.hooks:
        raise not_found()
    return repository.hooks[hook_id]
