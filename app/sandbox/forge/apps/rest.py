"""What a GitHub App may ask and order with its own token: itself, its installations, its webhook.

https://docs.github.com/en/rest/apps/apps and https://docs.github.com/en/rest/apps/webhooks
"""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response

from app.sandbox.forge import deliveries
from app.sandbox.forge.addresses import is_local
from app.sandbox.forge.apps import granting, registering, shapes
from app.sandbox.forge.apps.records import Installation
from app.sandbox.forge.desk import Desk, answer
from app.sandbox.forge.errors import invalid, not_found
from app.sandbox.forge.records import User


def add_routes(app: Blueprint, desk: Desk) -> None:
    """Mount the routes; the App's own token opens them, no person's does."""
    _installation_routes(app, desk)
    _hook_routes(app, desk)

    @app.get("/app")
    def own() -> Response:
        return answer(shapes.app(desk.render, desk.app, len(_own(desk))))


def add_open_routes(app: Blueprint, desk: Desk) -> None:
    """Mount the one route that needs no token: the code is the proof."""

    @app.post("/app-manifests/<code>/conversions")
    def convert(code: str) -> Response:
        found = registering.fetch(desk.state, code)
        secrets = {
            "client_id": found.app.client_id,
            "client_secret": found.client_secret,
            "webhook_secret": found.app.hook.secret or None,
            "pem": found.private_key,
        }
        return answer(shapes.app(desk.render, found.app, 0) | secrets, 201)


def add_granted_routes(app: Blueprint, desk: Desk) -> None:
    """Mount what an installation's token opens besides the repositories themselves."""

    @app.get("/installation/repositories")
    def repositories() -> Response:
        grant = desk.grant
        if grant is None:
            raise granting.not_accessible()
        found = [one for one in desk.state.repositories.values() if grant.covers(one)]
        wrap = partial(shapes.repositories, grant, len(found))
        return desk.page(found, desk.render.repository, wrap)

    @app.delete("/installation/token")
    def revoke() -> Response:
        grants = desk.state.apps.grants
        for token in [token for token, grant in grants.items() if grant is desk.grant]:
            del grants[token]
        return Response(status=204)


def _installation_routes(app: Blueprint, desk: Desk) -> None:
    @app.get("/app/installations")
    def listed() -> Response:
        return desk.page(_own(desk), partial(shapes.installation, desk.render))

    @app.get("/app/installations/<int:installation_id>")
    def read(installation_id: int) -> Response:
        return answer(shapes.installation(desk.render, _find(desk, installation_id)))

    @app.post("/app/installations/<int:installation_id>/access_tokens")
    def token(installation_id: int) -> Response:
        found = _find(desk, installation_id)
        fields = desk.body("Token", repositories=list, repository_ids=list, permissions=dict)
        text, grant = granting.make(desk.state, found, fields)
        named = None
        if grant.repository_ids is not None:
            named = [one for one in desk.state.repositories.values() if grant.covers(one)]
        return answer(shapes.token(desk.render, text, grant, named), 201)

    @app.get("/repos/<owner>/<name>/installation")
    def of_repository(owner: str, name: str) -> Response:
        repository = desk.named(owner, name, lambda one, _: any(has.covers(one) for has in _own(desk)))
        found = next(one for one in _own(desk) if one.covers(repository))
        return answer(shapes.installation(desk.render, found))

    @app.get("/orgs/<login>/installation")
    def of_organisation(login: str) -> Response:
        return _of(desk, desk.state.organisations.get(login.lower()))

    @app.get("/users/<login>/installation")
    def of_user(login: str) -> Response:
        return _of(desk, desk.state.account(login))


def _hook_routes(app: Blueprint, desk: Desk) -> None:
    @app.get("/app/hook/config")
    def config() -> Response:
        return answer(shapes.hook_config(desk.app.hook))

    @app.patch("/app/hook/config")
    def change() -> Response:
        types: dict[str, Any] = dict.fromkeys(("url", "content_type", "secret"), str)
        fields, hook = desk.body("Hook", **types), desk.app.hook
        if "url" in fields and not is_local(str(fields["url"])):
            raise invalid(
                "Hook", "url", "custom", "the sandbox sends to this machine only: http://127.0.0.1:…"
            )
        if fields.get("content_type", "json") != "json":
            raise invalid("Hook", "content_type", "custom", 'the sandbox sends JSON only: "json"')
        hook.url, hook.secret = fields.get("url") or hook.url, fields.get("secret") or hook.secret
        return answer(shapes.hook_config(hook))

    @app.get("/app/hook/deliveries")
    def listed_deliveries() -> Response:
        return deliveries.listed(desk, desk.app.hook)

    @app.get("/app/hook/deliveries/<int:delivery_id>")
    def read_delivery(delivery_id: int) -> Response:
        return deliveries.read(desk, desk.app.hook, delivery_id)

    @app.post("/app/hook/deliveries/<int:delivery_id>/attempts")
    def redeliver(delivery_id: int) -> Response:
        return deliveries.send_again(desk, desk.app.hook, delivery_id)


def _own(desk: Desk) -> list[Installation]:
    return [one for one in desk.state.apps.installations.values() if one.app is desk.app]


def _find(desk: Desk, installation_id: int) -> Installation:
    """Another App's installation is not there."""
    found = desk.state.apps.installations.get(installation_id)
    if found is None or found.app is not desk.app:
        raise not_found()
    return found


def _of(desk: Desk, account: User | None) -> Response:
    found = desk.state.apps.on(desk.app, account) if account is not None else None
    if found is None:
        raise not_found()
    return answer(shapes.installation(desk.render, found))
