"""Registering and installing a GitHub App at the pretend GitHub as a browser does, and asking as the App."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import requests
from github import Auth, Github, GithubIntegration

from app.sandbox.forge import SandboxForge

PERMISSIONS = {"issues": "write", "metadata": "read"}
EVENTS = ["issues", "issue_comment", "label", "milestone", "repository"]
REDIRECT = "https://closeout.example/setup/github/callback"
SETUP = "https://closeout.example/setup/github/installed"
OWNER = "olga"


def manifest(**changes: Any) -> dict[str, Any]:
    """A manifest that GitHub takes; a change to None leaves the field out."""
    whole = {
        "name": "Closeout of Acme",
        "url": "https://closeout.example",
        "hook_attributes": {"url": "https://closeout.example/hooks/github"},
        "redirect_url": REDIRECT,
        "setup_url": SETUP,
        "public": False,
        "default_permissions": PERMISSIONS,
        "default_events": EVENTS,
    } | changes
    return {name: value for name, value in whole.items() if value is not None}


class Browser:
    """Somebody's browser at the pretend GitHub: it keeps cookies and follows no redirect."""

    def __init__(self, sandbox: SandboxForge, login: str = OWNER) -> None:
        self.url, self.login = sandbox.url, login
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, path: str, **query: Any) -> requests.Response:
        place = self.url + path
        params = {"as": self.login, **query}
        return self._session.get(place, params=params, allow_redirects=False, timeout=10)

    def post(self, path: str, fields: Any) -> requests.Response:
        """`fields` as a form's: a mapping whose values may be lists."""
        query = {"as": self.login} if self.login else {}
        place = self.url + path
        return self._session.post(place, params=query, data=fields, allow_redirects=False, timeout=10)

    def propose(
        self, what: dict[str, Any], state: str = "a-state", organisation: str = "acme"
    ) -> requests.Response:
        """Send a manifest, and get the page that asks for confirmation."""
        place = f"/organizations/{organisation}" if organisation else ""
        return self.post(f"{place}/settings/apps/new?state={quote(state)}", {"manifest": json.dumps(what)})

    def confirm(self, page: requests.Response, name: str | None = None) -> requests.Response:
        """Press the button of that page."""
        shown = hidden(page)
        return self.post("/settings/apps", {"proposal": shown["proposal"], "name": name or shown["name"]})


@dataclass
class Made:
    """An App as its maker has it after the code was exchanged: what GitHub answered."""

    sandbox: SandboxForge
    answer: dict[str, Any]

    @property
    def slug(self) -> str:
        return str(self.answer["slug"])

    @property
    def auth(self) -> Auth.AppAuth:
        return Auth.AppAuth(self.answer["id"], self.answer["pem"])

    @property
    def app(self) -> GithubIntegration:
        """PyGithub as the App itself."""
        return GithubIntegration(
            auth=self.auth,
            base_url=self.sandbox.url,
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
        )

    def at(self, installation_id: int, permissions: dict[str, str] | None = None) -> Github:
        """PyGithub as the installation, which fetches and renews its tokens itself."""
        return self.app.get_github_for_installation(installation_id, permissions)

    def ask(self, method: str, path: str, token: str = "", **content: Any) -> requests.Response:
        """A plain request as the App, or with another token."""
        headers = {"Authorization": f"Bearer {token or self.auth.token}"}
        with requests.Session() as session:
            session.trust_env = False
            place = self.sandbox.url + path
            return session.request(method, place, json=content or None, headers=headers, timeout=10)

    def token(self, installation_id: int, **wanted: Any) -> str:
        made = self.ask("POST", f"/app/installations/{installation_id}/access_tokens", **wanted)
        assert made.status_code == 201, made.text
        return str(made.json()["token"])


def made(sandbox: SandboxForge, **changes: Any) -> Made:
    """An App of acme's, registered from a manifest by its owner."""
    browser = Browser(sandbox)
    code = query(browser.confirm(browser.propose(manifest(**changes))))["code"]
    return Made(sandbox, convert(sandbox, code).json())


def convert(sandbox: SandboxForge, code: str) -> requests.Response:
    """Exchange the code; whoever has it needs no token."""
    with requests.Session() as session:
        session.trust_env = False
        return session.post(f"{sandbox.url}/app-manifests/{code}/conversions", timeout=10)


def query(response: requests.Response) -> dict[str, str]:
    """What a redirect hands on."""
    assert response.status_code == 302, response.text
    return {name: value[0] for name, value in parse_qs(urlsplit(response.headers["Location"]).query).items()}


def hidden(page: requests.Response) -> dict[str, str]:
    """The named inputs of a page."""
    found = re.findall(r'<input[^>]*? name="(\w+)" value="([^"]*)"', page.text)
    return {name: unescape(value) for name, value in found}
