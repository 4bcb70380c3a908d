"""What people do with Apps on GitHub's pages, as methods: for driving the sandbox without a browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.sandbox.forge.acts import Act
from app.sandbox.forge.apps import installing, manifest
from app.sandbox.forge.apps.records import Installation
from app.sandbox.forge.records import User
from app.sandbox.forge.render import Render
from app.sandbox.forge.state import State
from app.sandbox.forge.webhooks import Webhooks


class AppDoors:
    """Apps go by their slugs, repositories by owner/name; `by` is who does it, else the account itself.

    All raise KeyError for what is not there, ValueError for what GitHub's pages would not let anybody do.
    """

    def __init__(self, state: State, webhooks: Webhooks, url: str) -> None:
        self._state, self._webhooks, self._render = state, webhooks, Render(url, url)

    def install(
        self, slug: str, account: str, repositories: Sequence[str] | None = None, by: str = ""
    ) -> Installation:
        """Put the App onto an account: on all of its repositories, or on these."""
        with self._state.lock:
            app, owner = self._state.apps.named(slug), self._state.account(account)
            if app is None or owner is None:
                raise KeyError(slug if app is None else account)
            return installing.install(self._act(owner, by), app, owner, self._ids(repositories))

    def uninstall(self, installation_id: int, by: str = "") -> None:
        with self._state.lock:
            installing.uninstall(*self._about(installation_id, by))

    def suspend(self, installation_id: int, by: str = "") -> None:
        with self._state.lock:
            installing.suspend(*self._about(installation_id, by))

    def unsuspend(self, installation_id: int, by: str = "") -> None:
        with self._state.lock:
            installing.unsuspend(*self._about(installation_id, by))

    def select(self, installation_id: int, repositories: Sequence[str] | None, by: str = "") -> None:
        """Have it on these repositories and no others, None for all."""
        with self._state.lock:
            installing.select(*self._about(installation_id, by), self._ids(repositories))

    def grant(self, installation_id: int, permissions: Mapping[str, str], by: str = "") -> None:
        """The App's owner asked for exactly these permissions, and the account accepted them."""
        with self._state.lock:
            granted = manifest.with_metadata(dict(permissions))
            installing.grant(*self._about(installation_id, by), granted)

    def delete(self, slug: str) -> None:
        """Delete the App itself, with its installations."""
        with self._state.lock:
            app = self._state.apps.named(slug)
            if app is None:
                raise KeyError(slug)
            installing.delete(self._act(app.owner, ""), app)

    def _about(self, installation_id: int, by: str) -> tuple[Act, Installation]:
        found = self._state.apps.installations[installation_id]
        return self._act(found.account, by), found

    def _act(self, account: User, by: str) -> Act:
        user = self._state.users[by.lower()] if by else account
        return Act(self._state, self._webhooks, self._render, user)

    def _ids(self, repositories: Sequence[str] | None) -> set[int] | None:
        if repositories is None:
            return None
        return {self._state.repositories[name.lower()].id for name in repositories}
