"""The JSON of Apps, installations and their webhook. Pure.

https://docs.github.com/en/rest/apps/apps
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.sandbox.forge.apps.records import App, Grant, Installation
from app.sandbox.forge.records import Hook, Repository
from app.sandbox.forge.render import Render


def app(render: Render, app: App, installations: int) -> dict[str, Any]:
    return {
        "id": app.id,
        "slug": app.slug,
        "node_id": f"A_{app.id}",
        "client_id": app.client_id,
        "owner": render.user(app.owner),
        "name": app.name,
        "description": app.description or None,
        "external_url": app.url,
        "html_url": f"{render.web}/apps/{app.slug}",
        "created_at": app.created_at,
        "updated_at": app.created_at,
        "permissions": app.permissions,
        "events": app.hook.events,
        "installations_count": installations,
    }


def installation(render: Render, one: Installation) -> dict[str, Any]:
    return {
        "id": one.id,
        "client_id": one.app.client_id,
        "account": render.user(one.account),
        "repository_selection": "all" if one.repository_ids is None else "selected",
        "access_tokens_url": f"{render.api}/app/installations/{one.id}/access_tokens",
        "repositories_url": f"{render.api}/installation/repositories",
        "html_url": page(render, one),
        "app_id": one.app.id,
        "app_slug": one.app.slug,
        "target_id": one.account.id,
        "target_type": one.account.type,
        "permissions": one.permissions,
        "events": one.app.hook.events,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": render.user(one.suspended_by) if one.suspended_by else None,
        "suspended_at": one.suspended_at,
    }


def page(render: Render, one: Installation) -> str:
    """Where the account's people find the installation."""
    is_organisation = one.account.type == "Organization"
    place = f"/organizations/{one.account.login}" if is_organisation else ""
    return f"{render.web}{place}/settings/installations/{one.id}"


def token(render: Render, text: str, grant: Grant, named: list[Repository] | None) -> dict[str, Any]:
    """A new token; the repositories are listed only when some were named."""
    shown = {
        "token": text,
        "expires_at": grant.expires_at,
        "permissions": grant.permissions,
        "repository_selection": "all" if _is_for_all(grant) else "selected",
    }
    return shown if named is None else shown | {"repositories": [render.repository(one) for one in named]}


def repositories(grant: Grant, total: int, on_this_page: list[dict[str, Any]]) -> dict[str, Any]:
    selection = "all" if _is_for_all(grant) else "selected"
    return {"total_count": total, "repository_selection": selection, "repositories": on_this_page}


def _is_for_all(grant: Grant) -> bool:
    return grant.repository_ids is None and grant.installation.repository_ids is None


def hook(render: Render, app: App) -> dict[str, Any]:
    return {
        "type": "App",
        "id": app.hook.id,
        "name": "web",
        "active": app.hook.is_active,
        "events": app.hook.events,
        "config": hook_config(app.hook),
        "updated_at": app.created_at,
        "created_at": app.created_at,
        "app_id": app.id,
        "deliveries_url": f"{render.api}/app/hook/deliveries",
    }


def hook_config(hook: Hook) -> dict[str, Any]:
    """Its secret is never shown again."""
    shown = {"content_type": hook.content_type, "insecure_ssl": "0", "url": hook.url}
    return shown | ({"secret": "********"} if hook.secret else {})


def briefly(repositories: Iterable[Repository]) -> list[dict[str, Any]]:
    """Repositories as webhooks about installations list them."""
    return [
        {
            "id": one.id,
            "node_id": f"R_{one.id}",
            "name": one.name,
            "full_name": one.full_name,
            "private": one.is_private,
        }
        for one in repositories
    ]
