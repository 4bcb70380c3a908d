"""Installation tokens: made for an App, and what a request needs of the one that it carries.

https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
"""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Any

from app.sandbox.forge.apps.catalogue import PERMISSIONS, includes
from app.sandbox.forge.apps.records import Grant, Installation
from app.sandbox.forge.errors import Refused, forbidden
from app.sandbox.forge.records import Repository
from app.sandbox.forge.state import State

TOKEN_LIVES = timedelta(hours=1)
MOST_REPOSITORIES = 500
SUSPENDED = "This installation has been suspended"
_REPOSITORY = "/repos/<owner>/<name>"
_CHANGES = {"POST", "PUT", "PATCH", "DELETE"}
_OPEN = ("/users/", "/rate_limit", "/installation/")
"""What any token may ask for."""
_NEEDS = (
    (r"/(issues|labels|milestones)\b.*", "issues"),
    (r"/pulls/.*/merge", "contents"),
    (r"/pulls\b.*|/commits/.*/pulls", "pull_requests"),
    (r"/(commits|compare|contents|git)\b.*", "contents"),
    (r"/hooks\b.*", "repository_hooks"),
    (r"/collaborators/.*", "metadata"),
)
"""What is below a repository, and the permission that reading or changing it takes; the first that fits."""
_COMMENTS = re.compile(r"/issues/(<int:number>/comments|comments/.*)")
"""On pull requests their own permission opens these as well:
https://docs.github.com/en/rest/issues/comments#create-an-issue-comment"""


def make(state: State, installation: Installation, wanted: dict[str, Any]) -> tuple[str, Grant]:
    """A token for this installation, or for less of it. Raises Refused (403, 422)."""
    if installation.suspended_at is not None:
        raise Refused(403, SUSPENDED)
    permissions = wanted.get("permissions") or {}
    if any(access not in PERMISSIONS.get(name, (access,)) for name, access in permissions.items()):
        raise Refused(422, "There is at least one permission action that is not supported.")
    if not all(includes(installation.permissions, *pair) for pair in permissions.items()):
        raise Refused(422, "The permissions requested are not granted to this installation.")
    expires_at = state.ago(-TOKEN_LIVES)
    granted = {**({"metadata": "read"} if permissions else installation.permissions), **permissions}
    grant = Grant(installation, granted, _named(state, installation, wanted), expires_at)
    # No longer 40 characters, as https://github.blog/changelog/2026-05-15-github-app-installation-tokens-per-request-override-header
    parts = (secrets.token_urlsafe(size) for size in (24, 150, 48))
    text = f"ghs_{installation.app.id}_{'.'.join(parts)}"
    state.apps.grants[text] = grant
    return text, grant


def _named(state: State, installation: Installation, wanted: dict[str, Any]) -> set[int] | None:
    """The repositories that were asked for, None when none were named."""
    names, numbers = wanted.get("repositories") or [], wanted.get("repository_ids") or []
    if len(names) + len(numbers) > MOST_REPOSITORIES:
        raise Refused(422, f"Too many repositories: at most {MOST_REPOSITORIES}")
    owner = installation.account.login
    found = [state.repositories.get(f"{owner}/{name}".lower()) for name in names]
    found += [state.by_id(number) if type(number) is int else None for number in numbers]
    if not all(one is not None and installation.covers(one) for one in found):
        what = "There is at least one repository that does not exist or is not accessible to the parent"
        raise Refused(422, f"{what} installation.")
    return {one.id for one in found if one is not None} or None


def of(state: State, text: str) -> Grant:
    """What this token opens now. Raises Refused: 401 for an unknown or expired one, 403 while suspended."""
    found = state.apps.grants.get(text)
    if found is None or found.expires_at <= state.now():
        raise Refused(401, "Bad credentials")
    if found.installation.suspended_at is not None:
        raise Refused(403, SUSPENDED)
    return found


def check(grant: Grant, method: str, rule: str) -> None:
    """Whether it opens a route, whatever the repository. Raises Refused (403)."""
    if rule.startswith(_OPEN):
        return
    if not rule.startswith(_REPOSITORY):
        raise not_accessible()
    access = "write" if method in _CHANGES else "read"
    below = rule.removeprefix(_REPOSITORY)
    needs = (need for pattern, need in _NEEDS if re.fullmatch(pattern, below))
    need = next(needs, "metadata" if access == "read" else "administration")
    if _COMMENTS.fullmatch(below) and grant.allows("pull_requests", access):
        return
    if not grant.allows(need, access):
        raise not_accessible(f"{need}={access}")


def check_comment(grant: Grant, method: str, *, is_on_pull: bool) -> None:
    """Whether it opens comments on this kind of issue. Raises Refused (403)."""
    if not is_on_pull and not grant.allows("issues", "write" if method in _CHANGES else "read"):
        raise not_accessible("issues=write; pull_requests=write")


def not_accessible(permission: str = "metadata=read") -> Refused:
    """`permission` is what a token would need."""
    return forbidden("Resource not accessible by integration", permission)


def check_change(grant: Grant, repository: Repository, method: str) -> None:
    """What is public an App may read anywhere, but not change. Raises Refused (403)."""
    if method in _CHANGES and not grant.covers(repository):
        raise not_accessible()
