"""What a new GitHub App is to be, as its manifest, and where a browser takes that. Pure.

https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from app.errors import SettingsError

PUBLIC_HOST = "github.com"
LONGEST_NAME = 34
"""GitHub's own bound on an App's name, observed at its form."""

_PUBLIC = (PUBLIC_HOST, f"www.{PUBLIC_HOST}")
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?:https://)?((?:{_NAME}\.)+{_NAME})(:[1-9][0-9]{{0,4}})?/?", re.ASCII)
_LOCAL = re.compile(r"http://127\.0\.0\.1(:[1-9][0-9]{0,4})?/?", re.ASCII)
_ORGANISATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Host:
    """A GitHub: `web` is where people are, `api` its REST API; `name` is its host, "" the public one's."""

    name: str
    web: str
    api: str


GITHUB = Host("", f"https://{PUBLIC_HOST}", "")


@dataclass(frozen=True, slots=True)
class NewApp:
    """An App that is to be made. `organisation` "" is the person's own account.

    `is_public`: others than its owner may install it. `reads_contracts`: the contract file lies in a
    repository, and pull requests that touch it are commented on.
    """

    connection: str
    host: Host
    organisation: str
    name: str
    is_public: bool = False
    reads_contracts: bool = False


def read_host(text: str) -> Host:
    """The GitHub that somebody typed, "" for the public one. Raises SettingsError for what is no plain host.

    Only https is spoken, but to a GitHub that is played on this machine.
    """
    typed = text.strip()
    if not typed or typed.lower().removeprefix("https://").rstrip("/") in _PUBLIC:
        return GITHUB
    if local := _LOCAL.fullmatch(typed):
        web = f"http://127.0.0.1{local[1] or ''}"
        return Host(web, web, f"{web}/api/v3")
    found = _HOST.fullmatch(typed.lower())
    if found is None or int((found[2] or ":443")[1:]) > 65535 or found[1].replace(".", "").isdigit():
        raise SettingsError(
            "this is no host of a GitHub Enterprise server",
            where="host",
            mend="Write its name alone, for example github.studio.example",
        )
    name = f"{found[1]}{found[2] or ''}"
    # Data residency has its API beside it:
    # https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency/about-github-enterprise-cloud-with-data-residency
    api = f"https://api.{name}" if found[1].endswith(".ghe.com") else f"https://{name}/api/v3"
    return Host(name, f"https://{name}", api)


def read_organisation(text: str) -> str:
    """The name of an organisation. Raises SettingsError for what can be none."""
    typed = text.strip().removeprefix("@")
    if not _ORGANISATION.fullmatch(typed):
        raise SettingsError(
            "this is no organisation's name",
            where="organisation",
            mend="Write it as it stands in the organisation's address, github.com/NAME",
        )
    return typed


def read_app_name(text: str) -> str:
    """The name that everybody sees beside what the App writes. Raises SettingsError."""
    typed = " ".join(text.split())
    if not (any(sign.isascii() and sign.isalnum() for sign in typed) and len(typed) <= LONGEST_NAME):
        raise SettingsError(
            f"an App's name has 1 to {LONGEST_NAME} letters",
            where="app_name",
            mend="Choose a shorter one, for example Closeout Acme",
        )
    return typed


def suggested_name(seller: str) -> str:
    """The name of an App for this seller, cut where GitHub would cut it."""
    return f"Closeout {seller}".strip()[:LONGEST_NAME].strip()


def manifest(app: NewApp, public_url: str) -> dict[str, Any]:
    """The App with the least rights that do the work.

    Reading pull requests tells whose merge closed an issue; without it such a closing has no closer.
    """
    permissions = {"issues": "write", "metadata": "read", "pull_requests": "read"}
    events = ["issues", "issue_comment", "label", "milestone", "repository"]
    if app.reads_contracts:
        permissions |= {"contents": "read", "pull_requests": "write"}
        events += ["pull_request", "push"]
    return {
        "name": app.name,
        "url": public_url,
        "description": "Bills contract milestones when their issues are closed.",
        "hook_attributes": {"url": f"{public_url}/hooks/{app.connection}", "active": True},
        "redirect_url": f"{public_url}/setup/github/created",
        "setup_url": f"{public_url}/setup/github/installed",
        "setup_on_update": True,
        "public": app.is_public,
        "default_permissions": permissions,
        "default_events": events,
    }


def registration_url(app: NewApp, state: str) -> str:
    """Where the manifest is to be posted."""
    owner = f"/organizations/{quote(app.organisation, safe='')}" if app.organisation else ""
    return f"{app.host.web}{owner}/settings/apps/new?state={quote(state, safe='')}"


def installation_url(host: Host, slug: str, shown: str = "") -> str:
    """Where the App is installed. `shown` is its page as GitHub says, used only when it is at that host.

    An Enterprise server has its Apps under another path than github.com.
    """
    path = "apps" if host is GITHUB or host.api.startswith("https://api.") else "github-apps"
    usual = f"{host.web}/{path}/{quote(slug, safe='')}"
    return f"{shown if shown.startswith(f'{host.web}/') else usual}/installations/new"
