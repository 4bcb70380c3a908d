"""The webhooks of a repository: made by its administrators, with a log of what was sent.

https://docs.github.com/en/rest/repos/webhooks
"""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response

from app.sandbox.forge import deliveries
from app.sandbox.forge.addresses import is_local
from app.sandbox.forge.desk import Desk, answer
from app.sandbox.forge.errors import invalid, not_found
from app.sandbox.forge.records import Hook, Repository

_HOOKS = "/repos/<owner>/<name>/hooks"


def add_routes(app: Blueprint, desk: Desk) -> None:
    """Mount the routes."""
    _hook_routes(app, desk)
    _delivery_routes(app, desk)


def _hook_routes(app: Blueprint, desk: Desk) -> None:
    @app.get(_HOOKS)
    def listed(owner: str, name: str) -> Response:
        repository = _managed(desk, owner, name)
        shown = partial(desk.render.hook, repository)
        return desk.page(list(repository.hooks.values()), shown)

    @app.post(_HOOKS)
    def create(owner: str, name: str) -> Response:
        repository = _managed(desk, owner, name)
        fields = desk.body("Hook", name=str, config=dict, events=list, active=bool)
        if fields.get("name", "web") != "web":
            raise invalid("Hook", "name")
        config: dict[str, Any] = fields.get("config") or {}
        events = fields.get("events") or ["push"]
        if not all(isinstance(one, str) and one for one in events):
            raise invalid("Hook", "events")
        hook = Hook(
            desk.state.next_id(),
            _url(repository, config),
            str(config.get("secret") or ""),
            events,
            desk.state.now(),
            is_active=fields.get("active") is not False,
        )
        repository.hooks[hook.id] = hook
        _ping(desk, repository, hook)
        return answer(desk.render.hook(repository, hook), 201)

    @app.get(f"{_HOOKS}/<int:hook_id>")
    def read(owner: str, name: str, hook_id: int) -> Response:
        repository = _managed(desk, owner, name)
        return answer(desk.render.hook(repository, _hook(repository, hook_id)))

    @app.delete(f"{_HOOKS}/<int:hook_id>")
    def remove(owner: str, name: str, hook_id: int) -> Response:
        repository = _managed(desk, owner, name)
        _hook(repository, hook_id)
        del repository.hooks[hook_id]
        return Response(status=204)

    @app.post(f"{_HOOKS}/<int:hook_id>/pings")
    def ping(owner: str, name: str, hook_id: int) -> Response:
        repository = _managed(desk, owner, name)
        _ping(desk, repository, _hook(repository, hook_id))
        return Response(status=204)


def _delivery_routes(app: Blueprint, desk: Desk) -> None:
    place = f"{_HOOKS}/<int:hook_id>/deliveries"

    @app.get(place)
    def listed_deliveries(owner: str, name: str, hook_id: int) -> Response:
        hook = _hook(_managed(desk, owner, name), hook_id)
        return deliveries.listed(desk, hook)

    @app.get(f"{place}/<int:delivery_id>")
    def read_delivery(owner: str, name: str, hook_id: int, delivery_id: int) -> Response:
        hook = _hook(_managed(desk, owner, name), hook_id)
        return deliveries.read(desk, hook, delivery_id)

    @app.post(f"{place}/<int:delivery_id>/attempts")
    def redeliver(owner: str, name: str, hook_id: int, delivery_id: int) -> Response:
        hook = _hook(_managed(desk, owner, name), hook_id)
        return deliveries.send_again(desk, hook, delivery_id)


def _managed(desk: Desk, owner: str, name: str) -> Repository:
    """Webhooks are not there at all for those who may not manage them."""
    repository = desk.repository(owner, name)
    if not desk.may(repository, "admin"):
        raise not_found()
    return repository


def _url(repository: Repository, config: dict[str, Any]) -> str:
    """Where to send: only on this machine, so that a sandbox never calls anybody."""
    url = config.get("url")
    if not isinstance(url, str) or not is_local(url):
        raise invalid("Hook", "url", "custom", "the sandbox sends to this machine only: http://127.0.0.1:…")
    if any(one.url == url for one in repository.hooks.values()):
        raise invalid("Hook", "config", "already_exists", "Hook already exists on this repository")
    if config.get("content_type", "form") != "json":
        raise invalid("Hook", "content_type", "custom", 'the sandbox sends JSON only: "content_type": "json"')
    return url


def _ping(desk: Desk, repository: Repository, hook: Hook) -> None:
    greeting = {"zen": "Close the loop.", "hook_id": hook.id, "hook": desk.render.hook(repository, hook)}
    where = {"repository": desk.render.repository(repository), "sender": desk.render.user(desk.user)}
    desk.webhooks.send_to(hook, "ping", greeting | where, repository_id=repository.id)


def _hook(repository: Repository, hook_id: int) -> Hook:
    if hook_id not in repository.hooks:
        raise not_found()
    return repository.hooks[hook_id]
