"""Registering an App: its keys and secrets, made fresh, and the one time that its maker may fetch them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from app.sandbox.forge.apps.catalogue import PERMISSIONS
from app.sandbox.forge.apps.manifest import with_metadata
from app.sandbox.forge.apps.records import App, Credentials, Installation, Proposal
from app.sandbox.forge.errors import not_found
from app.sandbox.forge.records import Hook, User
from app.sandbox.forge.state import State

CODE_LIVES = timedelta(hours=1)


def slug_of(name: str) -> str:
    """The App's name in addresses: "Close Out!" is close-out."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower(), flags=re.ASCII).strip("-")


def register(state: State, proposal: Proposal, name: str) -> str:
    """Make the App of a confirmed manifest, and answer the code for which its secrets may be fetched once."""
    manifest: Mapping[str, Any] = proposal.manifest
    key = generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    attributes = manifest.get("hook_attributes") or {}
    hook = Hook(
        state.next_id(),
        attributes.get("url", ""),
        secrets.token_hex(20) if attributes else "",
        list(manifest.get("default_events", [])),
        state.now(),
        is_active=bool(attributes) and attributes.get("active", True),
    )
    permissions = with_metadata(manifest.get("default_permissions", {}))
    app = add(state, name, proposal.account, public, hook, permissions)
    app.url = manifest["url"]
    app.description = manifest.get("description", "")
    app.setup_url = manifest.get("setup_url", "")
    app.is_setup_on_update = manifest.get("setup_on_update", False)
    app.is_public = manifest.get("public", False)
    code = secrets.token_hex(20)
    expires_at = state.ago(-CODE_LIVES)
    state.apps.credentials[code] = Credentials(app, pem, secrets.token_hex(20), expires_at)
    return code


def add(
    state: State, name: str, owner: User, public_key: str, hook: Hook, permissions: dict[str, str]
) -> App:
    """An App with an account to act as. Raises ValueError when the name is taken."""
    slug = slug_of(name)
    if not slug or state.apps.named(slug) is not None:
        raise ValueError(f"the name {name!r} can not be taken")
    app_id = hook.app_id = state.next_id()
    bot = User(state.next_id(), f"{slug}[bot]", "Bot")
    state.users[bot.login.lower()] = bot
    client_id = f"Iv23li{secrets.token_hex(7)}"
    now = state.now()
    app = App(app_id, slug, name, owner, bot, public_key, client_id, hook, permissions, now, url="")
    state.apps.registered[app_id] = app
    return app


def add_everywhere(state: State, slug: str, public_key: str, hook: Hook) -> App:
    """An App with every permission, on every account that there is, of which nobody is told."""
    owners = {one.owner.login: one.owner for one in state.repositories.values()}
    owner = next(iter(owners.values()), User(state.next_id(), slug, "Organization"))
    permissions = {name: accesses[-1] for name, accesses in PERMISSIONS.items()}
    app = add(state, slug, owner, public_key, hook, permissions)
    for account in owners.values():
        number, now = state.next_id(), state.now()
        installation = Installation(number, app, account, None, dict(permissions), now, now)
        state.apps.installations[number] = installation
    return app


def fetch(state: State, code: str) -> Credentials:
    """The App's secrets, once, within the hour. Raises Refused (404)."""
    found = state.apps.credentials.pop(code, None)
    if found is None or found.expires_at <= state.now() or found.app.id not in state.apps.registered:
        raise not_found()
    return found
