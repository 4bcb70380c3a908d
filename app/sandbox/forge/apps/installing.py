"""Installing Apps and all that may happen to an installation, each with its webhook to the App.

The App is told of these without having subscribed to them:
https://docs.github.com/en/webhooks/webhook-events-and-payloads#installation
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.sandbox.forge.acts import Act
from app.sandbox.forge.apps import shapes
from app.sandbox.forge.apps.records import App, Installation
from app.sandbox.forge.records import Repository, User


def install(act: Act, app: App, account: User, repository_ids: set[int] | None) -> Installation:
    """Put the App onto an account. Raises ValueError where it is already, or may not be."""
    if act.state.apps.on(app, account) is not None:
        raise ValueError(f"{app.slug} is installed on {account.login} already")
    if not app.is_public and account is not app.owner:
        raise ValueError(f"{app.slug} is not public: only {app.owner.login} can install it")
    _check(act, account, repository_ids)
    number, now = act.state.next_id(), act.state.now()
    made = Installation(number, app, account, repository_ids, dict(app.permissions), now, now)
    act.state.apps.installations[number] = made
    _tell(act, made, "installation", "created", repositories=_shown(act, made), requester=None)
    return made


def uninstall(act: Act, installation: Installation) -> None:
    """Take it off; its tokens are worth nothing from now on."""
    repositories = _shown(act, installation)
    del act.state.apps.installations[installation.id]
    _revoke(act, installation)
    _tell(act, installation, "installation", "deleted", repositories=repositories)


def suspend(act: Act, installation: Installation) -> None:
    """Nothing is sent to the App from now on, and it gets nothing."""
    installation.suspended_at = installation.updated_at = act.state.now()
    installation.suspended_by = act.user
    _tell(act, installation, "installation", "suspend", repositories=_shown(act, installation))


def unsuspend(act: Act, installation: Installation) -> None:
    installation.suspended_at = installation.suspended_by = None
    installation.updated_at = act.state.now()
    _tell(act, installation, "installation", "unsuspend", repositories=_shown(act, installation))


def select(act: Act, installation: Installation, repository_ids: set[int] | None) -> None:
    """Have it on these repositories and no others; None is all of the account's."""
    _check(act, installation.account, repository_ids)
    before = {one.id: one for one in covered(act, installation)}
    installation.repository_ids = repository_ids
    installation.updated_at = act.state.now()
    after = {one.id: one for one in covered(act, installation)}
    added = [one for one in after.values() if one.id not in before]
    removed = [one for one in before.values() if one.id not in after]
    for action, concerned in (("added", added), ("removed", removed)):
        if concerned:
            fields = {
                "repository_selection": "all" if repository_ids is None else "selected",
                "repositories_added": shapes.briefly(added if action == "added" else []),
                "repositories_removed": shapes.briefly(removed if action == "removed" else []),
                "requester": None,
            }
            _tell(act, installation, "installation_repositories", action, **fields)


def grant(act: Act, installation: Installation, permissions: dict[str, str]) -> None:
    """Let it have these permissions and no others, as after somebody accepted the App's new ones."""
    installation.app.permissions = dict(permissions)
    installation.permissions = dict(permissions)
    installation.updated_at = act.state.now()
    shown = _shown(act, installation)
    _tell(act, installation, "installation", "new_permissions_accepted", repositories=shown)


def delete(act: Act, app: App) -> None:
    """The App is gone, with its installations; nobody is told."""
    del act.state.apps.registered[app.id], act.state.users[app.bot.login.lower()]
    for installation in [one for one in act.state.apps.installations.values() if one.app is app]:
        del act.state.apps.installations[installation.id]
        _revoke(act, installation)


def covered(act: Act, installation: Installation) -> list[Repository]:
    """The repositories that it is on."""
    return [one for one in act.state.repositories.values() if installation.covers(one)]


def ping(act: Act, app: App) -> None:
    """The greeting of a new webhook; whoever takes it can not know the secret yet."""
    hook = shapes.hook(act.render, app)
    greeting = {"zen": "Close the loop.", "hook_id": app.hook.id, "hook": hook}
    if app.hook.is_active:
        act.webhooks.send_to(app.hook, "ping", greeting)


def _tell(act: Act, installation: Installation, event: str, action: str, **fields: Any) -> None:
    payload = {
        "action": action,
        "installation": shapes.installation(act.render, installation),
        **fields,
        "sender": act.render.user(act.user),
    }
    if installation.app.hook.is_active:
        act.webhooks.send_to(installation.app.hook, event, payload, installation_id=installation.id)


def _shown(act: Act, installation: Installation) -> list[dict[str, Any]]:
    return shapes.briefly(covered(act, installation))


def _check(act: Act, account: User, repository_ids: Iterable[int] | None) -> None:
    """Raises ValueError for a repository that is not the account's, and for none at all."""
    if repository_ids is None:
        return
    own = {one.id for one in act.state.repositories.values() if one.owner is account}
    if not repository_ids or not set(repository_ids) <= own:
        raise ValueError(f"choose one or more repositories of {account.login}")


def _revoke(act: Act, installation: Installation) -> None:
    grants = act.state.apps.grants
    for token in [token for token, one in grants.items() if one.installation is installation]:
        del grants[token]
