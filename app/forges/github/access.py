"""Who we are at GitHub: an account with a token, or an App with a token for each repository.

An App's token is asked for one repository and the permissions that are needed there (see `tokens`).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol
from urllib.parse import quote, urlsplit

from github import Auth
from github.GithubException import GithubException

from app.errors import ForgeError
from app.events import Repository
from app.forges.github.faults import is_withheld, location
from app.forges.github.keys import as_app, asking_as_app
from app.forges.github.rest import Rest
from app.forges.github.shapes import Fields
from app.forges.github.tokens import InstallationToken

NEEDED = {"issues": "write", "metadata": "read"}
WISHED = {"pull_requests": "read"}
"""Asked for where the installation grants it: with it, histories say whose merge closed an issue."""
_LEVELS = ("read", "write", "admin")
"""Each includes those before it."""
_LOCATION = re.compile(r"/repositories/([0-9]+)/installation/?$")


class Access(Protocol):
    """An identity at one GitHub."""

    def to(self, repository: Repository, /) -> Rest:
        """What may see this repository. Raises ForgeError where we were not let in."""

    def check(self, repository: Repository, /) -> None:
        """Something is not shown there. Raises ForgeError where that is because we were shut out."""

    def anywhere(self) -> Rest:
        """What may ask about accounts."""

    def own_id(self) -> int:
        """The id of the account that our comments are written by."""


class TokenAccess:
    """One account's token, for whatever that account may do."""

    def __init__(self, token: str, api_url: str, timeout_s: int) -> None:
        self._rest = Rest(Auth.Token(token), api_url, timeout_s)

    def to(self, _repository: Repository) -> Rest:
        return self._rest

    def check(self, _repository: Repository) -> None:
        """What an account may not see is not there for it."""

    def anywhere(self) -> Rest:
        return self._rest

    def own_id(self) -> int:
        """https://docs.github.com/en/rest/users/users#get-the-authenticated-user"""
        return int(self._rest.ask("GET", "/user")["id"])


class AppAccess:
    """A GitHub App, wherever it is installed; `private_key` is PEM. Raises SettingsError for what is none.

    Its tokens have the permissions that are `needed`, and those `wished` for that the installation grants.
    """

    def __init__(
        self,
        app_id: str,
        private_key: str,
        api_url: str,
        timeout_s: int,
        *,
        needed: Mapping[str, str] = NEEDED,
        wished: Mapping[str, str] = WISHED,
    ) -> None:
        self._needed, self._wished = dict(needed), dict(wished)
        self._api_url, self._timeout_s = api_url, timeout_s
        self._app = Rest(as_app(app_id, private_key), api_url, timeout_s)
        self._lock = threading.Lock()
        self._rests: dict[str, Rest] = {}
        self._own_id = 0

    def to(self, repository: Repository) -> Rest:
        place = _place(repository)
        with self._lock:
            if place not in self._rests:
                token = InstallationToken(lambda: self._for_repository(repository))
                self._rests[place] = Rest(token, self._api_url, self._timeout_s)
            return self._rests[place]

    def check(self, repository: Repository) -> None:
        """An installation that was taken away, or narrowed, shows nothing from then on.

        The next request has a new token: the old one may be for what had the name before.
        """
        self._for_repository(repository)
        with self._lock:
            self._rests.pop(_place(repository), None)

    def anywhere(self) -> Rest:
        with self._lock:
            if "" not in self._rests:
                self._rests[""] = Rest(InstallationToken(self._for_accounts), self._api_url, self._timeout_s)
            return self._rests[""]

    def own_id(self) -> int:
        """An App comments as the account that is called like it and ends in [bot]."""
        if not self._own_id:
            with asking_as_app("the App"):
                slug = self._app.ask("GET", "/app")["slug"]
            self._own_id = int(self.anywhere().ask("GET", f"/users/{quote(f'{slug}[bot]', safe='')}")["id"])
        return self._own_id

    def _for_repository(self, repository: Repository) -> Fields:
        with asking_as_app(repository.full_name):
            installation, repository = self._installation(repository)
            granted = installation.get("permissions") or {}
            for name, level in self._needed.items():
                if not _includes(granted, name, level):
                    raise ForgeError(
                        f"the installation does not allow the GitHub App to {level} {name}",
                        where=repository.full_name,
                        mend=f"Grant it what it asks for at {installation.get('html_url') or 'GitHub'}",
                    )
            wished = {name: at for name, at in self._wished.items() if _includes(granted, name, at)}
            limits: dict[str, object] = {"permissions": self._needed | wished}
            if repository.id:
                limits["repository_ids"] = [int(repository.id)]
            else:
                limits["repositories"] = [repository.full_name.partition("/")[2]]
            try:
                return self._app.ask("POST", f"{_of(installation)}/access_tokens", limits)
            except GithubException as error:
                if error.status == 422:
                    raise self._not_installed(repository) from error
                raise

    def _for_accounts(self) -> Fields:
        """By the installation on the App's owner's account, else by any that works.

        A public App may be a guest of strangers, who can throw it out whenever they like.
        """
        with asking_as_app("the App's installations"):
            owner = self._app.ask("GET", "/app")["owner"]["id"]
            listed = [one for one in self._app.pages("/app/installations") if one.get("suspended_at") is None]
            refused: GithubException | None = None
            for each in sorted(listed, key=lambda one: one["account"]["id"] != owner):
                limits = {"permissions": {"metadata": "read"}}
                try:
                    return self._app.ask("POST", f"{_of(each)}/access_tokens", limits)
                except GithubException as error:
                    if not is_withheld(error):
                        raise
                    refused = error
            if refused:
                raise refused
            what, mend = "the GitHub App is installed nowhere", f"Install it: {self._url()}"
            raise ForgeError(what, where="accounts", mend=mend)

    def _installation(self, repository: Repository) -> tuple[Fields, Repository]:
        """The installation that reaches the repository, also by its former name; then with its id.

        https://docs.github.com/en/rest/apps/apps#get-a-repository-installation-for-the-authenticated-app
        """
        try:
            found = self._app.ask("GET", f"/repos/{quote(repository.full_name)}/installation")
        except GithubException as error:
            moved = _LOCATION.search(urlsplit(location(error)).path)
            if error.status == 404:
                raise self._not_installed(repository) from error
            if moved is None:
                raise
            found = self._app.ask("GET", f"/repositories/{moved[1]}/installation")
            repository = replace(repository, id=repository.id or moved[1])
        if found.get("suspended_at"):
            raise ForgeError(
                "the installation of the GitHub App is suspended",
                where=repository.full_name,
                mend=f"Unsuspend it at {found.get('html_url') or 'GitHub'}; what waits goes on then",
            )
        return found, repository

    def _not_installed(self, repository: Repository) -> ForgeError:
        mend = f"Install it there, or let it reach this repository too: {self._url()}"
        return ForgeError("the GitHub App is not installed there", where=repository.full_name, mend=mend)

    def _url(self) -> str:
        """Where a person installs the App, or lets it reach more repositories."""
        return f"{self._app.ask('GET', '/app')['html_url']}/installations/new"


def _place(repository: Repository) -> str:
    return repository.id or repository.full_name.lower()


def _includes(granted: Mapping[str, str], name: str, level: str) -> bool:
    found = granted.get(name)
    return found in _LEVELS and _LEVELS.index(found) >= _LEVELS.index(level)


def _of(installation: Fields) -> str:
    return f"/app/installations/{int(installation['id'])}"
