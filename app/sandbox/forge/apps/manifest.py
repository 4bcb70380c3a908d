"""Checking a GitHub App manifest as strictly as GitHub does. Pure.

https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from app.sandbox.forge.addresses import is_address, is_unreachable
from app.sandbox.forge.apps.catalogue import EVENTS, PERMISSIONS, includes

LONGEST_NAME = 34
MOST_CALLBACKS = 10
_TYPES: dict[str, type] = {
    "name": str,
    "url": str,
    "hook_attributes": dict,
    "redirect_url": str,
    "callback_urls": list,
    "setup_url": str,
    "description": str,
    "public": bool,
    "default_events": list,
    "default_permissions": dict,
    "request_oauth_on_install": bool,
    "setup_on_update": bool,
}


def read(text: str, *, is_local_allowed: bool) -> tuple[dict[str, Any], list[str]]:
    """The manifest, and everything that is wrong with it, in the words of GitHub's page."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return {}, ["Manifest is not a JSON object"]
    problems = [f'"{name}" is not a permitted key' for name in found if name not in _TYPES]
    problems += [
        f"{_title(name)} is invalid"
        for name, kind in _TYPES.items()
        if name in found and type(found[name]) is not kind
    ]
    # What has the wrong type is not looked into.
    if not problems:
        problems = [
            *_wrong_addresses(found),
            *_wrong_hook(found, is_local_allowed=is_local_allowed),
            *_wrong_permissions(found.get("default_permissions", {})),
            *_wrong_events(found),
        ]
    return found, problems


def wrong_name(name: str) -> str:
    """What is wrong with an App's name, "" for nothing."""
    if not any(sign.isascii() and sign.isalnum() for sign in name):
        return "Name can't be blank"
    return f"Name is too long (maximum is {LONGEST_NAME} characters)" if len(name) > LONGEST_NAME else ""


def with_metadata(permissions: dict[str, str]) -> dict[str, str]:
    """GitHub adds reading the metadata to whatever is asked for."""
    return {"metadata": "read", **permissions}


def _wrong_addresses(found: dict[str, Any]) -> Iterator[str]:
    for name in ("url", "redirect_url"):
        if not found.get(name):
            yield f"{_title(name)} can't be blank"
        elif not is_address(found[name]):
            yield f"{_title(name)} must be a valid URL"
    if found.get("setup_url") and not is_address(found["setup_url"]):
        yield "Setup url must be a valid URL"
    callbacks = found.get("callback_urls", [])
    if len(callbacks) > MOST_CALLBACKS or not all(is_address(one) for one in callbacks):
        yield "Callback urls is invalid"
    if found.get("request_oauth_on_install"):
        yield "Request oauth on install is nothing that the sandbox can do"


def _wrong_hook(found: dict[str, Any], *, is_local_allowed: bool) -> Iterator[str]:
    """The address is looked at even where the hook is not active, as GitHub does."""
    hook = found.get("hook_attributes")
    if hook is None:
        if found.get("default_events"):
            yield "Hook url cannot be blank"
        return
    url = hook.get("url")
    if not set(hook) <= {"url", "active"} or type(hook.get("active", True)) is not bool:
        yield "Hook is invalid"
    elif not url:
        yield "Hook url cannot be blank"
    elif not is_address(url):
        yield "Hook url must be a valid URL"
    elif not is_local_allowed and is_unreachable(url):
        host = urlsplit(url).hostname
        yield f"Hook url is not supported because it isn't reachable over the public Internet ({host})"
        yield "Hook is invalid"


def _wrong_permissions(permissions: dict[str, Any]) -> Iterator[str]:
    if not set(permissions) <= set(PERMISSIONS):
        yield "Default permission records resource is not included in the list"
    elif any(access not in PERMISSIONS[name] for name, access in permissions.items()):
        yield "Default permission records action is not included in the list"


def _wrong_events(found: dict[str, Any]) -> Iterator[str]:
    """`installation` and its like come without being asked for, and can not be asked for."""
    events, permissions = found.get("default_events", []), with_metadata(found.get("default_permissions", {}))
    if unknown := [str(one) for one in events if str(one) not in EVENTS]:
        yield f"Default events unsupported: {' and '.join(unknown)}"
    lacking = [
        str(one)
        for one in events
        if not any(includes(permissions, need, "read") for need in EVENTS.get(str(one), ()))
    ]
    if lacking:
        yield f"Default events are not supported by permissions: {' and '.join(lacking)}"


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
