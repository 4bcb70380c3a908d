"""A GitHub App about itself: what it is, where it is installed, and where its webhook goes.

https://docs.github.com/en/rest/apps/apps
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from github import Auth
from github.GithubException import GithubException

from app.errors import ForgeError
from app.events import Repository
from app.forges.github.deliveries import AppDeliveries
from app.forges.github.keys import as_app, asking_as_app
from app.forges.github.rest import PUBLIC_API, Rest

CONVERSION_S = 15


@dataclass(frozen=True, slots=True)
class AppFacts:
    """An App as GitHub shows it to itself; `url` is its public page, from where it is installed."""

    id: str
    slug: str
    name: str
    url: str
    owner: str
    permissions: Mapping[str, str]
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Installation:
    """The App on one account. `suspended_at` is "" while it works; `url` is where its owner changes it."""

    id: str
    account: str
    url: str
    permissions: Mapping[str, str]
    suspended_at: str = ""


@dataclass(frozen=True, slots=True)
class Created:
    """What GitHub answers once about an App that was made from a manifest. `repr` shows no secret."""

    id: str
    slug: str
    url: str
    private_key: str
    webhook_secret: str
    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        return f"Created(id={self.id!r}, slug={self.slug!r})"


class GitHubApp:
    """One App, known by its id and its private key (PEM). All methods raise ForgeError."""

    def __init__(self, app_id: str, private_key: str, api_url: str = "", timeout_s: int = 20) -> None:
        """Raises SettingsError for an id, a key or an address that can be none."""
        self._api_url, self._timeout_s = api_url, timeout_s
        self._rest = Rest(as_app(app_id, private_key), api_url, timeout_s)
        self.deliveries = AppDeliveries(self._rest)

    def read(self) -> AppFacts:
        """https://docs.github.com/en/rest/apps/apps#get-the-authenticated-app"""
        with asking_as_app("the GitHub App"):
            found = self._rest.ask("GET", "/app")
            return AppFacts(
                str(int(found["id"])),
                found["slug"],
                found["name"],
                found["html_url"],
                _name(found["owner"]),
                dict(found["permissions"]),
                tuple(found["events"]),
            )

    def installations(self) -> list[Installation]:
        """https://docs.github.com/en/rest/apps/apps#list-installations-for-the-authenticated-app"""
        with asking_as_app("the GitHub App's installations"):
            return [
                Installation(
                    str(int(each["id"])),
                    _name(each["account"]),
                    each["html_url"],
                    dict(each["permissions"]),
                    each.get("suspended_at") or "",
                )
                for each in self._rest.pages("/app/installations")
            ]

    def repositories(self, installation: Installation) -> list[Repository]:
        """What the installation reaches; one that is suspended reaches nothing.

        https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-app-installation
        """
        if installation.suspended_at:
            return []
        with asking_as_app(f"the repositories of {installation.account}"):
            path = f"/app/installations/{int(installation.id)}/access_tokens"
            token = self._rest.ask("POST", path, {"permissions": {"metadata": "read"}})["token"]
            as_installed = Rest(Auth.Token(token), self._api_url, self._timeout_s)
            found, page = list[Repository](), 1
            while True:
                answer = as_installed.ask("GET", f"/installation/repositories?per_page=100&page={page}")
                some = answer["repositories"]
                found += [Repository(str(int(one["id"])), one["full_name"]) for one in some]
                if not some or len(found) >= answer["total_count"]:
                    return found
                page += 1

    def set_webhook(self, url: str, secret: str) -> None:
        """Have the webhook go there, signed with this secret, as JSON over checked TLS.

        https://docs.github.com/en/rest/apps/webhooks#update-a-webhook-configuration-for-an-app
        """
        with asking_as_app("the GitHub App's webhook"):
            wanted = {"url": url, "secret": secret, "content_type": "json", "insecure_ssl": "0"}
            self._rest.ask("PATCH", "/app/hook/config", wanted)

    def webhook_url(self) -> str:
        """Where the webhook goes now."""
        with asking_as_app("the GitHub App's webhook"):
            return str(self._rest.ask("GET", "/app/hook/config").get("url") or "")


def _name(account: Mapping[str, Any]) -> str:
    """An enterprise has no login, https://github.com/github/rest-api-description (integration, owner)."""
    return str(account.get("login") or account["slug"])


def convert(code: str, api_url: str = "") -> Created:
    """Exchange the code of the manifest flow for the App's credentials: it works once, within an hour.

    https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
    """
    where, mend = "the App's code", "Begin again: GitHub gives a code once, and for an hour"
    if not (code.isascii() and code.isalnum() and len(code) <= 200):
        raise ForgeError("this is no code of GitHub's", where=where, mend=mend, permanent=True)
    with asking_as_app(where):
        rest = Rest(None, api_url or PUBLIC_API, CONVERSION_S)
        try:
            found = rest.ask("POST", f"/app-manifests/{code}/conversions")
        except GithubException as error:
            if error.status in {404, 422}:
                raise ForgeError(
                    "GitHub does not take this code any more", where=where, mend=mend, permanent=True
                ) from error
            raise
        return Created(
            str(int(found["id"])),
            found["slug"],
            found["html_url"],
            found["pem"],
            found.get("webhook_secret") or "",
            found["client_id"],
            found["client_secret"],
        )
